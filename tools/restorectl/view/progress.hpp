// Words on a terminal about something that takes long. Invariant: nothing is printed where stderr
// is no terminal, or where it is over within two seconds; afterwards the line is clean again.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/text.hpp"

namespace restorectl {

// Says how far it is while it lives. `words` is asked from another thread.
class Progress {
 public:
  explicit Progress(std::function<std::string()> words) {
    if (::isatty(STDERR_FILENO) == 0) return;
    thread_ = std::jthread([this, words = std::move(words)](const std::stop_token& stop) {
      using namespace std::chrono_literals;
      bool shown = false;
      for (auto pause = 2'000ms; wait(stop, pause); pause = 500ms, shown = true)
        fmt::print(stderr, "\r{}\x1b[K", core::printable(words()));
      if (shown) fmt::print(stderr, "\r\x1b[K");
    });
  }

 private:
  // False when it is over.
  bool wait(const std::stop_token& stop, std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    return !over_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); });
  }

  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

}  // namespace restorectl
