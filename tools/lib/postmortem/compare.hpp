// Compare: two runs side by side, lane by lane. Invariant: what must differ (run and job ids,
// times, boots, machines, offsets) is left out of the comparison, and what a look printed counts by
// what was concluded from it; so a run is equal to itself, and two undisturbed ones to each other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/run_state.hpp"

namespace postmortem {

// Something that a run decided, or that happened to it.
struct Event {
  std::uint64_t seq = 0;
  std::int64_t offset_ms = 0;  // since the run's start
  std::string host;            // empty: of the run as a whole
  std::string step;
  std::string words;  // for people
  std::string key;    // what is compared
};

// What became of a step on a host.
struct StepEnd {
  int attempts = 0;
  int holds = 0;
  std::string stage;  // as of the last fact
  std::int64_t took_ms = 0;
};

// A run as it is compared.
class RunTrace {
 public:
  void take(const core::Record& record);
  // By lane: a host's name, or "" for what concerns the run.
  const std::map<std::string, std::vector<Event>>& lanes() const { return lanes_; }
  std::map<std::pair<std::string, std::string>, StepEnd> steps() const;
  const core::RunState& state() const { return state_; }

 private:
  void add(const core::Fact& fact, std::string host, std::string step, std::string words);

  core::RunState state_;
  std::map<std::string, std::vector<Event>> lanes_;
  std::map<std::pair<std::string, std::string>, int> holds_;
};

// Where a lane parts: an event of one side that the other has not at that place. A side without an
// event has ended there.
struct Parting {
  std::string lane;
  std::optional<Event> a;
  std::optional<Event> b;
  std::int64_t offset_ms = 0;  // of the later of the two
};

// Every lane that parts, the earliest first; empty: the runs are the same.
std::vector<Parting> compare(const RunTrace& a, const RunTrace& b);

}  // namespace postmortem
