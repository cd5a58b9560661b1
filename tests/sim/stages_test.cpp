// What the story's lanes show of a step is the stage that the fold has, after every fact of many
// simulated runs. The machine's own is compared within each run (tests/sim/stages.cpp).
#include <gmock/gmock.h>

#include <algorithm>

#include "journal/format/record.hpp"
#include "tests/sim/simulation.hpp"
#include "tools/lib/postmortem/lanes.hpp"

using core::StepStage;
using postmortem::Span;
using postmortem::SpanKind;

namespace {

// Whether a lane that shows `kind` may have a step in `stage`. A stage lasts while a broken link is
// waited for, which the lanes show as waiting.
bool shows(SpanKind kind, StepStage stage) {
  switch (kind) {
    case SpanKind::looking:
      return stage == StepStage::looking;
    case SpanKind::waiting:
      return stage == StepStage::looking || stage == StepStage::acting ||
             stage == StepStage::settling;
    case SpanKind::acting:
    case SpanKind::copying:
      return stage == StepStage::acting;
    case SpanKind::settling:
      return stage == StepStage::settling;
    case SpanKind::held:
      return stage == StepStage::held;
  }
  return false;
}

// The story's lanes beside the fold, taking one journal record by record.
class Beside {
 public:
  void take(const core::Record& record) {
    // As the story does: who stops, resumes, adopts or abandons finds nobody at work.
    const core::FactBody& body = record.fact.body;
    if (std::holds_alternative<core::StopAsked>(body) ||
        std::holds_alternative<core::ResumeAsked>(body) ||
        std::holds_alternative<core::Adopted>(body) ||
        std::holds_alternative<core::RunAbandoned>(body)) {
      lanes_.driver_gone(state_.last_ms, state_.facts);
    }
    lanes_.note(record);
    state_.note(record);
    const bool goes_on = std::holds_alternative<core::JobProgressed>(body) ||
                         std::holds_alternative<core::ChunkConfirmed>(body);
    if (!goes_on) concluding_.insert(std::string(core::lane_of(body).host));
    for (const core::Effect& intent : record.intents)
      concluding_.erase(std::string(core::lane_of(intent).host));
    compare();
  }

 private:
  void compare() const {
    std::map<std::string, Span> open;
    for (const Span& span : lanes_.spans()) {
      if (!span.to_ms) open[span.host] = span;
    }
    for (const auto& [name, host] : state_.hosts) {
      if (host.step.empty()) continue;
      const StepStage stage = state_.find(name, host.step)->stage;
      SCOPED_TRACE(testing::Message() << "fact " << state_.facts << ", " << name << " at "
                                      << host.step << ", " << core::name_of(stage));
      const auto span = open.find(name);
      if (span == open.end()) {
        EXPECT_NE(stage, StepStage::held) << "no lane shows it";
        const bool driven = state_.stage == core::RunStage::running;
        EXPECT_TRUE(stage == StepStage::verified || concluding_.contains(name) || !driven)
            << "no lane shows it";
        continue;
      }
      EXPECT_EQ(span->second.step, host.step);
      EXPECT_TRUE(shows(span->second.kind, stage)) << postmortem::name_of(span->second.kind);
    }
  }

  postmortem::Lanes lanes_;
  core::RunState state_;
  std::set<std::string> concluding_;  // hosts whose last fact was followed by no effect there
};

}  // namespace

TEST(Stages, AreTheSameInTheStorysLanesAndInTheFoldAfterEveryFact) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "restorectl-sim --seed " << seed);
    const auto faults = sim::faults_of(seed, sim::Severity::heavy);
    Beside beside;
    for (const std::string& line : sim::simulate(seed, faults, true).journal) {
      beside.take(journal::decode(line).record);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
}
