// The simulator's own promises, and a handful of simulated restores; tools/dev/campaign runs many.
#include <gmock/gmock.h>

#include "tests/sim/simulation.hpp"

using testing::IsEmpty;

TEST(Simulation, OneSeedIsOneRunByteForByte) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto faults = sim::faults_of(seed, sim::Severity::heavy);
    const sim::Result first = sim::simulate(seed, faults, true);
    const sim::Result again = sim::simulate(seed, faults, true);
    EXPECT_EQ(first.journal, again.journal);
    EXPECT_EQ(first.head, again.head);
  }
  EXPECT_NE(sim::simulate(1, {}).head, sim::simulate(2, {}).head);
}

TEST(Simulation, WithoutFaultsARestoreFinishesWithoutAnyResume) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const sim::Result result = sim::simulate(seed, {});
    EXPECT_THAT(result.broken, IsEmpty()) << "seed " << seed;
    EXPECT_TRUE(result.finished) << result.end;
    EXPECT_EQ(result.resumes, 0);
    EXPECT_EQ(result.script_starts, 1);
  }
}

TEST(Simulation, UnderFaultsEveryPromiseIsKept) {
  int resumes = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const sim::Result result = sim::simulate(seed, sim::faults_of(seed, sim::Severity::heavy));
    EXPECT_THAT(result.broken, IsEmpty()) << "restorectl-sim --seed " << seed;
    resumes += result.resumes;
  }
  EXPECT_GT(resumes, 60) << "faults that interrupt nothing prove nothing";
}

// Each line of one undisturbed run is the driver's last, once before and once after it is durable.
TEST(Simulation, ACrashAtEachLineOfARunLeavesItsEndTheSame) {
  const std::size_t lines = sim::simulate(5, {}).facts;
  // tools/test --full: every line.
  const std::size_t stride = std::getenv("RESTORECTL_FULL") != nullptr ? 1 : 3;
  for (std::size_t line = 0; line < lines; line += stride) {
    for (const auto when : {sim::AppendFault::crash_before, sim::AppendFault::crash_after}) {
      sim::Fault fault;
      fault.kind = sim::Fault::Kind::append;
      fault.line = line;
      fault.append = when;
      const sim::Result result = sim::simulate(5, {fault});
      EXPECT_THAT(result.broken, IsEmpty()) << sim::words_of(fault);
      EXPECT_TRUE(result.finished) << result.end;
      EXPECT_EQ(result.script_starts, 1);
      const bool over = line + 1 == lines && when == sim::AppendFault::crash_after;
      EXPECT_EQ(result.resumes, over ? 0 : 1) << sim::words_of(fault);
    }
  }
}
