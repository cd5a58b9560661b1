// SystemClock: the time of this workstation. Invariant: UTC in milliseconds, as facts have it; it
// may be set; a run decides by a RunClock (core/run_clock.hpp).
#pragma once

#include <chrono>

#include "core/ports.hpp"

namespace restorectl {

class SystemClock final : public core::Clock {
 public:
  std::int64_t now_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// Returns the ms since an unspecified moment, without the time in which this machine slept: Linux's
// CLOCK_MONOTONIC, by which Boost.Asio's timers run too.
inline std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace restorectl
