// Stage backup (S2, S8): while the API may still answer, save its proxy settings; then copy the
// backup to the recovery host, and run a trial restore there. Its
// danger: a directory that holds files of another copy, from which the restore script would pick
// the "newest" by name. So the run has a fresh directory of its own.
#pragma once

#include "states/engine/phase.hpp"
#include "states/steps/backup_fits.hpp"

namespace states {

// What the steps look at, do and judge (core/step.hpp).
std::string look_proxy(const core::StepContext& context);
std::string act_proxy(const core::StepContext& context);
core::Verdict judge_proxy(const core::StepContext& context, const core::Observed& seen);
std::string look_copy(const core::StepContext& context);
std::string act_copy(const core::StepContext& context);
core::Verdict judge_copy(const core::StepContext& context, const core::Observed& seen);

inline constexpr core::StepSpec kNoteProxy{
    .name = "note-proxy",
    .source = "S8, document step 6",
    .purpose = "Save the cluster-wide proxy settings while the API still answers.",
    .danger = core::Danger::reversible,
    .where = core::Where::host,
    .action = core::Action::job,
    .act_deadline_ms = 120'000,
    .verify_deadline_ms = 30'000,
    .undo = "remove the run's directory in /var/lib/restorectl",
    .look = look_proxy,
    .act = act_proxy,
    .judge = judge_proxy,
};

inline constexpr core::StepSpec kCopyBackup{
    .name = "copy-backup",
    .source = "S2, document step 3",
    .purpose = "Copy the two backup files to a new directory and compare their SHA-256.",
    .danger = core::Danger::reversible,
    .action = core::Action::copy,
    .act_deadline_ms = 4 * 3'600'000,
    .verify_deadline_ms = 600'000,
    .undo = "remove the run's directory in /var/lib/restorectl",
    .look = look_copy,
    .act = act_copy,
    .judge = judge_copy,
};

inline constexpr core::StepSpec kRehearseRestore{
    .name = "rehearse-restore",
    .source = "not in the document, before S9",
    .purpose = "Run a trial restore of the snapshot if the host has etcdctl and enough space.",
    .danger = core::Danger::reversible,
    .action = core::Action::job,
    .act_deadline_ms = 3'600'000,
    .verify_deadline_ms = 30'000,
    .undo = "not needed: only its result is kept, in the run's directory",
    .look = look_rehearsal,
    .act = act_rehearse,
    .judge = judge_rehearsal,
};

struct StageBackup {
  static constexpr std::string_view name = "stage-backup";
  static constexpr std::string_view title = "Copy the backup to the recovery host";
  static constexpr core::HostSet hosts = core::HostSet::recovery;
  using steps = StepList<kNoteProxy, kCopyBackup, kRehearseRestore>;
  static Phase machine();
};

}  // namespace states
