// The only file that knows CLI11; see the header.
#include "tools/restorectl/verbs/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>

#include "core/text.hpp"

namespace restorectl {

namespace {

std::string usage_words(const CLI::App* app, const CLI::Error& error) {
  // A misspelt word leaves another one lacking, and the parser would name only that one.
  const std::vector<std::string> unknown = app->remaining(true);
  const bool lacks = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  const std::string what = lacks && !unknown.empty()
                               ? fmt::format("unexpected argument '{}'", unknown.front())
                               : error.what();
  return fmt::format("restorectl: {}: {}\nRun with --help for more information.\n",
                     text_of(Code::usage), core::printable(what));
}

}  // namespace

Option& Option::required() {
  option_->required();
  return *this;
}

Option& Option::one_of(std::initializer_list<const char*> values) {
  option_->check(CLI::IsMember(std::vector<std::string>(values.begin(), values.end())));
  return *this;
}

Option& Option::shows_default() {
  option_->capture_default_str();
  return *this;
}

Option& Option::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

Option& Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option& Option::one_value() {
  option_->allow_extra_args(false);
  return *this;
}

Verb Verb::verb(const std::string& name, const std::string& description) {
  return {app_->add_subcommand(name, description), chosen_};
}

Option Verb::option(const std::string& names, std::string& to, const std::string& description) {
  return Option(app_->add_option(names, to, description));
}

Option Verb::option(const std::string& names, std::vector<std::string>& to,
                    const std::string& description) {
  return Option(app_->add_option(names, to, description));
}

Option Verb::option(const std::string& names, std::uint16_t& to, const std::string& description) {
  return Option(app_->add_option(names, to, description));
}

Option Verb::flag(const std::string& names, bool& to, const std::string& description) {
  return Option(app_->add_flag(names, to, description));
}

void Verb::footer(const std::string& text) { app_->footer(text); }

void Verb::needs_verb() { app_->require_subcommand(1); }

void Verb::does(Action action) {
  app_->callback([chosen = chosen_, action = std::move(action)] { *chosen = action; });
}

CommandLine::CommandLine(const std::string& description, const std::string& footer)
    : app_(std::make_unique<CLI::App>(description)) {
  app_->name("restorectl");
  app_->set_version_flag("--version", RESTORECTL_VERSION);
  app_->require_subcommand(1);
  app_->footer(footer);
  app_->failure_message(usage_words);
}

CommandLine::~CommandLine() = default;

Verb CommandLine::program() { return {app_.get(), &chosen_}; }

Action CommandLine::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const Exit exit = app_->exit(error) == 0 ? Exit::done : exit_of(Code::usage);
    return [exit] { return exit; };
  }
  return chosen_;
}

}  // namespace restorectl
