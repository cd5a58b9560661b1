// One call of a hook's command. Invariant: whatever the command does, it is over within its limit,
// with all that it has started in its process group, and at most a little of its output is kept.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace restorectl {

struct HookCall {
  std::string command;  // for /bin/sh -c, of the operator's own
  std::string input;    // its standard input
  std::vector<std::pair<std::string, std::string>> environment;  // besides this process's own
  std::int64_t limit_ms = 30'000;
};

struct HookEnd {
  bool succeeded = false;
  std::string why;     // empty where it succeeded: "exit 3", "signal 9", "no end within 30 s"
  std::string output;  // the first 4 KiB of both its outputs
  std::int64_t took_ms = 0;
};

// Runs it to its end. A stop that is asked for ends it at once, unsucceeded.
HookEnd run_hook(const HookCall& call, const std::stop_token& stop);

}  // namespace restorectl
