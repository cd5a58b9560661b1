// SystemClock: the time of this workstation. Invariant: UTC in milliseconds, as facts have it; it
// may be set back, and whoever records facts takes care of that (core/driver.cpp).
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

}  // namespace restorectl
