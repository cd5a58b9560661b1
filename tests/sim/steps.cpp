// The modelled scripts; see the header.
#include "tests/sim/steps.hpp"

#include <algorithm>
#include <sstream>

#include "states/steps/host_paths.hpp"
#include "tests/sim/csr_samples.hpp"

namespace sim {

namespace {

const std::string kFolder(states::kManifests);
const std::string kMember = std::string(states::kEtcdData) + "/member";

std::string etcd_pod() { return kFolder + "/etcd-pod.yaml"; }
std::string apiserver_pod() { return kFolder + "/kube-apiserver-pod.yaml"; }

bool asks_api(std::string_view step) {
  return step == "approve-csrs" || step == "delete-absent-nodes" || step == "single-etcd-pod" ||
         step == "etcd-pods" || step == "operators-settled" || step.starts_with("force-") ||
         step.ends_with("-rollout");
}

std::string resource_of(std::string_view step) {
  if (step.find("etcd") != std::string_view::npos) return "etcd";
  if (step.find("apiserver") != std::string_view::npos) return "kubeapiserver";
  if (step.find("controller") != std::string_view::npos) return "kubecontrollermanager";
  return "kubescheduler";
}

std::string renamed(Host& host, const std::string& from, const std::string& to) {
  if (host.files.exists(to)) host.unsynced.clear();  // the look syncs what it is a witness of
  return std::string("from=") + (host.files.exists(from) ? "present" : "absent") +
         "\nto=" + (host.files.exists(to) ? "present" : "absent") + "\n";
}

// What sh/witness.sh prints.
std::string witness(const Host& host, const std::string& pod) {
  if (host.ghosts.contains(pod)) return "stuck=" + pod + "\n";
  const bool orphan = host.containers.contains(pod) && !host.lists(pod);
  return orphan ? "orphan=" + pod + " 4711\n" : "";
}

}  // namespace

Printed Steps::look(std::string_view step, Host& host) {
  if (asks_api(step)) return look_at_api(step);
  const std::string& run = start_.run_id;
  const std::int64_t takes_ms = chance_.between(5, 300);
  const auto prints = [takes_ms](std::string out) {
    return Printed{0, std::move(out), "", takes_ms};
  };
  if (step == "reach-host") {
    return prints(owner_lines(host) + "boot_id=" + host.boot_id() + "\nbooted_s=1790000000\n" +
                  "machine_id=" + host.name + "\nhostname=" + host.name + "\nuser_id=0\n");
  }
  if (step == "inspect-host") {
    return prints("who_etcd=" + host.name + "\nwho_kubelet=" + host.name + "\n" + absent_answers());
  }
  if (step == "compare-release") return prints("");
  if (step == "weigh-need") return prints("");
  if (step == "compare-cluster") {
    return prints(plane_.api_answers() ? "cluster_id=c\nversion=v\n" : "api=silent\n");
  }
  if (step == "rehearse-restore") {
    const std::string result = states::rehearsal_file(run);
    return prints(host.files.exists(result) ? "restored=4096\n" : "");
  }
  if (step == "own-host" || step == "release-host") return prints(owner_lines(host));
  if (step == "note-proxy") {
    return prints(host.files.exists(states::proxy_file(run)) ? "kept=yes\n" : "kept=no\n");
  }
  if (step == "copy-backup") {
    std::string out;
    const std::string directory = states::backup_copy(run);
    for (const core::BackupFile& file : start_.backup.files) {
      const std::string token = host.files.at(directory + "/" + file.name);
      if (!token.empty()) out += file.name + "=" + token + "\n";
    }
    const std::size_t count = host.files.below(directory).size();
    return prints(count == 0 ? out : out + "files=" + std::to_string(count) + "\n");
  }
  if (step == "move-etcd-manifest") {
    return prints(renamed(host, etcd_pod(), states::manifests_aside(run) + "/etcd-pod.yaml"));
  }
  if (step == "move-apiserver-manifest") {
    return prints(
        renamed(host, apiserver_pod(), states::manifests_aside(run) + "/kube-apiserver-pod.yaml"));
  }
  if (step == "move-data-directory") {
    return prints(renamed(host, kMember, states::data_aside(run) + "/etcd"));
  }
  if (step == "etcd-stopped" || step == "apiserver-stopped") {
    const std::string pod = step == "etcd-stopped" ? "etcd" : "kube-apiserver";
    std::string out = host.files.exists(kFolder + "/" + pod + "-pod.yaml") ? "manifest=back\n" : "";
    if (host.lists(pod)) out += "running=" + pod + "\n";
    return prints(out + witness(host, pod));
  }
  if (step == "confirm-quiet") {
    std::string out;
    for (const char* pod : {"etcd", "kube-apiserver"}) {
      if (host.files.exists(kFolder + "/" + pod + "-pod.yaml")) out += "alive=manifest\n";
      if (host.lists(pod)) out += std::string("alive=container ") + pod + "\n";
      out += witness(host, pod);
    }
    return prints((host.files.exists(kMember) ? out + "alive=data\n" : out) + absent_answers());
  }
  if (step == "run-restore-script") {
    const std::string snapshot = std::string(states::kEtcdBackup) + "/snapshot.db";
    return prints("script=present\nmember=" + host.files.at(kMember) +
                  "\ndatabase=" + (host.files.exists(kMember) ? "present" : "absent") +
                  "\nsnapshot=" + (host.files.exists(snapshot) ? "waiting" : "gone") +
                  "\nmissing=" + (host.files.exists(etcd_pod()) ? "" : " etcd-pod.yaml") +
                  (host.files.exists(apiserver_pod()) ? "" : " kube-apiserver-pod.yaml") +
                  "\netcd=" + (host.lists("etcd") ? "1" : "0") + "\n" + witness(host, "etcd") +
                  witness(host, "kube-apiserver") + absent_answers());
  }
  if (step == "disarm-alarms") {
    if (!host.containers.contains("etcd")) return prints("");
    return prints(has_alarm() ? "alarm=NOSPACE\netcd=answers\ndatabase_bytes=4096\n"
                              : "etcd=answers\n");
  }
  if (step == "restart-kubelet" || step == "restart-recovery-kubelet") {
    return prints(std::string("LoadState=loaded\nActiveState=") +
                  (host.kubelet_active ? "active" : "activating") +
                  "\nInvocationID=" + std::to_string(host.kubelet_starts) + "\n");
  }
  if (step == "etcd-container-running") {
    return prints(host.lists("etcd") ? "running=1\n" : "running=0\n");
  }
  if (step == "etcd-members") {
    if (!host.containers.contains("etcd")) return {1, "", "no etcdctl container runs", takes_ms};
    std::string members;
    std::string health;
    for (const std::string& pod : plane_.etcd_pods()) {
      if (!members.empty()) members += ",", health += ",";
      members += R"({"name":")" + pod.substr(5) + R"(","learner":false})";
      health += R"({"endpoint":")" + pod + R"(","health":true})";
    }
    return prints("{\"members\":[" + members + "]}\n{\"health\":[" + health + "]}\n");
  }
  return {127, "", "the model knows no step " + std::string(step), takes_ms};
}

// What sh/absent.sh prints.
std::string Steps::absent_answers() const {
  std::string out;
  for (const core::AbsentHost& absent : start_.absent) {
    const Host& host = plane_.host(absent.name);
    const char* word = !host.up ? "silent" : host.containers.contains("etcd") ? "open" : "refused";
    out += "absent=" + absent.name + " " + absent.address + " 2379 " + word + "\n";
  }
  return out;
}

bool Steps::has_alarm() const {
  const auto& accepted = start_.backup.content.accepted;
  return !disarmed_ &&
         std::find(accepted.begin(), accepted.end(), "nospace-alarm") != accepted.end();
}

std::string Steps::owner_lines(const Host& host) {
  if (!host.owner) return "";
  return "owner_run=" + host.owner->run_id + "\nowner_epoch=" + std::to_string(host.owner->epoch) +
         "\nowner_driver=" + host.owner->driver + "\nowner_by=" + host.owner->by +
         "\nowner_state=" + host.owner->state + "\nowner_job=" + host.owner->job +
         "\nowner_age_s=9\n";
}

Printed Steps::look_at_api(std::string_view step) {
  const std::int64_t takes_ms = chance_.between(50, 800);
  if (!plane_.api_answers()) {
    return {1, "", "The connection to the server localhost:6443 was refused",
            chance_.percent(20) ? 20'000 : takes_ms};
  }
  if (chance_.percent(api.errors_percent)) {
    return {1, "", "Error from server (InternalError): etcdserver: request timed out", takes_ms};
  }
  if (step == "approve-csrs") return {0, csrs_json(), "", takes_ms};
  if (step == "delete-absent-nodes") {
    std::string out;
    for (const core::AbsentHost& absent : start_.absent) {
      const std::string ready = plane_.node_ready(absent.name);
      if (!ready.empty()) out += "node=" + absent.name + " " + ready + "\n";
    }
    return {0, std::move(out), "", takes_ms};
  }
  if (step == "single-etcd-pod" || step == "etcd-pods") {
    std::string pods;
    for (const std::string& name : plane_.etcd_pods()) {
      pods += (pods.empty() ? "" : ",") + (R"({"name":")" + name) +
              R"(","phase":"Running","ready":true})";
    }
    return {0, "[" + pods + "]\n", "", takes_ms};
  }
  if (step == "operators-settled") {
    return {0, operators_json(), "", takes_ms};
  }
  return {0, operator_json(resource_of(step)), "", takes_ms};
}

