// Ownership: which run, and which of its drivers, owns a host. The one driver of a run holds a
// fencing token, its epoch; a host remembers the highest that it has seen and refuses lower ones.
// Invariant: ownership does not expire. It changes only by an act that a person asked for (adopt,
// abandon, the run's own end), and every change is one rename under one lock.
// Text only: the sh functions below run on a host, in jobs' and steps' scripts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace core {

// The owner record to write on a host. `driver` tells two drivers of the same epoch apart (two
// adoptions at the same time); `by` is user@workstation, for people.
struct Ownership {
  std::string run_id;
  std::uint64_t epoch = 1;
  std::string driver;
  std::string by;
  bool operator==(const Ownership&) const = default;
};

// Where a host keeps its owner, the jobs and the runs' directories; it survives reboots.
inline constexpr std::string_view kHostState = "/var/lib/restorectl";

// The sh functions, and the variables they read:
//   owner_is_other         0: another run or driver owns the host; `mine` must do nothing there
//   owner_write STATE JOB  records `mine` as the owner: STATE is driven or ended; durable on return
//   owner_become STATE JOB the same, unless another owns the host; for owner_locked
//   owner_locked COMMAND…  runs a command under the owner's lock
//   owner_print            prints owner_run=… owner_epoch=… and so on; nothing without an owner
// `directory` is kHostState except in tests.
std::string owner_functions(const Ownership& mine, std::string_view directory = kHostState);

// Parses what owner_print printed, anywhere within a text; nothing where it printed nothing.
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

// True where `seen` is another run or driver than `mine`; as owner_is_other.
bool owned_by_other(const SeenOwner& seen, const Ownership& mine);

// "run X of me@here (epoch 2), last command on this host: move-etcd-manifest, 3 min 05 s ago"; or
// "…, last active 3 min 05 s ago".
std::string words_of(const SeenOwner& seen);

}  // namespace core
