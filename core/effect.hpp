// Effects: what the machine wants done, as values. An effect runner performs them.
// Invariant: an effect is complete. Performing it needs no policy and no knowledge beyond its own
// fields; retries, pauses and deadlines are decided by the machine and stand in the effect.
// Every effect names the lane (`host`, `step`) that its outcome belongs to, and where it is
// performed (`via`: a host's name, or kWorkstation). All times are UTC milliseconds.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/fact.hpp"

namespace core {

// Run a read-only script until what it prints differs from what it printed last, or recheck_ms is
// reached (0: never) -> Observed; until deadline_ms -> Expired; one of them does not end
// -> LookTimedOut; the link breaks -> LinkLost.
struct Look {
  std::string host;
  std::string step;
  std::string via;
  std::string script;
  bool changed_only = false;  // false: the first result is returned
  std::int64_t poll_ms = 0;
  std::int64_t recheck_ms = 0;
  std::int64_t deadline_ms = 0;
  bool operator==(const Look&) const = default;
};

// Start a remote job under a new id, and follow it to its end.
// -> JobProgressed*, then JobEnded | Expired | LinkLost | JobFound (killed, rebooted).
struct RunJob {
  std::string host;
  std::string step;
  std::string via;
  std::string job;
  std::string script;
  std::int64_t deadline_ms = 0;
  bool operator==(const RunJob&) const = default;
};

// Follow a job that is known to have begun, from a byte of its output. Outcomes as RunJob.
struct FollowJob {
  std::string host;
  std::string step;
  std::string via;
  std::string job;
  std::uint64_t offset = 0;
  std::int64_t deadline_ms = 0;
  bool operator==(const FollowJob&) const = default;
};

// Find the outcome of a job that is in doubt -> JobEnded | JobFound | LinkLost.
struct SettleJob {
  std::string host;
  std::string step;
  std::string via;
  std::string job;
  bool operator==(const SettleJob&) const = default;
};

// Copy the backup's files to a directory that only this run uses; each name appears there only
// when its bytes are whole and synced. What is confirmed is not sent again.
// -> ChunkConfirmed*, then CopyEnded | Expired | LinkLost.
struct CopyBackup {
  std::string host;
  std::string step;
  std::string via;
  std::string target_directory;
  std::int64_t deadline_ms = 0;
  std::vector<FileChunks> confirmed{};
  bool operator==(const CopyBackup&) const = default;
};

// -> Ticked.
struct Wait {
  std::string host;
  std::string step;
  std::int64_t until_ms = 0;
  bool operator==(const Wait&) const = default;
};

// Ask for the typed name before the first irreversible step -> Confirmed | Declined.
struct AskOperator {
  std::string question;  // retired: the terminal renders it; journals before okd-4.7/2 have it
  std::string expected;
  bool operator==(const AskOperator&) const = default;
};

using AnyEffect = std::variant<Look, RunJob, FollowJob, SettleJob, CopyBackup, Wait, AskOperator>;

// One of them; compiled once (effect.cpp), as FactBody is.
class Effect : public AnyEffect {
 public:
  using Any = AnyEffect;
  Effect();
  Effect(const Effect& other);
  Effect(Effect&& other) noexcept;
  Effect& operator=(const Effect& other);
  Effect& operator=(Effect&& other) noexcept;
  ~Effect();
  template <AlternativeOf<AnyEffect> T>
  Effect(T effect);  // implicit, as the variant's own
  bool operator==(const Effect& other) const;
};

// A fact together with what was decided on it: one line of the journal. An effect that stands in
// a journaled record is an intent.
struct Record {
  Fact fact;
  std::vector<Effect> intents;
  bool operator==(const Record&) const = default;
};

}  // namespace core
