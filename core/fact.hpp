// Facts: what happened, in the past tense, journaled and never changed (docs/glossary.md).
// Invariant: a tag written to a journal is never reused or renumbered; a retired fact keeps its
// name in the list as a grave. The line format is in journal/format/record.hpp and
// docs/journal-format.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/chunks.hpp"
#include "core/inventory.hpp"

namespace core {

// One file of the backup, as it was when the run began.
struct BackupFile {
  std::string name;    // file name without folder
  std::string sha256;  // 64 hex digits
  std::uint64_t size_bytes = 0;
  std::vector<std::string> chunks{};  // SHA-256 of each, 64 hex digits; none of one on a host
  bool operator==(const BackupFile&) const = default;
};

// One static pod as the backup's archive has it.
struct BackupPod {
  std::string name;      // "etcd"
  std::string revision;  // of its resources
  std::string version;   // the build of the operator that wrote them; may be empty
  std::vector<std::string> images;
  bool operator==(const BackupPod&) const = default;
};

// A condition of a ClusterOperator that was not as it should be when the backup was taken.
struct UnsettledOperator {
  std::string name;
  std::string condition;  // "Available", "Progressing" or "Degraded"
  std::string reason;     // as the operator gave it; may be empty
  bool operator==(const UnsettledOperator&) const = default;
};

// What a condition of a ClusterOperator says that is off, in words: "not available", "degraded" or
// "progressing".
std::string_view state_of(std::string_view condition);

// What the backup contains, as verified before the run began (tools/lib/backup/verify.hpp).
struct BackupContent {
  std::int64_t revision = 0;  // etcd's, as `etcdctl snapshot status` prints it
  std::uint64_t keys = 0;     // the same
  std::string cluster_version;
  std::string cluster_id;
  std::string infrastructure_name;
  std::vector<std::string> control_plane;  // names of nodes
  std::vector<BackupPod> pods;
  std::vector<std::string> accepted;  // names of defects accepted with --accept
  std::string etcd_ca_sha256;         // of the CA that vouches for etcd's servers; may be empty
  std::string etcd_version;           // of etcd's cluster in the snapshot, "3.4.0"; may be empty
  std::vector<UnsettledOperator> unsettled;  // when it was taken, by operator
  bool operator==(const BackupContent&) const = default;
};

struct BackupManifest {
  std::string directory;  // absolute path on the workstation; or as BackupPlace::text has it
  std::vector<BackupFile> files;
  BackupContent content{};
  bool operator==(const BackupManifest&) const = default;
};

// The first fact of every journal: pins everything that later decisions depend on.
// Random choices are made here and nowhere else: all job ids and redeployment reasons derive from
// run_id, so that a resume sends the same ones again.
struct RunStarted {
  std::string run_id;
  std::string tool_version;
  std::string tables_digest;  // SHA-256 of what decides: states/print/table_export.hpp
  std::string started_by;     // user@workstation
  Inventory inventory;
  BackupManifest backup;
  std::string profile = "okd-4.7/1";  // which procedure; that one where an older journal has none
  std::vector<AbsentHost> absent{};   // hosts that the inventory above is without; older: none
  bool operator==(const RunStarted&) const = default;
};

// A read-only look at a host ended with an exit code. Bounded: `out` holds at most
// kObservationBytesMax bytes, and `truncated` is set when there was more.
struct Observed {
  std::string host;
  std::string step;
  int exit_code = 0;
  std::string out;
  std::string err;  // the last bytes of stderr
  bool truncated = false;
  bool operator==(const Observed&) const = default;
};
inline constexpr std::size_t kObservationBytesMax = 262'144;
inline constexpr std::size_t kErrorTailBytesMax = 2'048;

// A remote job has ended, and its exit code was read from the file that it left behind.
struct JobEnded {
  std::string host;
  std::string step;
  std::string job;
  int exit_code = 0;
  std::uint64_t output_bytes = 0;
  std::string output_sha256;
  std::string tail;  // the last bytes of its output
  bool operator==(const JobEnded&) const = default;
};

// A running job printed a whole line. `offset` is that of the byte after the line's newline.
struct JobProgressed {
  std::string host;
  std::string step;
  std::string job;
  std::uint64_t offset = 0;
  std::string line;
  bool operator==(const JobProgressed&) const = default;
};

enum class Finding { never_began, running, killed, rebooted };

// What a look at the job's directory found when its outcome was in doubt. An ended job is a
// JobEnded instead. never_began is final: the look itself made a later start impossible.
struct JobFound {
  std::string host;
  std::string step;
  std::string job;
  Finding finding = Finding::running;
  bool operator==(const JobFound&) const = default;
};

// A chunk of a file of the backup is on the host, and its digest there is the one that the first
// fact has. A host that reboots may have lost it: it was not synced yet.
struct ChunkConfirmed {
  std::string host;
  std::string step;
  std::string file;
  std::uint64_t chunk = 0;
  bool operator==(const ChunkConfirmed&) const = default;
};

struct CopyEnded {
  std::string host;
  std::string step;
  bool succeeded = false;
  std::string message;  // why it failed; or where the host already had the files
  std::uint64_t sent_bytes = 0;
  bool operator==(const CopyEnded&) const = default;
};

// The deadline of an effect has passed without what it awaited.
struct Expired {
  std::string host;
  std::string step;
  std::string awaited;
  bool operator==(const Expired&) const = default;
};

// The link to a host broke, or could not be made. `permanent` where trying again cannot help: the
// host key differs, no key is accepted. `cut_short` where the host was there and only slow: the
// attempt was ended for lack of an answer in time, and the next one has more; older journals do not
// have it.
struct LinkLost {
  std::string host;
  std::string step;
  bool permanent = false;
  std::string message;
  bool cut_short = false;
  bool operator==(const LinkLost&) const = default;
};

// A look at a host did not end within its time: the host, or what was asked there, hangs. The link
// is up.
struct LookTimedOut {
  std::string host;
  std::string step;
  std::int64_t after_ms = 0;
  bool operator==(const LookTimedOut&) const = default;
};

// A Wait is over.
struct Ticked {
  std::string host;
  std::string step;
  bool operator==(const Ticked&) const = default;
};

// Conclusions: they follow from the facts before them, and are recorded because people read them.
// `findings` are what is not as it should be and does not keep the run from its end, a text each.
struct StepVerified {
  std::string host;
  std::string step;
  std::string evidence;
  std::vector<std::string> findings{};
  bool operator==(const StepVerified&) const = default;
};

// Why a step holds, for programs; the reason beside it is for people. Older journals do not record
// it (states/engine/hold.hpp).
enum class HoldKind {
  unrecorded,
  unmet,          // the host is not as the step needs it
  timed_out,      // what was awaited did not happen in time
  link_lost,      // the link did not come back within its patience
  access_denied,  // SSH access is denied, or the host is a different one, or another driver owns it
  ran_before,     // the command ran, its effect is missing, and it must not run twice
  command_failed,  // the command ended with a code that is not 0
  copy_failed      // the backup could not be copied
};

struct StepHeld {
  std::string host;
  std::string step;
  std::string reason;
  std::string remedy;
  HoldKind kind = HoldKind::unrecorded;
  bool operator==(const StepHeld&) const = default;
};

struct PhaseFinished {
  std::string phase;
  bool operator==(const PhaseFinished&) const = default;
};

struct RunFinished {
  bool operator==(const RunFinished&) const = default;
};

// The operator's answers and requests.
struct Confirmed {
  std::string by;
  std::string typed;
  bool operator==(const Confirmed&) const = default;
};

struct Declined {
  std::string by;
  std::string typed;
  bool operator==(const Declined&) const = default;
};

struct StopAsked {
  std::string by;
  std::string cause;  // "SIGINT", "SIGTERM", "SIGHUP"
  bool operator==(const StopAsked&) const = default;
};

// Another process resumed the run: every intent without an outcome is in doubt from here on.
// `run_again` names a step whose command may run once more although it ran before, or is empty.
// `patience_anew`: the time before it counts for no outage; older journals do not have it.
// `end_with_findings` is the operator's reason why the run may end although what its last look
// shows has not settled; or empty.
struct ResumeAsked {
  std::string by;
  std::string tool_version;
  std::string run_again;
  bool patience_anew = false;
  std::string end_with_findings{};
  bool operator==(const ResumeAsked&) const = default;
};

struct RunAbandoned {
  std::string by;
  std::string reason;
  bool operator==(const RunAbandoned&) const = default;
};

// A session with a host came up, and the host or its boot is not the one known before: recorded
// at the first contact and after each reboot. Pins the machine at this address from then on.
struct HostReached {
  std::string host;
  std::string machine_id;    // /etc/machine-id
  std::string boot_id;       // /proc/sys/kernel/random/boot_id
  std::string host_key;      // "SHA256:…", as ssh-keygen -l prints it
  std::string boot_cause{};  // of another boot than before: who asked for it; empty: not known
  bool operator==(const HostReached&) const = default;
};

// Another workstation, or this one with a recovered journal, drives the run from here on. Every
// host that it contacts refuses the previous driver (core/ownership.hpp).
struct Adopted {
  std::string by;
  std::string reason;
  std::string tool_version;
  std::uint64_t epoch = 0;       // higher than any that a host had seen
  std::string driver;            // random
  SshSettings ssh;               // from here on, in place of the inventory's
  std::string backup_directory;  // the same, in place of the first fact's; empty: unchanged
  bool operator==(const Adopted&) const = default;
};

// A person's note, or what a person did manually, with its evidence. It decides nothing: a step
// that was done manually is verified by its own witness.
struct Noted {
  std::string id;  // random, so that a note that was left for a driver is taken once
  std::string by;
  std::string text;
  std::string about_host;  // may be empty
  std::string about_step;  // the same
  std::string evidence;    // the same: content of a file or output of a command
  bool operator==(const Noted&) const = default;
};

// The workstation's wall clock differs from the journal's time otherwise than before: it was set,
// or the workstation slept. Decides nothing; people find their own time by it.
struct ClockStepped {
  std::int64_t ahead_ms = 0;  // of the journal's time, from here on; negative: behind it
  bool operator==(const ClockStepped&) const = default;
};

using AnyFact =
    std::variant<RunStarted, Observed, JobEnded, JobProgressed, JobFound, CopyEnded, Expired,
                 LinkLost, Ticked, StepVerified, StepHeld, PhaseFinished, RunFinished, Confirmed,
                 Declined, StopAsked, ResumeAsked, RunAbandoned, HostReached, Adopted,
                 ChunkConfirmed, Noted, LookTimedOut, ClockStepped>;

// Whether a variant may hold a T.
template <class T, class Variant>
inline constexpr bool is_alternative = false;
template <class T, class... Types>
inline constexpr bool is_alternative<T, std::variant<Types...>> = (std::is_same_v<T, Types> || ...);
template <class T, class Variant>
concept AlternativeOf = is_alternative<T, Variant>;

// One of them. What copies, moves, compares and destroys a variant of so many is half of the code
// of a file that has a fact: it is compiled once, in fact.cpp.
class FactBody : public AnyFact {
 public:
  using Any = AnyFact;
  FactBody();
  FactBody(const FactBody& other);
  FactBody(FactBody&& other) noexcept;
  FactBody& operator=(const FactBody& other);
  FactBody& operator=(FactBody&& other) noexcept;
  ~FactBody();
  template <AlternativeOf<AnyFact> T>
  FactBody(T fact);  // implicit, as the variant's own
  bool operator==(const FactBody& other) const;
};

// A fact with its envelope. seq starts at 1 and has no gaps; time is UTC; epoch is the driver that
// owns the run (1 for the first).
struct Fact {
  std::uint64_t seq = 0;
  std::int64_t time_ms = 0;
  std::uint64_t epoch = 1;
  FactBody body;
  bool operator==(const Fact&) const = default;
};

}  // namespace core
