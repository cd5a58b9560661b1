// See the header.
#include "tools/restorectl/hooks/hook_delivery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "core/redact.hpp"
#include "core/run_state.hpp"
#include "core/text.hpp"
#include "journal/disk/mirror.hpp"
#include "journal/disk/store.hpp"
#include "journal/format/file_lines.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/descriptor.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kLookAgainMs = 200;
constexpr std::uintmax_t kLogBytesMax = 1U << 20;

// The journal as it grows: whole lines, each once.
class Growing {
 public:
  explicit Growing(fs::path path) : path_(std::move(path)) {}

  // Gives the records that came since. The visitor returns false to end it behind that one.
  void read(const std::function<bool(const core::Record&, std::string_view)>& visitor) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path_, error);
    if (error) return;
    if (size < at_) at_ = 0;  // it was made anew; what was delivered is known by its number
    journal::FileLines lines(path_, at_);
    std::string_view line;
    journal::Defect defect;
    while (lines.next(&line, &defect)) {
      const journal::Decoded decoded = journal::decode(line);
      if (!decoded.error.empty()) return;
      if (!visitor(decoded.record, line)) return;
      at_ += line.size() + 1;
    }
  }

 private:
  fs::path path_;
  std::uint64_t at_ = 0;
};

HookCall call_of(const Hook& hook, const std::string& run_id, const core::Record& record,
                 std::string_view line) {
  const core::Lane lane = core::lane_of(record.fact.body);
  HookCall call;
  call.command = hook.command;
  call.input = std::string(line) + "\n";
  call.environment = {{"RESTORECTL_RUN", run_id},
                      {"RESTORECTL_FACT", std::to_string(record.fact.seq)},
                      {"RESTORECTL_TYPE", std::string(core::tag_of(record.fact.body))},
                      {"RESTORECTL_HOST", std::string(lane.host)},
                      {"RESTORECTL_STEP", std::string(lane.step)}};
  return call;
}

// Returns false when it is to stop; then the fact is not settled.
bool settle(const std::string& run_id, Hook& hook, const core::Record& record,
            std::string_view line, const DeliveryWorld& world) {
  const HookCall call = call_of(hook, run_id, record, line);
  const std::string type(core::tag_of(record.fact.body));
  for (int attempt = 1;; ++attempt) {
    const HookEnd end = world.call(call);
    world.told(hook, record.fact.seq, type, attempt, end);
    if (end.succeeded) {
      ++hook.delivered;
      break;
    }
    if (attempt == kTriesMax) {
      ++hook.given_up;
      hook.last_given_up.push_back({record.fact.seq, type, end.why});
      break;
    }
    if (!world.pause(pause_after(attempt))) return false;
  }
  hook.behind = record.fact.seq;
  keep_hook(run_id, hook);
  return true;
}

}  // namespace

std::int64_t pause_after(int attempt) {
  return std::min<std::int64_t>(60'000, 1'000LL << std::min(attempt - 1, 6));
}

void deliver(const std::string& run_id, Hook hook, const DeliveryWorld& world) {
  Growing journal(journal::mirror_path(run_directory(run_id)));
  for (bool going = true; going;) {
    // Asked before: what a driver has journaled before its end is read afterwards.
    const bool driven = world.driven();
    journal.read([&](const core::Record& record, std::string_view line) {
      if (record.fact.seq <= hook.behind) return true;
      if (hook.wants(core::tag_of(record.fact.body))) {
        going = settle(run_id, hook, record, line, world);
      } else {
        hook.behind = record.fact.seq;  // kept with the next one that is delivered
      }
      return going;
    });
    going = going && driven && world.pause(kLookAgainMs);
  }
}

