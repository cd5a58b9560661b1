// Feeding one hook from a run's journal. Invariant: facts come in their order, each at least once:
// that one was delivered is kept after its command has succeeded, so one that was being delivered
// when the process died is delivered again. One that fails is tried again, later and later, and is
// given up and kept as such after kTriesMax, so that it does not hold up the others for ever.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tools/restorectl/hooks/hook_command.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"

namespace restorectl {

inline constexpr int kTriesMax = 10;

// What a delivery needs of the world; a test gives its own.
struct DeliveryWorld {
  std::function<HookEnd(const HookCall&)> call;
  std::function<bool(std::int64_t ms)> pause;  // false: stop now
  std::function<bool()> driven;                // more facts may come
  std::function<void(const Hook&, std::uint64_t seq, const std::string& type, int attempt,
                     const HookEnd&)>
      told;
};

// How long after its `attempt`-th failure a fact is tried again: 1 s, 2 s, 4 s … 60 s.
std::int64_t pause_after(int attempt);

// Delivers until all is settled and nobody drives the run any more, or until it is stopped.
void deliver(const std::string& run_id, Hook hook, const DeliveryWorld& world);

// Delivers to all hooks of the run, each for itself, also to those that are added meanwhile. One
// process at a time does it for a run; others wait for its end. Ended by SIGTERM and SIGINT.
void deliver_all(const std::string& run_id);

}  // namespace restorectl
