// The restore script, its pod and the operators of the model; see control_plane.hpp.
#include <algorithm>

#include "states/steps/host_paths.hpp"
#include "tests/sim/control_plane.hpp"

namespace sim {

namespace {

const std::string kFolder(states::kManifests);
const std::string kMember = std::string(states::kEtcdData) + "/member";
const std::string kBackup(states::kEtcdBackup);
const std::string kStopped(states::kStoppedManifests);

}  // namespace

void ControlPlane::destroy(Host& host, std::string_view path) {
  const auto lose = [&](const std::string& at) {
    const std::string token = host.files.at(at);
    if (std::find(precious.begin(), precious.end(), token) != precious.end()) {
      violations.push_back("lost on " + host.name + ": " + token + " at " + at);
    }
  };
  for (const std::string& below : host.files.below(path)) lose(below);
  host.files.remove(path);
}

// Its manners are the original's (docs/procedure.md): it waits without a time-out, deletes what an
// earlier run kept, overwrites what an earlier run moved, and ends with 0 before anything is
// restored.
std::int64_t ControlPlane::restore_script(int phase, std::string* line) {
  Host& host = hosts_.at(recovery());
  switch (phase) {
    case 0:
      ++script_starts;
      for (const auto& [name, other] : hosts_) {
        if (name == recovery()) continue;
        if (illness_.absent.contains(name)) {
          if (other.up) violations.push_back("the restore script runs while " + name + " is back");
          continue;
        }
        if (other.files.exists(kFolder + "/etcd-pod.yaml") || other.containers.contains("etcd") ||
            other.files.exists(kMember)) {
          violations.push_back("the restore script runs while " + name + " could run etcd");
        }
      }
      *line = "...stopping kube-apiserver-pod.yaml";
      for (const char* pod : {"etcd", "kube-apiserver"}) {
        const std::string file = std::string(pod) + "-pod.yaml";
        if (!host.files.exists(kFolder + "/" + file)) continue;
        destroy(host, kStopped + "/" + file);
        host.files.rename(kFolder + "/" + file, kStopped + "/" + file);
      }
      manifests_changed(host);
      return slow(500, 3'000);
    case 1:
      *line = "Waiting for container etcd to stop";
      if (host.lists("etcd") || host.lists("kube-apiserver")) {
        manifests_changed(host);
        return 0;  // again, for ever
      }
      return slow(200, 2'000);
    case 2:
      *line = "Moving etcd data-dir /var/lib/etcd/member to /var/lib/etcd-backup";
      destroy(host, kBackup);
      host.files.rename(kMember, kBackup + "/member");
      return slow(500, 4'000);
    case 3:
      *line = "starting restore-etcd static pod";
      host.files.write(kBackup + "/snapshot.db", "snapshot");
      host.files.write(kFolder + "/etcd-pod.yaml", "restore pod");
      manifests_changed(host);
      return slow(500, 3'000);
    case 4:
      *line = "starting kube-apiserver-pod.yaml";
      host.files.write(kFolder + "/kube-apiserver-pod.yaml", "kube-apiserver of the backup");
      manifests_changed(host);
      return slow(100, 1'000);
    default:
      return -1;
  }
}

void ControlPlane::restore_pod_works() {
  Host& host = hosts_.at(recovery());
  if (!host.up || !host.containers.contains("etcd")) return;
  if (!host.files.exists(kBackup + "/snapshot.db")) return;
  if (host.files.exists(kMember)) {  // it refuses a directory that is not empty
    host.containers.erase("etcd");
    return;
  }
  host.files.remove(kBackup + "/snapshot.db");
  host.files.write(kMember + "/snap/db", "restored data " + std::to_string(script_starts));
  restored = true;
  joined_ = {recovery()};
  for (auto& [name, op] : operators_)
    op = {.reason = {},
          .latest = op.latest,
          .node_revision = op.node_revision,
          .rolling = false,
          .redeployments = op.redeployments};
  csrs_.clear();
  past_.clear();  // a cache does not outlive its server
  mirror_pods_.insert(names_.begin(), names_.end());
  mirror_pods_.erase(recovery());
  nodes_.insert(names_.begin(), names_.end());
  if (!illness_.absent.empty()) silence_noticed_ms_ = time_.now_ms() + slow(40'000, 90'000);
  settled_at_ms_ = time_.now_ms() + slow(10'000, 60'000);
}

void ControlPlane::remember(const std::string& resource) {
  past_[resource].emplace_back(time_.now_ms(), operators_.at(resource));
}

const Operator& ControlPlane::operator_before(const std::string& resource,
                                              std::int64_t time_ms) const {
  const Operator* seen = &operators_.at(resource);
  const auto past = past_.find(resource);
  if (past == past_.end()) return *seen;
  // What was replaced after that time was still the object then.
  for (const auto& [replaced_ms, object] : past->second) {
    if (replaced_ms > time_ms) return object;
  }
  return *seen;
}

void ControlPlane::patch_reason(const std::string& resource, const std::string& reason) {
  Operator& op = operators_.at(resource);
  if (op.reason == reason) return;  // kubectl says "not patched" and exits with 0
  remember(resource);
  op.reason = reason;
  ++op.redeployments;
  // Until the operator has seen it, its status speaks of the last rollout.
  time_.after(slow(500, 20'000), [this, resource] { roll(resource); });
}

void ControlPlane::roll(const std::string& resource) {
  if (!api_answers()) {
    time_.after(5'000, [this, resource] { roll(resource); });
    return;
  }
  Operator& op = operators_.at(resource);
  remember(resource);
  ++op.latest;
  op.rolling = true;
  time_.after(slow(2'000, 30'000), [this, resource] { roll_node(resource, 0); });
}

void ControlPlane::roll_node(const std::string& resource, std::size_t index) {
  Operator& op = operators_.at(resource);
  if (index == names_.size()) {
    remember(resource);
    op.rolling = false;
    settled_at_ms_ = time_.now_ms() + slow(5'000, 60'000);
    return;
  }
  const std::string& name = names_[index];
  if (!nodes_.contains(name)) return roll_node(resource, index + 1);
  Host& host = hosts_.at(name);
  // A Node that is not Ready is waited for, and nothing rolls out past it.
  if (!api_answers() || !host.up || !node_ready_.contains(name)) {
    time_.after(5'000, [this, resource, index] { roll_node(resource, index); });
    return;
  }
  remember(resource);
  op.node_revision[name] = op.latest;
  const std::string revision = std::to_string(op.latest);
  if (resource == "etcd") {
    host.files.write(kFolder + "/etcd-pod.yaml", "etcd manifest, revision " + revision);
    if (joined_.insert(name).second) {
      host.files.write(kMember + "/snap/db", "joined data of " + name);
      // It is a voting member before its container is there, as when etcd starts on a new peer.
      host.containers.insert("etcd");
    }
  } else if (resource == "kubeapiserver") {
    host.files.write(kFolder + "/kube-apiserver-pod.yaml", "kube-apiserver, revision " + revision);
    host.containers.erase("kube-apiserver");
  }
  manifests_changed(host);
  time_.after(slow(3'000, 40'000), [this, resource, index] { roll_node(resource, index + 1); });
}

}  // namespace sim