namespace {

// hooks/log: what was delivered, when, and what the commands said. Two files of a MiB at most.
class Log {
 public:
  explicit Log(fs::path path) : path_(std::move(path)) {}
  void add(const std::string& text) {
    const std::lock_guard guard(mutex_);
    std::error_code ignored;
    if (fs::file_size(path_, ignored) > kLogBytesMax && !ignored)
      fs::rename(path_, path_.string() + ".1", ignored);
    const Descriptor fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd) return;
    // A log that cannot be written holds up no delivery.
    if (::write(fd.get(), text.data(), text.size()) < 0) { /* the disk is full */
    }
  }

 private:
  std::mutex mutex_;
  fs::path path_;
};

std::string log_line(const Hook& hook, std::uint64_t seq, const std::string& type, int attempt,
                     const HookEnd& end) {
  std::string text =
      fmt::format("{} hook {}: fact {} {}, try {}: {}, {} ms\n",
                  core::iso_time(SystemClock().now_ms()), hook.number, seq, type, attempt,
                  end.succeeded ? "delivered" : core::printable(end.why), end.took_ms);
  if (!end.output.empty())
    text += "  " + core::printable(core::Redactor().text(core::clean_utf8(end.output))) + "\n";
  return text;
}

// Sleeps that a stop ends.
class Pauses {
 public:
  bool pause(std::int64_t ms, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, stop, std::chrono::milliseconds(ms), [] { return false; });
    return !stop.stop_requested();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any over_;
};

// A thread for each hook, so that one that hangs holds up no other.
class Deliveries {
 public:
  explicit Deliveries(std::string run_id)
      : run_id_(std::move(run_id)), log_(run_directory(run_id_) / "hooks/log") {}

  // Begins with those that are not being delivered to, and again with those that were done when
  // the journal has grown. Returns whether any is at work.
  bool look() {
    std::error_code ignored;
    const std::uintmax_t size =
        fs::file_size(journal::mirror_path(run_directory(run_id_)), ignored);
    bool working = false;
    for (Hook& hook : hooks_of(run_id_)) {
      Work& work = works_[hook.number];
      if (!work.begun || (work.done && work.journal_bytes != size)) {
        work.begun = true;
        work.journal_bytes = size;
        work.done = false;
        work.thread = std::jthread(
            [this, &work, hook = std::move(hook)](const std::stop_token& stop) mutable {
              deliver_to(std::move(hook), stop);
              work.done = true;
            });
      }
      working = working || !work.done;
    }
    return working;
  }

 private:
  struct Work {
    bool begun = false;
    std::uintmax_t journal_bytes = 0;  // when it began
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  void deliver_to(Hook hook, const std::stop_token& stop) {
    DeliveryWorld world;
    world.call = [&](const HookCall& call) { return run_hook(call, stop); };
    Pauses pauses;
    world.pause = [&](std::int64_t ms) { return pauses.pause(ms, stop); };
    world.driven = [&] { return driver_of(run_id_) != 0; };
    world.told = [&](const Hook& of, std::uint64_t seq, const std::string& type, int attempt,
                     const HookEnd& end) { log_.add(log_line(of, seq, type, attempt, end)); };
    try {
      deliver(run_id_, std::move(hook), world);
    } catch (const std::exception& error) {
      log_.add(fmt::format("{} hook delivery failed: {}\n", core::iso_time(SystemClock().now_ms()),
                           error.what()));
    }
  }

  std::string run_id_;
  Log log_;
  std::map<int, Work> works_;  // destroyed first: the threads are stopped and waited for
};

}  // namespace

void deliver_all(const std::string& run_id) {
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGTERM);
  ::sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const fs::path path = run_directory(run_id) / "hooks/lock";
  const Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) throw Failure(Code::no_hooks, fmt::format("run {} has no hooks", run_id));
  const timespec look_again{0, 500'000'000};
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (::sigtimedwait(&ends, nullptr, &look_again) > 0) return;
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0 || ::write(lock.get(), pid.data(), pid.size()) < 0) {
    // It only tells people who delivers.
  }
  Deliveries deliveries(run_id);
  while (deliveries.look() && ::sigtimedwait(&ends, nullptr, &look_again) <= 0) {
  }
}

}  // namespace restorectl
