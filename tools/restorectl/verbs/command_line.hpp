// The command line: verbs, their options, and what is to be done. Invariant: the parser (CLI11)
// stands behind this door, since it is costly to compile; nothing is done before all of the line is
// understood.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "tools/restorectl/errors.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace restorectl {

// What a verb does, and how it ends.
using Action = std::function<Exit()>;

// One option of a verb; each function returns the option itself.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option& required();
  Option& one_of(std::initializer_list<const char*> values);
  // Its value by default is printed by --help.
  Option& shows_default();
  Option& type_name(const std::string& name);
  // Refused unless the other one is given too.
  Option& needs(const Option& other);
  // Takes one value each time that it is given.
  Option& one_value();

 private:
  CLI::Option* option_;
};

// A verb, or the program, which has verbs. It is a reference: copies mean the same verb. What an
// option is read into must live until the action has ended.
class Verb {
 public:
  Verb(CLI::App* app, Action* chosen) : app_(app), chosen_(chosen) {}
  Verb verb(const std::string& name, const std::string& description);
  Option option(const std::string& names, std::string& to, const std::string& description);
  Option option(const std::string& names, std::vector<std::string>& to,
                const std::string& description);
  Option option(const std::string& names, std::uint16_t& to, const std::string& description);
  Option flag(const std::string& names, bool& to, const std::string& description);
  // What --help prints behind the options.
  void footer(const std::string& text);
  // It does nothing by itself: one of its verbs must follow.
  void needs_verb();
  // What is done where the line names this verb.
  void does(Action action);

 private:
  CLI::App* app_;
  Action* chosen_;
};

class CommandLine {
 public:
  CommandLine(const std::string& description, const std::string& footer);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The program itself, to be given its verbs.
  Verb program();
  // Reads the line. Returns what it asks for, or an action that ends with the exit code after help,
  // the version or what is wrong was printed.
  Action parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Action chosen_;
};

}  // namespace restorectl
