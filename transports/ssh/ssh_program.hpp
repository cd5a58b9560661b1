// Runs a program of ours on a host, once. Invariant: nothing of it is left. It is in a new
// directory that only root can enter, in memory, and the one command that receives it, verifies its
// digest and runs it also removes it: when it has ended, failed or been killed by a signal; after a
// lost link, as soon as the program or the command prints.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "transports/shell.hpp"

namespace transports {

struct ProgramRequest {
  std::string packed;    // by gzip
  std::string sha256;    // of the program itself, 64 hex digits
  std::string machine;   // what `uname -m` prints where it can run
  std::string argument;  // the only one
  std::int64_t timeout_ms = 0;
  // Where its directory may be made: the first place in which files can be executed. Both are in
  // memory, and empty after a reboot. REQUIRES: no blank in a name.
  std::vector<std::string> places = {"/run", "/dev/shm"};
};

struct ProgramHooks {
  std::function<void(std::uint64_t bytes)> on_sent;  // of `packed`, in all
  // A line of its output, without its newline. A line longer than limits::kProgramLineBytesMax is
  // dropped.
  std::function<void(std::string_view line)> on_line;
};

struct ProgramEnd {
  enum class How {
    ended,          // with `exit_code`
    other_machine,  // `words` has what `uname -m` prints there
    no_place,       // files cannot be executed in any of the places
    not_arrived,    // its digest there differs, or there is no space
    out_of_time     // timed out, and was killed
  } how = How::ended;
  int exit_code = 0;
  std::string words;      // see `how`, else what was printed to stderr
  bool too_long = false;  // a line was dropped
};

// Throws LinkFailure where the link breaks, or ExecTimeout.
awaitable<ProgramEnd> run_program(Shell& shell, ProgramRequest request, ProgramHooks hooks);

}  // namespace transports
