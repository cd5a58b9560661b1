// Steps and phases as data: the procedure that plan prints, start runs and the tables come from.
// Invariant: a step is done when judge() finds its witness, never because its command returned 0.
// look() only reads; only act() changes a host.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/run_state.hpp"

namespace core {

enum class Danger { reads, reversible, irreversible };
std::string_view name_of(Danger danger);

// Which hosts a phase has lanes for.
enum class HostSet { recovery, others, all };
std::string_view name_of(HostSet hosts);

// Where a step's scripts run: on the lane's host, or wherever the API is reached from.
enum class Where { host, api };

// How a step acts: not at all (it only awaits its
// witness), by a remote job, or by copying the backup.
enum class Action { none, job, copy };

// What a step is to its profile: the laws of whole profiles refer to these.
enum class Role {
  ordinary,
  weigh,    // its evidence shows whether a restore is needed; the gate quotes it
  claim,    // records this run as the owner of a host
  quiet,    // checks that a host can run neither etcd nor the API server
  restore,  // replaces etcd's data
  release   // releases a host
};

// What a step's functions may know. References outlive the call only.
struct StepContext {
  const RunState& run;
  const Host& host;
  std::int64_t now_ms = 0;
  // The profile's restore scripts, by the first digits of their SHA-256; none where only scripts
  // are rendered.
  std::span<const std::string_view> restore_scripts{};

  const RunStarted& start() const { return *run.start; }
  const Inventory& inventory() const { return run.start->inventory; }
  const std::vector<AbsentHost>& absent() const { return run.start->absent; }
  bool on_recovery_host() const { return host.name == inventory().recovery_host; }
};

// Something at which waiting is of no use while it lasts: an operator that has given a revision up,
// a container that nobody starts. Looks must have shown it for a while before the step holds for
// it.
struct Stuck {
  std::string at;              // what it is; the same words mean the same thing
  std::int64_t hold_after_ms;  // so long without a gap, in which looks watched it
  std::string remedy;
};

// What an observation means for a step.
struct Verdict {
  enum class Kind { holds, not_yet, needs_act, wrong };
  Kind kind = Kind::not_yet;
  std::string detail{};         // the evidence, what is missing, or what is wrong
  std::string remedy{};         // what the operator can do: for wrong, and for not_yet once overdue
  std::int64_t recheck_ms = 0;  // for not_yet: look again at this time even if nothing changes
  std::vector<Stuck> stuck{};   // for not_yet: the step holds early, with `detail`, if one lasts
  std::vector<std::string> findings{};  // for holds: what is not as it should be, and is let pass

  static Verdict holds(std::string evidence) { return {Kind::holds, std::move(evidence)}; }
  static Verdict not_yet(std::string awaited, std::int64_t recheck_ms = 0) {
    return {Kind::not_yet, std::move(awaited), {}, recheck_ms};
  }
  static Verdict needs_act(std::string why) { return {Kind::needs_act, std::move(why)}; }
  static Verdict wrong(std::string what, std::string remedy) {
    return {Kind::wrong, std::move(what), std::move(remedy)};
  }
};

struct StepSpec {
  std::string_view name;     // kebab-case, unique in the procedure, written to journals
  std::string_view source;   // where the procedure asks for it: "S3, document step 4b"
  std::string_view purpose;  // one sentence for plan, status and docs
  Role role = Role::ordinary;
  Danger danger = Danger::reads;
  Where where = Where::host;
  Action action = Action::none;
  std::int64_t act_deadline_ms = 0;     // for the command
  std::int64_t verify_deadline_ms = 0;  // for the witness, from the last change on
  std::int64_t link_patience_ms = 0;    // 0: the inventory's
  // The command must not run a second time in this run unless the operator allows it, even where
  // the witness shows that the first did nothing.
  bool once = false;
  // needs_act may come again after a successful act: there is more of the same to do.
  bool repeats = false;
  std::string_view undo = {};     // how to undo it manually; empty for steps that only read
  std::string_view no_undo = {};  // for irreversible steps: why there is none
  std::string_view if_gone = {};  // what to do where a host other than the recovery host is lost
  std::string (*look)(const StepContext&) = nullptr;  // POSIX sh, as root on a host
  // For Action::job, POSIX sh; for Action::copy, the target directory.
  std::string (*act)(const StepContext&) = nullptr;
  Verdict (*judge)(const StepContext&, const Observed&) = nullptr;
  // Incremented when the judge decides differently on the same observation; a profile that is in
  // use then keeps the step that it has, and a new version of it gets the new one.
  int judge_version = 1;
};

// Returns a deadline of the step (act_deadline_ms or verify_deadline_ms) as raised in the
// inventory.
std::int64_t deadline_ms(const StepSpec& step, std::int64_t own_ms, const Timing& timing);

struct PhaseSpec {
  std::string_view name;
  std::string_view title;
  HostSet hosts = HostSet::all;
  std::span<const StepSpec* const> steps;
};

// Returns the names of the hosts that a phase has lanes for, in the inventory's order.
std::vector<std::string> hosts_of(const PhaseSpec& phase, const Inventory& inventory);

// Returns the step of that name, or nullptr.
const StepSpec* find_step(std::span<const PhaseSpec> procedure, std::string_view name);

// Returns where the step's scripts run in the lane of
// `host`: its own name, the recovery host's, or kWorkstation.
std::string via_of(const StepSpec& step, const Inventory& inventory, const std::string& host);

}  // namespace core
