// Troubles that an answer names: what the remedy of a hold says about them, wherever the answer
// came from.
#include "states/engine/known_cure.hpp"

#include <gmock/gmock.h>

#include "tests/states/story.hpp"

using story::Story;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr const char* kAnswer = "Error from server: etcdserver: mvcc: database space exceeded";

std::string remedy_of(const Story& s) {
  const core::StepState* step = s.state().find("master-1", s.step_of("master-1"));
  EXPECT_EQ(step->stage, core::StepStage::held);
  return step->remedy;
}

}  // namespace

TEST(KnownCure, AnEtcdWithoutSpaceIsSaidToWantItsAlarmDisarmedWhateverAnswered) {
  const auto cured =
      AllOf(HasSubstr("alarm list"), HasSubstr("defrag"), HasSubstr("etcdctl alarm disarm"));
  Story command;
  command.go_to_quiesce();
  command.see("master-1", "from=present\nto=absent\n");
  const auto job = command.take<core::RunJob>("master-1");
  command.tell(core::JobEnded{job.host, job.step, job.job, 1, 0, "", kAnswer});
  EXPECT_THAT(remedy_of(command), AllOf(cured, HasSubstr("fix the reported problem, then resume")));

  Story look;
  look.go_to_quiesce();
  const auto asked = look.take<core::Look>("master-1");
  look.tell(core::Observed{asked.host, asked.step, 1, "", kAnswer, false});
  const auto again = look.take<core::Look>("master-1");
  look.tell(core::Expired{again.host, again.step, "x"});
  EXPECT_THAT(remedy_of(look), AllOf(cured, HasSubstr("then resume")));
}

TEST(KnownCure, AnyOtherTroubleKeepsItsOwnRemedy) {
  Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  s.finish_job("master-1", 1);
  EXPECT_EQ(remedy_of(s), "fix the reported problem, then resume");
  EXPECT_EQ(states::remedy_with_cure("no trouble", ""), "");
  EXPECT_THAT(states::remedy_with_cure(kAnswer, "crictl exec ID etcdctl alarm disarm"),
              Not(HasSubstr("compact")))
      << "the step says it itself";
}
