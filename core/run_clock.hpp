// RunClock: the time by which one driver process decides. Invariant: within a process it advances
// as the steady clock does, whatever happens to the workstation's wall clock or while the machine
// sleeps; and no fact is older than the one before it. So a step of the wall clock neither cuts a
// wait short nor makes it endless, and time that nobody watched does not count.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "core/ports.hpp"

namespace core {

class RunClock final : public Clock {
 public:
  using Read = std::function<std::int64_t()>;

  // `wall_ms` returns UTC, `steady_ms` the ms since any fixed moment, without the time in which the
  // machine sleeps (CLOCK_MONOTONIC of Linux, clock_gettime(2)). `last_ms` is the time of the run's
  // last fact, 0 where there is none.
  RunClock(Read wall_ms, Read steady_ms, std::int64_t last_ms)
      : wall_ms_(std::move(wall_ms)),
        steady_ms_(std::move(steady_ms)),
        base_ms_(std::max(wall_ms_(), last_ms) - steady_ms_()) {}

  std::int64_t now_ms() const override { return base_ms_ + steady_ms_(); }
  std::int64_t wall_ahead_ms() const override { return wall_ms_() - now_ms(); }

 private:
  Read wall_ms_;
  Read steady_ms_;
  std::int64_t base_ms_;  // now_ms() where the steady clock has 0
};

}  // namespace core
