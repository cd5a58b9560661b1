// LookPoll: what is to come of a look that has ended. No IO and no clock, so that the simulator
// decides with the same code (tests/sim/arms.cpp). Invariant: a lane is told an observation only
// where its look asks for any, it differs from the one that was told last, or its time to look
// again has come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/effect.hpp"

namespace transports {

class LookPoll {
 public:
  // Either the look's outcome, or when (UTC, ms) its script is to be run again.
  struct Next {
    std::optional<core::FactBody> outcome;
    std::int64_t at_ms = 0;
  };

  // How long the look's script may take, in ms: a minute, four times as long after each one of its
  // lane in a row that did not end, and never longer than until the look's deadline, or twenty
  // seconds where that is near: the look at the deadline itself is to end. So a command that hangs
  // is told within a minute, and a digest of gigabytes has its time.
  std::int64_t limit_ms(const core::Look& look, std::int64_t now_ms) const;

  // Takes what the look's script printed. REQUIRES: `seen` is of the look's lane.
  Next take(const core::Look& look, core::Observed seen, std::int64_t now_ms);

  // Takes that the script did not end within limit_ms(), and returns the outcome.
  core::LookTimedOut time_out(const core::Look& look, std::int64_t after_ms);

 private:
  struct Lane {
    std::optional<core::Observed> told;
    int timed_out = 0;  // in a row
  };
  static std::string key(const core::Look& look) { return look.host + "/" + look.step; }

  std::map<std::string, Lane> lanes_;
};

}  // namespace transports
