// The time by which a driver decides: what it makes of a wall clock that is set and of a machine
// that sleeps.
#include "core/run_clock.hpp"

#include <gtest/gtest.h>

namespace {

constexpr std::int64_t kHour = 3'600'000;

struct Machine {
  std::int64_t wall_ms = 1'000 * kHour;
  std::int64_t steady_ms = 7;
  core::RunClock clock(std::int64_t last_ms = 0) {
    return {[this] { return wall_ms; }, [this] { return steady_ms; }, last_ms};
  }
};

}  // namespace

TEST(RunClock, AdvancesWithTheSteadyClockWhateverBecomesOfTheWallClock) {
  for (const std::int64_t set_by_ms : {2 * kHour, -2 * kHour}) {
    Machine machine;
    const core::RunClock clock = machine.clock();
    EXPECT_EQ(clock.now_ms(), 1'000 * kHour);
    machine.wall_ms += set_by_ms + 250;
    machine.steady_ms += 250;
    EXPECT_EQ(clock.now_ms(), 1'000 * kHour + 250);
    EXPECT_EQ(clock.wall_ahead_ms(), set_by_ms);
  }
}

TEST(RunClock, TheTimeThatTheMachineSleepsIsNoTimeOfTheRun) {
  Machine machine;
  const core::RunClock clock = machine.clock();
  machine.wall_ms += 8 * kHour;
  EXPECT_EQ(clock.now_ms(), 1'000 * kHour);
  EXPECT_EQ(clock.wall_ahead_ms(), 8 * kHour);
}

TEST(RunClock, AProcessBeginsNoEarlierThanTheLastFactAndOtherwiseWithTheWallClock) {
  Machine machine;
  EXPECT_EQ(machine.clock(1'000 * kHour - 5).now_ms(), 1'000 * kHour);
  EXPECT_EQ(machine.clock(1'000 * kHour + 5).now_ms(), 1'000 * kHour + 5);
  EXPECT_EQ(machine.clock(1'000 * kHour + 5).wall_ahead_ms(), -5);
}