std::string Steps::operators_json() const {
  std::string names;
  std::string off;
  const auto add = [&](const std::string& name, const char* condition) {
    names += (names.empty() ? "\"" : ",\"") + name + "\"";
    off += (off.empty() ? "" : ",") + (R"({"name":")" + name) + R"(","is":[")" + condition + "\"]}";
  };
  if (!plane_.settled()) add("etcd", "Progressing");
  for (const std::string& name : degraded) add(name, "Degraded");
  return R"({"count":30,"unsettled":[)" + names + R"(],"left_out":0,"off":[)" + off +
         R"(],"why":[]})" + "\n";
}

std::string Steps::operator_json(const std::string& resource) const {
  const Operator op = api.stale ? plane_.operator_before(resource, time_.now_ms() - 5'000)
                                : plane_.operators().at(resource);
  std::string nodes;
  for (const auto& [name, revision] : op.node_revision) {
    nodes += (nodes.empty() ? "" : ",") + (R"({"name":")" + name) + R"(","now":)" +
             std::to_string(revision) + R"(,"target":0,"failed":0})";
  }
  const char* progress = op.rolling ? R"({"status":"True","reason":"","message":""})"
                                    : R"({"status":"False","reason":"AllNodesAtLatestRevision"})";
  std::string not_ready;
  for (const std::string& name : plane_.names()) {
    if (!op.rolling || plane_.node_ready(name).empty() || plane_.is_ready(name)) continue;
    not_ready += (not_ready.empty() ? "" : ",") + (R"({"name":")" + name) + "\"}";
  }
  return R"({"reason":")" + op.reason + R"(","latest":)" + std::to_string(op.latest) +
         R"(,"nodes":[)" + nodes + R"(],"progress":[)" + progress +
         R"(],"failures":[],"degraded":[],"not_ready":[)" + not_ready + "]}\n";
}

std::string Steps::csrs_json() const {
  std::string items;
  for (const auto& [name, csr] : plane_.csrs()) {
    if (csr.approved) continue;
    items += (items.empty() ? "" : ",") + csr_item(name, csr.host, csr.serving);
  }
  return "{\"pending\":[" + items + "],\"left_out\":0,\"of_other_signers\":0}\n";
}

// ---- commands -----------------------------------------------------------------------------------

std::int64_t Steps::command(std::string_view step, Host& host, const std::string& script_text,
                            std::string_view job, const core::Ownership& by, int* state,
                            std::string* line) {
  const std::string& run = start_.run_id;
  if (step == "run-restore-script") return script(host, job, state, line);
  if (step == "own-host" || step == "release-host") {
    if ((*state)++ == 0) return chance_.between(5, 50);
    if (host.owner && core::owned_by_other(*host.owner, by)) return -2;
    host.owner = {by.run_id, by.epoch, by.driver, by.by, step == "own-host" ? "driven" : "ended",
                  "",        0};
    return -1;
  }
  if (asks_api(step)) return at_api(step, script_text, state);
  if (step == "move-etcd-manifest") {
    return rename(host, etcd_pod(), states::manifests_aside(run) + "/etcd-pod.yaml", state);
  }
  if (step == "move-apiserver-manifest") {
    return rename(host, apiserver_pod(), states::manifests_aside(run) + "/kube-apiserver-pod.yaml",
                  state);
  }
  if (step == "move-data-directory") {
    return rename(host, kMember, states::data_aside(run) + "/etcd", state);
  }
  if (step == "note-proxy") {
    if ((*state)++ == 0) return chance_.between(100, 20'000);
    host.files.write(states::proxy_file(run), "proxy");
    return -1;
  }
  if (step == "rehearse-restore") {
    if ((*state)++ == 0) return chance_.between(300, 40'000);
    host.files.write(states::rehearsal_file(run), "restored");
    return -1;
  }
  if (step == "disarm-alarms") {
    if ((*state)++ == 0) return chance_.between(100, 20'000);
    if (!host.containers.contains("etcd")) return -2;
    disarmed_ = true;
    return -1;
  }
  if (step == "restart-kubelet" || step == "restart-recovery-kubelet") {
    if ((*state)++ == 0) return chance_.between(50, 500);
    if (*state > 2) return -1;
    ++commands_done[host.name + "/kubelet"];
    plane_.restart_kubelet(host);
    return chance_.between(10, 2'000);
  }
  *line = "the model knows no command of " + std::string(step);
  return -128;
}

// rename(2), and the sync a moment later: between them a power loss may take it back.
std::int64_t Steps::rename(Host& host, const std::string& from, const std::string& to, int* state) {
  if ((*state)++ == 0) return chance_.between(1, 50);
  if (*state == 2) {
    if (!host.files.exists(from) || host.files.exists(to)) return -2;
    if (from == kMember && host.containers.contains("etcd"))
      plane_.violations.push_back("the data of " + host.name + " is moved from a living etcd");
    host.files.rename(from, to);
    ++commands_done[host.name + "/" + from];
    host.unsynced.emplace_back(time_.now_ms(), [&host, from, to] { host.files.rename(to, from); });
    plane_.manifests_changed(host);
    return chance_.between(1, 200);
  }
  host.unsynced.clear();
  return -1;
}

std::int64_t Steps::script(Host& host, std::string_view job, int* state, std::string* line) {
  if (*state == 0) {
    const std::string mark =
        "-before-" + start_.run_id + "-" + std::string(job.substr(job.rfind('.') + 1));
    for (const std::string_view path : {states::kEtcdBackup, states::kStoppedManifests}) {
      host.files.rename(path, std::string(path) + mark);
    }
    if (host.files.below(states::backup_copy(start_.run_id)).size() != 2) return -2;
    *state = 1;
    return 10;
  }
  const std::int64_t takes_ms = plane_.restore_script(*state - 1, line);
  if (takes_ms == 0) return 1'000;  // it waits, without a time-out
  ++*state;
  return takes_ms;
}

std::int64_t Steps::at_api(std::string_view step, const std::string& script_text, int* state) {
  if ((*state)++ == 0) return chance_.between(50, 1'500);
  if (!plane_.api_answers()) return -2;
  const bool fails = chance_.percent(api.errors_percent);
  if (fails && chance_.percent(50)) return -2;  // before its effect; below: after it
  if (step == "approve-csrs") {
    std::istringstream words(script_text);
    for (std::string word; words >> word;) {
      if (word.starts_with("csr-")) plane_.approve(word);
    }
  } else if (step == "delete-absent-nodes") {
    for (const core::AbsentHost& absent : start_.absent) plane_.delete_node(absent.name);
  } else {
    const std::string resource = resource_of(step);
    plane_.patch_reason(resource, "restorectl-" + start_.run_id + "-" + resource);
  }
  return fails ? -2 : -1;
}

}  // namespace sim
