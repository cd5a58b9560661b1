// The store in health: what it keeps, for whom, and what it refuses to take.
#include "journal/disk/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "tests/journal/store_fixture.hpp"

namespace journal_tests {

TEST_F(Disk, WhatWasAppendedIsThereAfterOpening) {
  fill(5);
  const auto store = open();
  EXPECT_EQ(read_, small_run(5));
  EXPECT_EQ(store->head().seq, 5U);
  EXPECT_TRUE(store->notices().empty());
}

TEST_F(Disk, GoesOnWhereItEndedThroughManyOpenings) {
  const std::vector<core::Record> all = small_run(12);
  Store::create(run_)->append(all[0]);
  for (std::size_t i = 1; i < all.size(); ++i) open()->append(all[i]);
  const journal::Head head = open()->head();
  EXPECT_EQ(read_, all);
  EXPECT_EQ(mirror_head(mirror()), head);
}

TEST_F(Disk, TheMirrorHasTheSameLinesWhileTheStoreIsOpen) {
  const auto store = Store::create(run_);
  for (const core::Record& record : small_run(3)) {
    store->append(record);
    EXPECT_EQ(mirror_head(mirror()), store->head());
  }
}

TEST_F(Disk, OnlyTheOwnerMayReadItWhateverTheUmask) {
  const mode_t before = ::umask(0);
  {
    // So small a log that LevelDB begins others, and tables, by itself.
    const auto store = Store::create(run_, 1U << 16);
    for (const core::Record& record : small_run(300)) store->append(record);
  }
  open();
  EXPECT_EQ(::umask(before), 0u) << "the process's umask is nobody's but main's";
  const auto mode = [](const fs::path& path) { return fs::status(path).permissions(); };
  EXPECT_EQ(mode(run_), fs::perms::owner_all);
  EXPECT_EQ(mode(run_.parent_path()), fs::perms::owner_all);
  EXPECT_EQ(mode(database()), fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator(run_)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(mode(entry), fs::perms::owner_read | fs::perms::owner_write) << entry.path();
  }
}

TEST_F(Disk, IsNotCreatedOverAnything) {
  fs::create_directories(run_);
  write_bytes(run_ / "notes", "mine");
  try {
    Store::create(run_);
    ADD_FAILURE() << "it was created";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.fault, StoreFault::exists);
  }
  EXPECT_FALSE(fs::exists(database()));
}

TEST_F(Disk, AMissingRunIsNotFoundAndNotMade) {
  EXPECT_EQ(refusal().fault, StoreFault::not_found);
  fs::create_directories(run_);
  EXPECT_EQ(refusal().fault, StoreFault::not_found);
  EXPECT_FALSE(fs::exists(database()));
}

TEST_F(Disk, ASecondOpenerInThisProcessIsLockedOut) {
  const auto first = Store::create(run_);
  first->append(small_run(1)[0]);
  EXPECT_EQ(refusal().fault, StoreFault::locked);
  first->append(small_run(2)[1]);  // and the first one goes on
}

TEST_F(Disk, AnOpenerIsLockedOutWhileAnotherProcessHasTheDatabase) {
  fill(1);
  int ready[2];
  int finish[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(finish), 0);
  const std::string lock = (database() / "LOCK").string();
  const pid_t child = ::fork();
  if (child == 0) {  // holds the lock as LevelDB does, until the parent lets go
    ::close(finish[1]);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const int fd = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
    const bool held = fd >= 0 && ::fcntl(fd, F_SETLK, &whole) == 0;
    char byte = 0;
    const bool ended = ::write(ready[1], "r", 1) == 1 && ::read(finish[0], &byte, 1) == 0;
    ::_exit(held && ended ? 0 : 1);
  }
  ::close(ready[1]);
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(refusal().fault, StoreFault::locked);
  ::close(finish[1]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(ready[0]);
  ::close(finish[0]);
  open();
  EXPECT_EQ(read_, small_run(1));
}

TEST_F(Disk, InspectingAWholeJournalChangesNoByte) {
  fill(4);
  fs::remove(mirror());
  std::map<fs::path, std::string> before;
  for (const auto& entry : fs::directory_iterator(database())) before[entry] = bytes_of(entry);
  std::vector<core::Record> seen;
  const Store::Inspection inspection =
      Store::inspect(run_, [&](core::Record&& record) { seen.push_back(std::move(record)); });
  EXPECT_EQ(seen, small_run(4));
  EXPECT_EQ(inspection.head.seq, 4U);
  EXPECT_EQ(inspection.notices.size(), 1U);
  EXPECT_FALSE(fs::exists(mirror()));
  std::map<fs::path, std::string> after;
  for (const auto& entry : fs::directory_iterator(database())) after[entry] = bytes_of(entry);
  EXPECT_EQ(before, after);
}

TEST_F(Disk, AVisitorThatThrowsLeavesTheJournalAsItWas) {
  fill(4);
  EXPECT_THROW(Store::open(run_, [](core::Record&&) { throw std::logic_error("no"); }),
               std::logic_error);
  EXPECT_TRUE(open()->notices().empty());
  EXPECT_EQ(read_, small_run(4));
}

TEST_F(Disk, AFactThatDoesNotFollowIsRefusedAndNothingAfterItIsTaken) {
  const auto store = Store::create(run_);
  const std::vector<core::Record> all = small_run(4);
  store->append(all[0]);
  EXPECT_THROW(store->append(all[2]), core::JournalError);
  EXPECT_THROW(store->append(all[1]), core::JournalError);
}

}  // namespace journal_tests
