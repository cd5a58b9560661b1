// Ownership: which run, and which of its drivers, a host obeys. The one driver of a run holds a
// fencing token, its epoch; a host remembers the highest that it has seen and obeys no lower one.
// Invariant: no lease ends by time. Ownership passes on only by an act that a person asked for
// (adopt, abandon, the run's own end), and every change of it is one rename under one lock.
// Text only: the sh functions below run on a host, within a job's scripts and steps' scripts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// Whose a host is to be. `driver` tells two drivers of the same epoch apart (two adoptions at the
// same time); `by` is user@workstation, for people.
struct Ownership {
  std::string run_id;
  std::uint64_t epoch = 1;
  std::string driver;
  std::string by;
  bool operator==(const Ownership&) const = default;
};

// Below this a host keeps its owner, the jobs and the runs' directories; it is persistent there.
inline constexpr std::string_view kHostState = "/var/lib/restorectl";

// The sh functions, and the variables they read:
//   owner_is_other         0: the host obeys somebody else, and `mine` must do nothing there
//   owner_write STATE JOB  notes `mine` as the owner: STATE is driven or ended; durable on return
//   owner_become STATE JOB the same, unless the host obeys somebody else; for owner_locked
//   owner_locked COMMAND…  runs a command while nobody else decides about the owner
//   owner_print            prints owner_run=… owner_epoch=… and so on, nothing where nobody owns
// `directory` is kHostState but in tests.
std::string owner_functions(const Ownership& mine, std::string_view directory = kHostState);

// The owner as owner_print printed it, anywhere within a text; nothing where it printed nothing.
// Hostile until read: every value is bounded and plain.
struct SeenOwner {
  std::string run_id;
  std::uint64_t epoch = 0;
  std::string driver;
  std::string by;
  std::string state;       // "driven" or "ended"
  std::string job;         // the last job that was started, or empty
  std::int64_t age_s = 0;  // since the owner was written last, by the host's clock
};
std::optional<SeenOwner> read_owner(std::string_view printed);

// True where `seen` says that the host obeys somebody else than `mine`; as owner_is_other.
bool obeys_another(const SeenOwner& seen, const Ownership& mine);

// "run X of me@here (epoch 2), whose last command here was move-etcd-manifest, 3 min ago".
std::string words_of(const SeenOwner& seen);

}  // namespace core
