// ControlPlane: the modelled hosts, one or more, with their kubelets, etcd, the API, the operators
// and the restore script with its bad manners. Invariant: it knows nothing of restorectl; it only
// does what files, processes and requests make it do. What it imitates stands in docs/procedure.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/host.hpp"
#include "tests/sim/timeline.hpp"

namespace sim {

// How the cluster is ill before the restore, and how slow it is. Drawn from the seed.
struct Illness {
  // All members but the recovery host's have lost their data, or a single one has; else all live.
  bool quorum_lost = true;
  std::set<std::string> certificates_expired;  // hosts whose kubelet needs new ones afterwards
  std::set<std::string> absent;                // hosts that are off, and gone for good
  int slowness = 1;                            // multiplies every delay
};

// An operator's object, as far as the procedure reads it.
struct Operator {
  std::string reason;
  int latest = 7;
  std::map<std::string, int> node_revision;
  bool rolling = false;
  int redeployments = 0;  // how often a new reason was seen
};

struct Csr {
  std::string host;  // whose kubelet asks; empty: somebody else's
  bool serving = false;
  bool approved = false;
};

class ControlPlane {
 public:
  ControlPlane(Timeline& time, Chance chance, Illness illness, int hosts);
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  Host& host(std::string_view name) { return hosts_.at(std::string(name)); }
  const std::map<std::string, Host>& hosts() const { return hosts_; }
  // In the order in which operators roll.
  const std::vector<std::string>& names() const { return names_; }
  static std::string recovery() { return host_name(0); }

  // ---- what commands on hosts do ----
  // Tells the kubelet of a host that its manifest folder may have changed.
  void manifests_changed(Host& host);
  void restart_kubelet(Host& host);
  // Runs `phase` of cluster-restore.sh; returns how long it takes, or a negative number when the
  // script ends there with exit code -n - 1. Called again and again with growing phases.
  std::int64_t restore_script(int phase, std::string* line);

  // ---- the API, as the recovery host's oc sees it ----
  bool api_answers() const;
  bool etcd_serves() const;
  void patch_reason(const std::string& resource, const std::string& reason);
  void approve(const std::string& csr);
  void delete_node(const std::string& name);
  // The status of a Node's condition Ready; empty: the API has no such Node.
  std::string node_ready(const std::string& name) const;
  const std::map<std::string, Operator>& operators() const { return operators_; }
  // The object as a watch cache that lags behind may still show it.
  const Operator& operator_before(const std::string& resource, std::int64_t time_ms) const;
  const std::map<std::string, Csr>& csrs() const { return csrs_; }
  std::vector<std::string> etcd_pods() const;  // names that the API shows as Running and ready
  bool settled() const;                        // every operator that rolls something out
  bool is_ready(const std::string& node) const {
    return hosts_.at(node).up && node_ready_.contains(node);
  }
  std::size_t members() const { return joined_.size(); }  // of the restored cluster

  // ---- faults ----
  // A host that is gone for good comes back with its old data, and is switched off again later.
  void come_back(const std::string& name, std::int64_t for_ms);
  void power(Host& host, bool cleanly, std::int64_t down_ms);
  void kill_container(Host& host, std::string_view container);
  // The runtime forgets a container that lives, or goes on listing one that dies; until somebody
  // ends the process or restarts the runtime.
  void confuse_runtime(Host& host, const std::string& container, bool forgets, std::int64_t for_ms);
  std::map<std::string, std::int64_t, std::less<>> stuck_until_ms;  // containers of a host

  // ---- for the referee ----
  int script_starts = 0;
  std::vector<std::string> violations;  // what must never happen and did
  std::vector<std::string> precious;    // tokens that must stand on some disk for ever
  bool restored = false;

 private:
  int healthy_members() const;
  bool may_run_etcd(const Host& host) const;
  void reconcile(const std::string& name);
  void start_container(const std::string& name, const std::string& container);
  void stop_container(const std::string& name, const std::string& container);
  void restore_pod_works();
  void ask_certificates(const std::string& name);
  void roll(const std::string& resource);
  void roll_node(const std::string& resource, std::size_t index);
  void destroy(Host& host, std::string_view path);
  void remember(const std::string& resource);
  std::int64_t slow(std::int64_t from_ms, std::int64_t to_ms);

  Timeline& time_;
  Chance chance_;
  Illness illness_;
  std::vector<std::string> names_;
  std::map<std::string, Host> hosts_;
  std::map<std::string, Operator> operators_;
  std::map<std::string, std::vector<std::pair<std::int64_t, Operator>>> past_;
  std::map<std::string, Csr> csrs_;
  std::set<std::string> mirror_pods_;    // hosts whose etcd pod the API still believes in
  std::set<std::string> joined_;         // members of the restored cluster
  std::set<std::string> node_ready_;     // kubelets that may act for the API
  std::set<std::string> nodes_;          // the Node objects that the API has
  std::int64_t silence_noticed_ms_ = 0;  // when the Nodes of silent kubelets are NotReady
  std::set<std::string> pending_;        // host/container changes under way
  std::int64_t settled_at_ms_ = 0;
};

}  // namespace sim
