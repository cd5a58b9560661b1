// Preflight (S0, S1); see the header.
#include "states/steps/preflight.hpp"

#include <algorithm>

#include "states/steps/backup_fits.hpp"
#include "states/steps/host_findings.hpp"
#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

bool recovers(const StepContext& context) {
  return context.host.name == context.inventory().recovery_host;
}

}  // namespace

std::string look_reach(const StepContext& context) {
  return core::owner_functions(context.run.owner) +
         "owner_print\n"
         "printf 'boot_id=%s\\n' \"$(cat /proc/sys/kernel/random/boot_id)\"\n"
         "printf 'machine_id=%s\\n' \"$(cat /etc/machine-id)\"\n"
         "printf 'hostname=%s\\n' \"$(cat /proc/sys/kernel/hostname)\"\n"
         "printf 'user_id=%s\\n' \"$(id -u)\"\n";
}

Verdict judge_reach(const StepContext& context, const core::Observed& seen) {
  const Lines lines = read_lines(seen.out);
  if (const auto owner = core::read_owner(seen.out);
      owner && core::obeys_another(*owner, context.run.owner)) {
    return owned_by_another(*owner, context.host);
  }
  if (seen.exit_code == 0 && value_of(lines, "user_id") == "0") {
    return Verdict::holds("reached " + brief(value_of(lines, "hostname"), 100) + " as root, boot " +
                          brief(value_of(lines, "boot_id"), 40));
  }
  return Verdict::wrong(
      "no root by sudo -n: " + (seen.err.empty() ? "no words" : brief(seen.err)),
      "let the SSH user run commands as root without a password (`sudo -n true`), then resume");
}

// One line a thing that must be there: have=… or lack=….
std::string look_inspect(const StepContext& context) {
  std::string script =
      "for tool in crictl systemctl systemd-run sha256sum stat tail mv flock; do\n"
      "  command -v $tool >/dev/null 2>&1 || echo \"lack=$tool\"\n"
      "done\n"
      "[ -d " +
      std::string(kManifests) + " ] || echo lack=" + std::string(kManifests) + "\n" +
      look_findings(context);
  if (!recovers(context)) return script + "exit 0\n";
  for (const std::string_view path : {kRestoreScript, kRestorePod}) {
    script += "[ -e " + std::string(path) + " ] || echo lack=" + std::string(path) + "\n";
  }
  script += "[ -r " + std::string(kEtcdScripts) +
            "/etcd.env ] || echo lack=" + std::string(kEtcdScripts) + "/etcd.env\n";
  if (context.inventory().api.via == core::ApiVia::recovery_host) {
    script += "for tool in jq " + context.inventory().api.command +
              "; do command -v $tool >/dev/null 2>&1 || echo \"lack=$tool\"; done\n"
              "[ -r " +
              std::string(kNodeKubeconfigs) +
              "/localhost.kubeconfig ] || "
              "[ -r " +
              std::string(kNodeKubeconfigs) +
              "/localhost-recovery.kubeconfig ] || "
              "echo lack=" +
              std::string(kNodeKubeconfigs) + "/localhost.kubeconfig\n";
  }
  // etcd's own list of nodes, readable while the API is dead.
  script += "sed -n 's/^export NODE_.*_ETCD_NAME=\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}$/node=\\1/p' " +
            std::string(kEtcdScripts) + "/etcd.env 2>/dev/null\nexit 0\n";
  return script;
}

namespace {

std::string joined(const std::vector<std::string>& list, std::string_view between) {
  std::string text;
  for (const std::string& item : list)
    text += (text.empty() ? "" : std::string(between)) + brief(item, 300);
  return text;
}

}  // namespace

// All that is wrong at once: at 3 a.m. nobody wants to hear of it one by one.
Verdict judge_inspect(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "what the host has");
  Findings findings = read_findings(context, seen);
  if (const auto lacking = values_of(seen.out, "lack"); !lacking.empty()) {
    findings.against.insert(findings.against.begin(),
                            "missing on " + context.host.name + ": " + joined(lacking, ", "));
    findings.remedies.insert(findings.remedies.begin(),
                             recovers(context)
                                 ? "choose a recovery host on which the etcd static pod has run "
                                   "(it installs these), or put them there"
                                 : "put them there");
  }
  std::vector<std::string> unlisted = values_of(seen.out, "node");
  std::erase_if(unlisted, [&](const std::string& node) {
    const auto& hosts = context.inventory().hosts;
    return std::any_of(hosts.begin(), hosts.end(),
                       [&](const core::Host& host) { return host.node_name == node; });
  });
  if (!unlisted.empty()) {
    findings.against.push_back("etcd knows control-plane nodes that the inventory lacks: " +
                               joined(unlisted, ", "));
    findings.remedies.push_back(
        "a node that is not stopped would go on with the old cluster: list it, "
        "abandon this run and start anew");
  }
  if (!findings.against.empty())
    return Verdict::wrong(joined(findings.against, "; "),
                          joined(findings.remedies, "; ") + "; then resume");
  std::string words = "everything that the procedure needs is there";
  if (!findings.notices.empty()) words += "; note: " + joined(findings.notices, "; ");
  return Verdict::holds(words);
}

Phase Preflight::machine() { return machine_of<Preflight>(); }

}  // namespace states
