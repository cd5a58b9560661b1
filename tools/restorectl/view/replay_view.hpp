// What replay shows: the timeline, the state at a fact, and a walk through both. Invariant: it
// prints what the journal says and nothing else; bytes from hosts are made harmless first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/lib/postmortem/story.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

// What of a timeline is shown. Empty and 0: everything.
struct ReplayFilter {
  std::string host;
  std::string step;
  std::int64_t longer_ms = 0;
  bool failures = false;
  bool all = false;       // also the repeated looks
  bool commands = false;  // with every command's text
};

// Whether a record is a failure: a hold, a lost link, a code other than 0, a killed job …
bool is_failure(const core::Record& record);

// Prints records line by line; outages, gaps and long stretches get lines of their own where they
// end. `story` must outlive it.
class TimelinePrinter {
 public:
  TimelinePrinter(const postmortem::Story& story, ReplayFilter filter);
  void take(const core::Record& record);

 private:
  bool shown(const core::Record& record) const;
  void print_ends(std::uint64_t seq);
  void print(std::uint64_t seq, std::int64_t time_ms, const std::string& words) const;

  const postmortem::Story& story_;
  ReplayFilter filter_;
};

// One row a host, one column a slice of time: who was at what, and when nobody was.
void print_chart(const postmortem::Story& story, std::size_t columns);

// Milestones, where the time went, what is in doubt at the end.
void print_summary(const postmortem::Story& story);

// What was known of every host after a fact.
void print_known(const core::RunState& state);

// Forward, back, to the next failure: keys from the terminal, or a letter a line from a pipe.
Exit walk(const std::vector<core::Record>& records, std::uint64_t from_seq);

}  // namespace restorectl
