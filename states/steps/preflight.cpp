// Preflight (S0, S1); see the header.
#include "states/steps/preflight.hpp"

#include <algorithm>

#include "states/engine/phase_lane.hpp"
#include "states/steps/absent_hosts.hpp"
#include "states/steps/backup_fits.hpp"
#include "states/steps/host_findings.hpp"
#include "states/steps/host_identity.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

// What was reached. A look of an older profile did not print when the host booted, and then only
// the connection counts, as it did.
Verdict judge_machine(const StepContext& context, const Lines& lines) {
  const std::string_view boot_id = value_of(lines, "boot_id");
  std::string detail = "connected to " + brief(value_of(lines, "hostname"), 100) +
                       " as root, boot " + brief(boot_id, 40);
  if (!lines.contains("booted_s")) return Verdict::holds(detail);
  if (const core::Host* other = same_machine(context, boot_id)) {
    return Verdict::wrong(
        described(context.host) + " is the same machine as " + described(*other) +
            ": both have boot ID " + brief(boot_id, 40),
        "check which machines these addresses lead to (a virtual address, an old DHCP lease, a "
        "typing error?), correct the inventory, abandon this run and start a new one");
  }
  if (const core::Host* other = same_machine_id(context, value_of(lines, "machine_id"))) {
    detail += "; note: its machine-id is also that of " + described(*other) +
              ", whose boot ID differs: cloned machines";
  }
  return Verdict::holds(detail);
}

}  // namespace

std::string look_reach(const StepContext& context) {
  return core::owner_functions(context.run.owner) + script(context, {"reach-host.look"});
}

Verdict judge_reach(const StepContext& context, const core::Observed& seen) {
  const Lines lines = read_lines(seen.out);
  if (const auto owner = core::read_owner(seen.out);
      owner && core::owned_by_other(*owner, context.run.owner)) {
    return owner_conflict(*owner, context.host);
  }
  if (seen.exit_code == 0 && value_of(lines, "user_id") == "0")
    return judge_machine(context, lines);
  return Verdict::wrong(
      "cannot become root with sudo -n: " + (seen.err.empty() ? "no output" : brief(seen.err)),
      "allow the SSH user to run commands as root without a password (`sudo -n true`), then "
      "resume");
}

// What the frozen template has in it where the host is the recovery host.
std::string frozen_recovery_look(const StepContext& context) {
  if (!context.on_recovery_host()) return {};
  const core::ApiSettings& api = context.inventory().api;
  const bool on_host = api.via == core::ApiVia::recovery_host;
  return frozen_part(
      "inspect-host.recovery", {},
      {{"api",
        on_host ? frozen_part("inspect-host.api", {}, {{"api_command", api.command}}) : ""}});
}

std::string look_inspect(const StepContext& context) {
  const std::string time = time_of_backup(context);
  const core::ApiSettings& api = context.inventory().api;
  return script(
      context, {.name = "inspect-host.look",
                .values = {{"recovers", context.on_recovery_host() ? "yes" : "no"},
                           {"backup_time", time},
                           {"api_via",
                            api.via == core::ApiVia::workstation ? "workstation" : "recovery_host"},
                           {"api_command", api.command},
                           {"node_kubeconfigs", kNodeKubeconfigs},
                           {"manifests", kManifests},
                           {"etcd_data", kEtcdData},
                           {"etcd_backup", kEtcdBackup},
                           {"stopped_manifests", kStoppedManifests},
                           {"restore_script", kRestoreScript},
                           {"restore_pod", kRestorePod},
                           {"etcd_scripts", kEtcdScripts}},
                .since = {{"okd-4.7/2", {}, {"node-names", "manifest-pods", "room"}},
                          {"okd-4.7/3", absent_values(context), {"absent", "restore-podman"}}},
                .frozen = {{"backup_time",
                            time.empty() ? "" : frozen_part("inspect-host.time", {{"time", time}})},
                           {"recovery", frozen_recovery_look(context)}}});
}

// Reports everything that is wrong at once: at 3 a.m. nobody wants to fix one thing per attempt.
Verdict judge_inspect(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the prerequisites on the host");
  Findings findings = read_findings(context, seen);
  if (const auto lacking = values_of(seen.out, "lack"); !lacking.empty()) {
    std::string missing = "missing on " + context.host.name + ": " + joined(lacking, ", ");
    // Root's PATH over SSH is sudo's secure_path, which often lacks /usr/local/bin.
    const std::vector<std::string> path = values_of(seen.out, "path");
    const auto is_tool = [](const std::string& what) { return !what.starts_with('/'); };
    if (!path.empty() && std::any_of(lacking.begin(), lacking.end(), is_tool))
      missing += " (root's PATH over SSH is " + brief(path.front(), 200) + ")";
    findings.problems.insert(findings.problems.begin(), std::move(missing));
    findings.remedies.insert(findings.remedies.begin(),
                             context.on_recovery_host()
                                 ? "choose a recovery host on which the etcd static pod has run "
                                   "(it installs these), or install them"
                                 : "install them");
  }
  find_identity(context, seen.out, findings);
  find_absent(context, seen.out, findings);
  std::vector<std::string> unlisted = values_of(seen.out, "node");
  std::erase_if(unlisted, [&](const std::string& node) {
    return core::find_node(context.inventory(), node) != nullptr ||
           find_absent_node(context, node) != nullptr;
  });
  if (!unlisted.empty()) {
    findings.problems.push_back("etcd lists control-plane nodes that are not in the inventory: " +
                                joined(unlisted, ", "));
    findings.remedies.push_back(
        "a node that is not stopped keeps running the old cluster: add it to the inventory, "
        "abandon this run and start a new one (with --without for a host that is gone for good)");
    findings.ends_run = true;
  }
  if (!findings.problems.empty())
    return Verdict::wrong(joined(findings.problems, "; "), remedy_of(findings));
  std::string detail = "all prerequisites are met";
  if (!findings.notices.empty()) detail += "; note: " + joined(findings.notices, "; ");
  return Verdict::holds(detail);
}

Phase Preflight::machine() { return machine_of<Preflight>(); }

}  // namespace states
