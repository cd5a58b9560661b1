// Kubelets, containers, power and the API of the model; see the header.
#include "tests/sim/control_plane.hpp"

#include "states/steps/host_paths.hpp"

namespace sim {

namespace {

const std::string kFolder(states::kManifests);
const std::string kMember = std::string(states::kEtcdData) + "/member";

// The kernel writes dirty pages and journals back by itself within this time.
constexpr std::int64_t kWriteBackMs = 30'000;

// A host's part of its requests' names, which have at most 253 characters too.
std::string for_csr(const std::string& name) {
  return longest_names ? std::string(1, name.back()) : name;
}

std::string manifest_of(const std::string& pod) { return kFolder + "/" + pod + "-pod.yaml"; }

}  // namespace

ControlPlane::ControlPlane(Timeline& time, Chance chance, Illness illness, int hosts)
    : time_(time), chance_(chance), illness_(std::move(illness)) {
  for (int i = 0; i < hosts; ++i) {
    const std::string name = names_.emplace_back(host_name(i));
    Host& host = hosts_[name];
    host.name = name;
    for (const char* pod : {"etcd", "kube-apiserver"}) {
      host.files.write(manifest_of(pod), std::string(pod) + " manifest of " + name);
      precious.push_back(host.files.at(manifest_of(pod)));
      host.containers.insert(pod);
    }
    node_ready_.insert(name);
    nodes_.insert(name);
    const bool lost = illness_.quorum_lost && (name != recovery() || hosts == 1);
    if (lost) {
      host.containers.erase("etcd");
    } else {
      host.files.write(kMember + "/snap/db", "data of " + name);
      precious.push_back("data of " + name);
    }
    if (illness_.absent.contains(name)) {
      host.up = false;
      host.containers.clear();
      node_ready_.erase(name);
    }
  }
  // What an earlier restore left on the recovery host; the script would delete it.
  if (chance_.percent(20)) {
    host(recovery())
        .files.write(std::string(states::kEtcdBackup) + "/member/snap/db", "older data");
    precious.push_back("older data");
  }
  for (const char* resource : {"etcd", "kubeapiserver", "kubecontrollermanager", "kubescheduler"}) {
    Operator& op = operators_[resource];
    for (const std::string& name : names_) op.node_revision[name] = op.latest;
  }
}

std::int64_t ControlPlane::slow(std::int64_t from_ms, std::int64_t to_ms) {
  return chance_.between(from_ms, to_ms) * illness_.slowness;
}

// ---- kubelet and containers ---------------------------------------------------------------------

void ControlPlane::manifests_changed(Host& host) {
  const std::string name = host.name;
  time_.after(slow(200, 20'000), [this, name] { reconcile(name); });
}

// A kubelet looks at its folder again and again: whatever it missed, it sees then.
void ControlPlane::reconcile(const std::string& name) {
  const Host& host = hosts_.at(name);
  if (!host.up || !host.kubelet_active) return;
  for (const std::string pod : {"etcd", "kube-apiserver"}) {
    const bool wanted =
        host.files.exists(manifest_of(pod)) && (pod != "etcd" || may_run_etcd(host));
    const bool runs = host.containers.contains(pod) || host.ghosts.contains(pod);
    if (wanted == runs || !pending_.insert(name + "/" + pod).second) continue;
    const int boot = host.boot;
    const auto when = wanted ? slow(500, 8'000) : slow(1'000, 30'000);
    time_.after(when, [this, name, pod, wanted, boot] {
      pending_.erase(name + "/" + pod);
      if (!hosts_.at(name).up) return;
      if (hosts_.at(name).boot == boot) {
        if (wanted) {
          start_container(name, pod);
        } else {
          stop_container(name, pod);
        }
      }
      // The folder may have changed meanwhile; and the kubelet of the next boot did not begin what
      // was pending here.
      reconcile(name);
    });
  }
}

// etcd ends at once without data, unless its pod is the one that restores, or it joins anew.
bool ControlPlane::may_run_etcd(const Host& host) const {
  const std::string pod = host.files.at(manifest_of("etcd"));
  if (pod == "restore pod" || joined_.contains(host.name)) return true;
  return host.files.exists(kMember);
}

void ControlPlane::start_container(const std::string& name, const std::string& container) {
  Host& host = hosts_.at(name);
  if (!host.files.exists(manifest_of(container))) return;
  host.containers.insert(container);
  host.forgotten.erase(container);
  if (name == recovery() && container == "etcd" &&
      host.files.exists(std::string(states::kEtcdBackup) + "/snapshot.db")) {
    time_.after(slow(1'000, 20'000), [this] { restore_pod_works(); });
  }
}

void ControlPlane::stop_container(const std::string& name, const std::string& container) {
  const auto stuck = stuck_until_ms.find(name + "/" + container);
  if (stuck != stuck_until_ms.end() && time_.now_ms() < stuck->second) return;
  if (hosts_.at(name).files.exists(manifest_of(container))) return;
  if (hosts_.at(name).forgotten.contains(container)) return;  // the kubelet does not know of it
  hosts_.at(name).containers.erase(container);
}

void ControlPlane::kill_container(Host& host, std::string_view container) {
  host.containers.erase(std::string(container));
  host.forgotten.erase(std::string(container));
  manifests_changed(host);
}

void ControlPlane::confuse_runtime(Host& host, const std::string& container, bool forgets,
                                   std::int64_t for_ms) {
  if (!host.containers.contains(container) || host.forgotten.contains(container)) return;
  if (forgets) {
    host.forgotten.insert(container);
  } else {
    host.containers.erase(container);
    host.ghosts.insert(container);
  }
  const std::string name = host.name;
  const int boot = host.boot;
  time_.after(for_ms, [this, name, container, boot] {
    Host& later = hosts_.at(name);
    if (later.boot != boot) return;
    later.ghosts.erase(container);
    if (later.forgotten.contains(container)) kill_container(later, container);
    manifests_changed(later);
  });
}

void ControlPlane::restart_kubelet(Host& host) {
  ++host.kubelet_starts;
  host.kubelet_active = true;
  manifests_changed(host);
  const std::string name = host.name;
  if (restored && illness_.certificates_expired.contains(name)) {
    node_ready_.erase(name);
    time_.after(slow(500, 10'000), [this, name] { ask_certificates(name); });
  } else if (restored && name != recovery()) {
    time_.after(slow(1'000, 40'000), [this, name] { mirror_pods_.erase(name); });
  }
}

// ---- power --------------------------------------------------------------------------------------

void ControlPlane::power(Host& host, bool cleanly, std::int64_t down_ms) {
  if (!host.up || illness_.absent.contains(host.name)) return;
  host.up = false;
  ++host.boot;
  host.containers.clear();
  host.forgotten.clear();
  host.ghosts.clear();
  for (auto& [id, job] : host.jobs) job.alive = false;
  // The disk holds what was synced; of the rest, each change alone may be there or not.
  const auto undo = std::move(host.unsynced);
  host.unsynced.clear();
  for (auto change = undo.rbegin(); change != undo.rend(); ++change) {
    const bool written_back = time_.now_ms() - change->first > kWriteBackMs;
    if (!cleanly && !written_back && chance_.percent(50)) change->second();
  }
  const std::string name = host.name;
  time_.after(down_ms, [this, name] {
    Host& again = hosts_.at(name);
    again.up = true;
    restart_kubelet(again);
  });
}

void ControlPlane::come_back(const std::string& name, std::int64_t for_ms) {
  if (hosts_.at(name).up) return;
  hosts_.at(name).up = true;
  manifests_changed(hosts_.at(name));
  time_.after(for_ms, [this, name] {
    Host& host = hosts_.at(name);
    host.up = false;
    ++host.boot;
    host.containers.clear();
    host.forgotten.clear();
    host.ghosts.clear();
  });
}

// ---- the API ------------------------------------------------------------------------------------

bool ControlPlane::etcd_serves() const {
  int alive = 0;
  for (const auto& [name, host] : hosts_) {
    if (restored && !joined_.contains(name)) continue;
    alive += host.up && host.containers.contains("etcd") && host.files.exists(kMember) ? 1 : 0;
  }
  const int members = static_cast<int>(restored ? joined_.size() : hosts_.size());
  return alive > members / 2;
}

bool ControlPlane::api_answers() const {
  const Host& host = hosts_.at(recovery());
  return host.up && host.containers.contains("kube-apiserver") && etcd_serves();
}

int ControlPlane::healthy_members() const {
  int healthy = 0;
  for (const std::string& name : joined_) {
    const Host& host = hosts_.at(name);
    healthy += host.up && host.containers.contains("etcd") ? 1 : 0;
  }
  return healthy;
}

std::vector<std::string> ControlPlane::etcd_pods() const {
  std::vector<std::string> names;
  for (const auto& [name, host] : hosts_) {
    const bool real = joined_.contains(name) && host.up && host.containers.contains("etcd");
    if (real || mirror_pods_.contains(name)) names.push_back("etcd-" + name);
  }
  return names;
}

bool ControlPlane::settled() const {
  if (restored && healthy_members() < static_cast<int>(joined_.size())) return false;  // degraded
  for (const auto& [name, op] : operators_) {
    if (op.rolling) return false;
  }
  return time_.now_ms() >= settled_at_ms_;
}

// The pods of a Node that is gone are deleted a while later, and its operators forget it.
void ControlPlane::delete_node(const std::string& name) {
  nodes_.erase(name);
  for (auto& [resource, op] : operators_) {
    remember(resource);
    op.node_revision.erase(name);
  }
  time_.after(slow(20'000, 60'000), [this, name] { mirror_pods_.erase(name); });
}

std::string ControlPlane::node_ready(const std::string& name) const {
  if (!nodes_.contains(name)) return {};
  const bool silent = !hosts_.at(name).up && time_.now_ms() >= silence_noticed_ms_;
  return silent ? "Unknown" : "True";
}

void ControlPlane::ask_certificates(const std::string& name) {
  if (!api_answers()) {
    time_.after(5'000, [this, name] { ask_certificates(name); });
    return;
  }
  if (node_ready_.contains(name)) return;
  csrs_["csr-" + for_csr(name) + "-" + std::to_string(csrs_.size())] = {name, false, false};
  if (chance_.percent(30)) csrs_["csr-intruder-" + std::to_string(csrs_.size())] = {};
}

void ControlPlane::approve(const std::string& csr) {
  const auto it = csrs_.find(csr);
  if (it == csrs_.end() || it->second.approved) return;
  it->second.approved = true;
  const std::string name = it->second.host;
  if (name.empty()) {
    violations.push_back("a stranger's CSR was approved: " + csr);
    return;
  }
  if (it->second.serving) return;
  time_.after(slow(500, 8'000), [this, name] {
    csrs_["csr-serving-" + for_csr(name) + "-" + std::to_string(csrs_.size())] = {name, true,
                                                                                  false};
    node_ready_.insert(name);
    illness_.certificates_expired.erase(name);
    if (name != recovery()) {
      time_.after(slow(1'000, 40'000), [this, name] { mirror_pods_.erase(name); });
    }
  });
}

}  // namespace sim
