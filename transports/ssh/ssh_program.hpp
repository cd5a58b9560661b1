// Running a program of ours on a host, once. Invariant: nothing of it stays. It lies in a fresh
// folder that only root can enter, in memory, and the one command that brings it, compares its
// digest and runs it also removes it: when it has ended, failed or been killed by a signal, and
// when the link broke, as soon as the program or the command prints into it.
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
  std::string argument;  // its only one
  std::int64_t timeout_ms = 0;
  // Where its folder may be made; the first in which files may be executed is taken. Of memory
  // both, and empty after a reboot. None of them has a blank in its name.
  std::vector<std::string> places = {"/run", "/dev/shm"};
};

struct ProgramHooks {
  std::function<void(std::uint64_t bytes)> on_sent;  // so many of `packed`, in all
  // A line of its output, without its end. What is longer than limits::kProgramLineBytesMax is not
  // told.
  std::function<void(std::string_view line)> on_line;
};

struct ProgramEnd {
  enum class How {
    ended,          // with `exit_code`
    other_machine,  // `words` has what `uname -m` prints there
    no_place,       // nothing may be executed in any of the places
    not_arrived,    // its digest there is another, or there is no room
    out_of_time     // and was killed
  } how = How::ended;
  int exit_code = 0;
  std::string words;      // as `how` says, else what was printed to stderr; the host's own
  bool too_long = false;  // a line was not told
};

// Throws LinkFailure where the link breaks, or ExecTimeout.
awaitable<ProgramEnd> run_program(Shell& shell, ProgramRequest request, ProgramHooks hooks);

}  // namespace transports
