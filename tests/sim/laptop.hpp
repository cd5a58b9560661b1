// Laptop: the clocks of a simulated workstation. Its wall clock may be set to any time, and while
// it sleeps its steady clock stands still. Invariant: only its own driver knows of that; the hosts
// live by the Timeline.
#pragma once

#include "core/run_clock.hpp"
#include "tests/sim/timeline.hpp"

namespace sim {

class Laptop {
 public:
  explicit Laptop(const Timeline& time) : time_(time) {}

  std::int64_t wall_ms() const { return time_.now_ms() + set_by_ms_; }
  std::int64_t steady_ms() const {
    return (sleeps() ? sleep_began_ms_ : time_.now_ms() - (wakes_ms_ - sleep_began_ms_)) -
           slept_ms_;
  }
  // The clock of a process that starts now.
  core::RunClock clock(std::int64_t last_ms) const {
    return {[this] { return wall_ms(); }, [this] { return steady_ms(); }, last_ms};
  }

  void set_by(std::int64_t ms) { set_by_ms_ += ms; }

  void sleep(std::int64_t for_ms) {
    if (sleeps()) return;
    slept_ms_ += wakes_ms_ - sleep_began_ms_;
    sleep_began_ms_ = time_.now_ms();
    wakes_ms_ = sleep_began_ms_ + for_ms;
  }
  bool sleeps() const { return time_.now_ms() < wakes_ms_; }
  std::int64_t wakes_ms() const { return wakes_ms_; }
  // When a timer that was due at that time of its sleep expires.
  std::int64_t due_awake_ms(std::int64_t due_ms) const {
    return wakes_ms_ + (due_ms - sleep_began_ms_);
  }

 private:
  const Timeline& time_;
  std::int64_t set_by_ms_ = 0;
  std::int64_t slept_ms_ = 0;  // before the last sleep
  std::int64_t sleep_began_ms_ = 0;
  std::int64_t wakes_ms_ = 0;
};

}  // namespace sim
