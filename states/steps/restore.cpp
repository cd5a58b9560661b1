// Restore (S9); see the header.
#include "states/steps/restore.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/engine/step_life.hpp"
#include "states/steps/absent_hosts.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"
#include "states/steps/witness.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

// Whether the script begins next if the look shows that it may: afterwards only its effect is
// awaited, and what absent hosts do is too late to know.
bool may_begin(const StepContext& context) {
  return may_act(kRunRestoreScript, context.run.find(context.host.name, kRunRestoreScript.name));
}

}  // namespace

std::string look_restored(const StepContext& context) {
  Texts since = absent_values(context, may_begin(context));
  since.emplace_back("etcd_scripts", kEtcdScripts);
  since.emplace_back("node_name", context.host.node_name);
  return script(context,
                {.name = "run-restore-script.look",
                 .values = {{"restore_script", kRestoreScript},
                            {"etcd_data", kEtcdData},
                            {"etcd_backup", kEtcdBackup},
                            {"manifests", kManifests}},
                 .since = {{"okd-4.7/2", witness_values(context), {"witness", "kubelet-says"}},
                           {"okd-4.7/3", std::move(since), {"absent"}}}});
}

std::string act_restore(const StepContext& context) {
  const std::string& run = context.start().run_id;
  const core::StepState* known = context.run.find(context.host.name, "run-restore-script");
  const int attempt = known == nullptr ? 1 : known->attempts + 1;
  const std::string mark = "-before-" + run + "-" + std::to_string(attempt);
  return script(context, {"run-restore-script.act",
                          {{"etcd_backup", kEtcdBackup},
                           {"etcd_backup_kept", std::string(kEtcdBackup) + mark},
                           {"stopped_manifests", kStoppedManifests},
                           {"stopped_manifests_kept", std::string(kStoppedManifests) + mark},
                           {"proxy", proxy_file(run)},
                           {"restore_script", kRestoreScript},
                           {"backup", backup_copy(run)}}});
}

Verdict judge_restored(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the result of the restore");
  const Lines now = read_lines(seen.out);
  const core::StepState& known = *context.run.find(context.host.name, "run-restore-script");
  if (known.attempts == 0) {
    if (value_of(now, "script") != "present") {
      return Verdict::wrong(std::string(kRestoreScript) + " is missing",
                            "reinstall the etcd operator's script, then resume");
    }
    // The script waits without an end for what stays listed, and takes the data from what does not.
    if (auto disagreement = judge_witness(seen.out)) return *disagreement;
    if (auto answering = judge_absent(context, seen.out)) return *answering;
    return Verdict::needs_act("the backup is on the host, and etcd is stopped on every other host");
  }
  const Lines before = read_lines(known.before_acting ? known.before_acting->out : std::string());
  const std::string_view member = value_of(now, "member");
  const bool written_anew = !member.empty() && member != value_of(before, "member");
  if (!written_anew) {
    if (may_begin(context))
      if (auto answering = judge_absent(context, seen.out)) return *answering;
    // The restore pod writes it, so a pod that nobody starts is why it is missing.
    Verdict needed = no_etcd_container(seen, "the data directory has not been replaced");
    needed.kind = Verdict::Kind::needs_act;
    return needed;
  }
  // The script starts the other static pods last: killed before that, it leaves etcd without an
  // API.
  const std::string_view missing = value_of(now, "missing");
  if (!missing.empty()) {
    return Verdict::needs_act("missing from the manifest directory:" + brief(missing, 200));
  }
  if (value_of(now, "snapshot") == "waiting")
    return no_etcd_container(seen, "the restore pod has not used the snapshot yet");
  if (value_of(now, "database") != "present")
    return no_etcd_container(seen, "the database does not exist yet");
  if (value_of(now, "etcd") != "1")
    return no_etcd_container(seen, "no etcd container is running yet");
  return Verdict::holds(
      "the snapshot is restored, the data directory is new, the static pod manifests are back, "
      "etcd is running");
}

Phase Restore::machine() { return machine_of<Restore>(); }

}  // namespace states
