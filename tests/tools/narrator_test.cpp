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

TEST(Narrator, ARunWithoutHostsIsToldFromItsStartToWhatIsLeftToDo) {
  core::RunState run;
  const core::RunStarted start = story::only_the_recovery_host();
  run.note(core::Fact{1, 1, 1, start});
  const std::string named = "master-1 (192.0.2.12), master-2 (192.0.2.13)";
  EXPECT_NE(restorectl::describe({{1, 1, 1, start}, {}}, nullptr).find("without " + named),
            std::string::npos);
  EXPECT_NE(restorectl::gate_question(run).find("The run is without " + named), std::string::npos);
  const std::string words = restorectl::absent_words(run);
  EXPECT_TRUE(words.starts_with("the cluster is without " + named)) << words;
  EXPECT_NE(words.find("oc get machines"), std::string::npos);
  EXPECT_NE(words.find("docs/lost-hosts.md"), std::string::npos);
  core::RunState whole;
  whole.note(core::Fact{1, 1, 1, story::three_hosts()});
  EXPECT_EQ(restorectl::absent_words(whole), "");
}

TEST(Narrator, AHostThatWasBootedAnewIsTakenUpWithTheReasonForIt) {
  core::HostReached reached{"master-1", "m", "boot-b", "k"};
  const auto words = [&] {
    return restorectl::describe(core::Record{{2, 1, 1, reached}, {}}, nullptr);
  };
  EXPECT_EQ(words(), "master-1     connected: machine m, boot boot-b, key k");
  reached.boot_cause = "the machine-config daemon: Node will reboot into config rendered-1\x1b[2J";
  EXPECT_NE(words().find("; rebooted by the machine-config daemon: Node will reboot into config "
                         "rendered-1"),
            std::string::npos)
      << words();
  EXPECT_EQ(words().find('\x1b'), std::string::npos) << "a host's words move no cursor";
}
