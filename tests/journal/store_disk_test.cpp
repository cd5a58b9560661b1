// The store on a disk that is full, and the order in which it asks the disk to keep things.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <mutex>
#include <set>

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

}  // namespace

extern "C" int fsync(int fd) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
  watch.saw(fd);
  return real(fd);
}
extern "C" int fdatasync(int fd) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  watch.saw(fd);
  return real(fd);
}

namespace journal_tests {

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
