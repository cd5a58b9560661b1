// Story: what a run's journal tells, arranged for people: lanes, waits, outages, gaps, milestones.
// Invariant: it is computed from the records alone, offline, so the same journal tells the same
// story anywhere; what the records do not say is left open (`to_ms` absent), never guessed.
// replay prints it, report draws it. All times are UTC milliseconds.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run_state.hpp"

namespace postmortem {

// What a lane did in a stretch of time. Work is acting and copying; the rest is waiting.
enum class SpanKind {
  looking,   // the first look of a step, or one after its command: the host was asked once
  waiting,   // looks repeated until what the host says changes: the world was waited for
  acting,    // a command was at work on the host
  copying,   // the backup was on its way
  settling,  // a command was in doubt: the host was asked what became of it
  held,      // the step waited for the operator
};
std::string_view name_of(SpanKind kind);

// From the fact `from_seq` to the fact `to_seq`. Spans of one host do not overlap.
struct Span {
  std::string host;
  std::string step;
  SpanKind kind = SpanKind::looking;
  std::int64_t from_ms = 0;
  std::optional<std::int64_t> to_ms;  // none: still so at the journal's end, or not known
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;  // 0: none
  int attempt = 0;           // acting: which command of the step, from 1
  std::string words;         // what was waited for, the evidence, or why it is held
};

// A command that changed a host, with everything the journal has of it.
struct Command {
  std::string host;
  std::string step;
  std::string via;
  std::string job;
  std::string script;
  int attempt = 1;
  std::uint64_t seq = 0;  // the fact whose intent it is
  std::int64_t intended_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::uint64_t ended_seq = 0;
  std::optional<int> exit_code;
  std::string fate;  // "ended", "in doubt", "killed", "host rebooted", "never began"
  struct Line {
    std::uint64_t seq = 0;
    std::int64_t at_ms = 0;
    std::uint64_t offset = 0;  // of the byte after it, in the output
    std::string text;
  };
  std::vector<Line> lines;
  std::string tail;  // the last bytes of its output, where it ended
  std::uint64_t output_bytes = 0;
  std::string output_sha256;
};

// A host could not be reached.
struct Outage {
  std::string host;
  std::int64_t from_ms = 0;
  std::optional<std::int64_t> to_ms;
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  int retries = 0;      // further LinkLost facts within it
  std::string message;  // the first one's
};

// Nobody drove the run, or it waited for a person.
enum class GapKind {
  died,      // the driver ended unexpectedly; known only by the resume that came
  stopped,   // ^C, SIGTERM, a closed terminal
  question,  // the gate's question stood open
  held,      // every lane was held or finished, and somebody resumed later
};
std::string_view name_of(GapKind kind);

struct Gap {
  GapKind kind = GapKind::died;
  std::int64_t from_ms = 0;
  std::optional<std::int64_t> to_ms;
  std::uint64_t from_seq = 0;
  std::uint64_t to_seq = 0;
  std::string words;  // who, and why
};

struct PhaseSpan {
  std::string name;
  std::string title;
  std::int64_t from_ms = 0;
  std::optional<std::int64_t> to_ms;
  std::uint64_t to_seq = 0;
};

// The moments that a manager asks for, measured from the first fact.
struct Milestone {
  std::string name;   // "confirmed", "quorum", "api", "redundancy", "finished"
  std::string title;  // "etcd has its quorum again"
  std::int64_t at_ms = 0;
  std::uint64_t seq = 0;
};

// Where the time went: the sum of a kind of span, and the largest of its parts.
struct Share {
  std::string what;     // "waiting", "acting", "link down", "no driver", …
  std::int64_t ms = 0;  // of wall time in which this was the reason that nothing else went on
  std::string largest;  // "await-etcd-rollout on master-0, 3 min 05 s, fact 140"
  std::uint64_t seq = 0;
};

// A mark of the operator (docs/journal-format.md, `noted`) or another moment that people look for.
struct Moment {
  // "retry", "note", "resumed", "adopted", "abandoned", "reboot", "clock", "finding", "divergence"
  std::string kind;
  std::string host;  // may be empty
  std::string step;  // may be empty
  std::int64_t at_ms = 0;
  std::uint64_t seq = 0;
  std::string words;
};

struct Story {
  core::RunState state;  // after the last fact
  std::vector<PhaseSpan> phases;
  std::vector<Span> spans;        // by host, then by time
  std::vector<Command> commands;  // by seq
  std::vector<Outage> outages;
  std::vector<Gap> gaps;
  std::vector<Milestone> milestones;
  std::vector<Moment> moments;
  std::vector<Share> shares;  // largest first; they sum up to last - first
};

// Takes records one by one, in order; story() closes what is open and may be called once.
class StoryBuilder {
 public:
  StoryBuilder();
  ~StoryBuilder();
  StoryBuilder(const StoryBuilder&) = delete;
  StoryBuilder& operator=(const StoryBuilder&) = delete;
  void take(const core::Record& record);
  const core::RunState& state() const;
  Story story();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The story as one JSON object: the members above by their names, absent optionals left out,
// `run` with id, cluster, started_by, stage, facts, first_ms, last_ms, hosts, absent. For report's
// page.
boost::json::object to_json(const Story& story);

}  // namespace postmortem
