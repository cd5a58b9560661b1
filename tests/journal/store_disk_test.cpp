// The store on a disk that is full, and the order in which it asks the disk to keep things.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <set>

#include "journal/disk/reserve.hpp"
#include "tests/journal/store_fixture.hpp"

// Every sync of this program passes here, LevelDB's too: so a test can say in which order the disk
// was asked to keep what. A directory that is synced keeps the names that are in it at that moment.
namespace {

struct SyncWatch {
  std::mutex mutex;
  bool on = false;
  std::set<std::string> durable_names;
  std::set<std::string> logs_synced;
  std::vector<std::string> nameless_logs;  // synced while their name was not durable

  void saw(int fd) {
    const std::lock_guard lock(mutex);
    if (!on) return;
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    std::error_code error;
    const std::filesystem::path path = std::filesystem::read_symlink(link, error);
    if (std::filesystem::is_directory(path, error)) {
      for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
        durable_names.insert(entry.path().string());
      }
    } else if (path.extension() == ".log") {
      logs_synced.insert(path.string());
      if (!durable_names.contains(path.string())) nameless_logs.push_back(path.string());
    }
  }
};
SyncWatch watch;
std::atomic<bool> fail_syncs = false;  // EIO, as from a disk that breaks

bool fails() {
  if (!fail_syncs) return false;
  errno = EIO;
  return true;
}

}  // namespace

extern "C" int fsync(int fd) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
  watch.saw(fd);
  return fails() ? -1 : real(fd);
}
extern "C" int fdatasync(int fd) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  watch.saw(fd);
  return fails() ? -1 : real(fd);
}

namespace journal_tests {

// A disk that has eight MiB less than it needs, without filling one: files cannot grow.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit tight{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST_F(Disk, WithoutRoomForTheReserveNothingIsBegunAndNothingIsLeft) {
  const FileSizeLimit limit(1 << 20);
  try {
    Store::create(run_);
    ADD_FAILURE() << "it began";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.fault, StoreFault::io);
    EXPECT_NE(std::string(error.what()).find("8 MiB"), std::string::npos) << error.what();
  }
  EXPECT_FALSE(fs::exists(run_));
}

TEST_F(Disk, AResumeWithoutRoomIsRefusedBeforeAnythingIsDone) {
  fill(3);
  fs::remove(journal::reserve_path(run_));
  {
    const FileSizeLimit limit(1 << 20);
    EXPECT_EQ(refusal().fault, StoreFault::io);
  }
  EXPECT_EQ(open()->head().seq, 3u);
  EXPECT_EQ(fs::file_size(journal::reserve_path(run_)),
            static_cast<std::uintmax_t>(journal::kReserveBytes));
}

TEST_F(Disk, AFailedAppendGivesTheReserveBack) {
  const auto store = Store::create(run_);
  store->append(small_run(1)[0]);
  ASSERT_TRUE(fs::exists(journal::reserve_path(run_)));
  {
    const FileSizeLimit limit(1'000);
    EXPECT_THROW(store->append(record_of(2, core::PhaseFinished{std::string(20'000, 'p')})),
                 core::JournalError);
  }
  EXPECT_FALSE(fs::exists(journal::reserve_path(run_)));
}

// The kernel reports a write error once, at the sync; what was acknowledged before it counts, and
// nothing is acknowledged behind it.
TEST_F(Disk, ASyncThatFailsIsAnErrorAndTheFactCountsOnlyIfItIsFoundLater) {
  {
    const auto store = Store::create(run_);
    const std::vector<core::Record> run = small_run(3);
    store->append(run[0]);
    store->append(run[1]);
    fail_syncs = true;
    EXPECT_THROW(store->append(run[2]), core::JournalError);
    fail_syncs = false;
    EXPECT_THROW(store->append(run[2]), core::JournalError) << "until it is opened anew";
  }
  const auto store = open();
  EXPECT_GE(store->head().seq, 2u);
  EXPECT_LE(store->head().seq, 3u);
  EXPECT_EQ(read_.size(), store->head().seq);
}

TEST_F(Disk, AFullDiskIsAnErrorAndEveryLaterAppendIsTooUntilItIsOpenedAnew) {
  const core::Record first = small_run(1)[0];
  const auto big = [](std::uint64_t seq) {
    return record_of(seq, core::PhaseFinished{std::string(20'000, 'p')});
  };
  std::uint64_t written = 1;
  {
    const auto store = Store::create(run_);
    store->append(first);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ::getrlimit(RLIMIT_FSIZE, &unlimited);
    const rlimit tight{100'000, unlimited.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    EXPECT_THROW(
        while (written < 10) {
          store->append(big(written + 1));
          ++written;
        },
        core::JournalError);
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    EXPECT_THROW(store->append(big(written + 1)), core::JournalError);
    EXPECT_EQ(store->head().seq, written);
  }
  const auto store = open();
  EXPECT_EQ(read_.size(), written);
  EXPECT_EQ(store->notices().size(), 1U);  // the part of a write that was left behind
  store->append(big(written + 1));
}

TEST_F(Disk, AMirrorThatCannotBeWrittenDoesNotStopTheRunAndIsCompletedLater) {
  {
    const auto store = Store::create(run_);
    store->append(small_run(1)[0]);
    // Longer than the database's log will be: the limit then meets the mirror alone.
    fs::resize_file(mirror(), 200'000);
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ::getrlimit(RLIMIT_FSIZE, &unlimited);
    const rlimit tight{200'000, unlimited.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    EXPECT_NO_THROW(store->append(small_run(2)[1]));
    EXPECT_NO_THROW(store->append(small_run(3)[2]));
    ::setrlimit(RLIMIT_FSIZE, &unlimited);
    EXPECT_EQ(store->notices().size(), 1U);
  }
  open();
  EXPECT_EQ(read_, small_run(3));
  EXPECT_EQ(mirror_head(mirror()).seq, 3U);
}

TEST_F(Disk, NoLogTakesAFactBeforeItsNameIsDurable) {
  {
    const std::lock_guard lock(watch.mutex);
    watch.on = true;
  }
  {
    const auto store = Store::create(run_, 64U << 10);  // so that LevelDB begins new logs often
    store->append(small_run(1)[0]);
    for (std::uint64_t seq = 2; seq < 40; ++seq) {
      store->append(record_of(seq, core::PhaseFinished{std::string(10'000, 'p')}));
    }
  }
  open()->append(record_of(40, core::RunFinished{}));
  const std::lock_guard lock(watch.mutex);
  watch.on = false;
  EXPECT_GE(watch.logs_synced.size(), 4U);
  EXPECT_EQ(watch.nameless_logs, std::vector<std::string>());
}

}  // namespace journal_tests
