// Whom a host obeys: reading what it printed, and who gives way to whom.
#include "core/ownership.hpp"

#include <gtest/gtest.h>

#include "core/run_state.hpp"

namespace {

const core::Ownership kMine{"run-a", 2, "ws2", "me@ws2"};

core::SeenOwner seen(const std::string& run_id, std::uint64_t epoch, const std::string& driver,
                     const std::string& state = "driven") {
  return {run_id, epoch, driver, "you@there", state, "", 0};
}

}  // namespace

TEST(Ownership, AHostObeysTheHighestEpochOfTheRunThatHoldsIt) {
  EXPECT_FALSE(core::owned_by_other(seen("run-a", 1, "ws1"), kMine)) << "we come later";
  EXPECT_FALSE(core::owned_by_other(seen("run-a", 2, "ws2"), kMine));
  EXPECT_TRUE(core::owned_by_other(seen("run-a", 3, "ws3"), kMine));
  EXPECT_TRUE(core::owned_by_other(seen("run-a", 2, "ws3"), kMine)) << "two adoptions at once";
  EXPECT_TRUE(core::owned_by_other(seen("run-b", 1, "ws9"), kMine));
  EXPECT_FALSE(core::owned_by_other(seen("run-b", 9, "ws9", "ended"), kMine));
  EXPECT_TRUE(core::owned_by_other(seen("run-a", 3, "ws3", "ended"), kMine)) << "ended by another";
}

TEST(Ownership, AnOwnerIsReadFromWithinOtherLinesAndSaidWithNameStepAndAge) {
  const auto owner = core::read_owner(
      "boot_id=x\nowner_run=run-a\nowner_epoch=2\nowner_driver=d\nowner_by=me@ws\n"
      "owner_state=driven\nowner_job=run-a.move-etcd-manifest.master-1.1\nowner_at=5\n"
      "owner_age_s=185\nuser_id=0\n");
  ASSERT_TRUE(owner);
  EXPECT_EQ(core::words_of(*owner),
            "run run-a of me@ws (epoch 2), last command on this host: move-etcd-manifest, "
            "3 min 05 s ago");
}

TEST(Ownership, NothingIsReadWhereNobodyOwns) {
  EXPECT_FALSE(core::read_owner("boot_id=x\nuser_id=0\n"));
}

// A host's words reach the terminal and the journal: they are plain and short, and a file that is
// garbage is somebody else's, never ours.
TEST(Ownership, HostileWordsBecomePlainAndAreNeverTakenForOurs) {
  const auto owner = core::read_owner("owner_run=\x1b[2J" + std::string(10'000, 'x') +
                                      "\nowner_epoch=99999999999999999999999\nowner_age_s=-5\n");
  ASSERT_TRUE(owner);
  EXPECT_LE(core::words_of(*owner).size(), 400u);
  EXPECT_EQ(core::words_of(*owner).find('\x1b'), std::string::npos);
  EXPECT_EQ(owner->age_s, 0);
  // Found by a fuzzer: its milliseconds did not fit.
  const auto old = core::read_owner("owner_run=r\nowner_age_s=9223372036854775807\n");
  ASSERT_TRUE(old);
  EXPECT_FALSE(core::words_of(*old).empty());
  EXPECT_LT(old->age_s, 4'000'000'000);
  EXPECT_TRUE(core::owned_by_other(*owner, kMine));
}

TEST(Ownership, AnAdoptedRunIsDrivenByTheNextEpochWithItsOwnKeysAndFolders) {
  core::RunState state;
  core::RunStarted start;
  start.run_id = "run-a";
  start.started_by = "me@ws1";
  start.backup.directory = "/there";
  state.note(core::Fact{1, 10, 1, start});
  EXPECT_EQ(state.owner, (core::Ownership{"run-a", 1, "run-a", "me@ws1"}));
  core::SshSettings ssh;
  ssh.identity_file = "/here/key";
  state.note(core::Fact{2, 20, 2, core::Adopted{"you@ws2", "gone", "1", 2, "d2", ssh, "/here"}});
  EXPECT_EQ(state.owner, (core::Ownership{"run-a", 2, "d2", "you@ws2"}));
  EXPECT_EQ(state.start->inventory.ssh.identity_file, "/here/key");
  EXPECT_EQ(state.start->backup.directory, "/here");
  EXPECT_EQ(state.stage, core::RunStage::stopped);
}
