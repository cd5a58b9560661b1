// What a person reads of a run's facts, made from data and from nothing that is English in a
// journal.
#include "tools/restorectl/view/narrator.hpp"

#include <gtest/gtest.h>

#include "tests/states/story.hpp"

TEST(Narrator, TheGatesQuestionSaysWhatIsStoppedWhereAndWhetherARestoreIsNeeded) {
  story::Story s;
  s.start();
  s.pass_preflight();
  s.pass_stage_backup();
  const std::string question = restorectl::gate_question(s.state());
  EXPECT_TRUE(question.starts_with("you may not need a restore: etcd has quorum, 3 of 3"))
      << question;
  EXPECT_NE(question.find("every control-plane host of cluster 'lab'"), std::string::npos);
}

TEST(Narrator, TheGateOfAProfileThatThisVersionDoesNotKnowIsAskedWithoutEvidence) {
  core::RunState run;
  core::RunStarted start = story::three_hosts();
  start.profile = "nobody-knows/7";
  run.note(core::Fact{1, 1, 1, start});
  EXPECT_NE(restorectl::gate_question(run).find("cluster 'lab'"), std::string::npos);
}
