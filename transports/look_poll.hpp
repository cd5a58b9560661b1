// LookPoll: decides what follows when a look has ended. No IO and no clock, so that the simulator
// decides with the same code (tests/sim/arms.cpp). Invariant: an observation is reported only if
// its look asks for every one, it differs from the one reported last, or its recheck is due; behind
// the deadline one more is reported at the most.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/effect.hpp"

namespace transports {

class LookPoll {
 public:
  // Either the look's outcome, or when (UTC, ms) to run its script again.
  struct Next {
    std::optional<core::FactBody> outcome;
    std::int64_t at_ms = 0;
  };

  // The time-out of the look's script, in ms: a minute, four times as long after each consecutive
  // time-out of its lane, and at most until the look's deadline, but at least twenty seconds, so
  // that the look at the deadline itself can end. So a hung command is reported within a minute,
  // and a digest of gigabytes has enough time.
  std::int64_t limit_ms(const core::Look& look, std::int64_t now_ms) const;

  // Takes what the look's script printed. REQUIRES: `seen` is of the look's lane.
  Next take(const core::Look& look, core::Observed seen, std::int64_t now_ms);

  // Notes that the script timed out after limit_ms(), and returns the outcome.
  core::LookTimedOut time_out(const core::Look& look, std::int64_t after_ms);

 private:
  struct Lane {
    std::optional<core::Observed> told;
    std::int64_t told_behind_ms = 0;  // the deadline behind which an observation was told
    int timed_out = 0;                // in a row
  };
  static std::string key(const core::Look& look) { return look.host + "/" + look.step; }

  std::map<std::string, Lane> lanes_;
};

}  // namespace transports
