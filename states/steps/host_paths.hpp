// Paths on a control-plane host, and where a run puts what it moves.
// Invariant: what is moved is renamed into a directory named after the run, below the same mount,
// never into the kubelet's manifest folder and never to /tmp, which is a tmpfs there.
// Source of the paths: docs/procedure.md.
#pragma once

#include <string>
#include <string_view>

#include "core/ownership.hpp"

namespace states {

inline constexpr std::string_view kManifests = "/etc/kubernetes/manifests";
inline constexpr std::string_view kEtcdData = "/var/lib/etcd";
inline constexpr std::string_view kEtcdBackup = "/var/lib/etcd-backup";  // the script's own
inline constexpr std::string_view kRestoreScript = "/usr/local/bin/cluster-restore.sh";
inline constexpr std::string_view kStoppedManifests = "/home/core/assets/manifests-stopped";
inline constexpr std::string_view kEtcdScripts =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts";
inline constexpr std::string_view kRestorePod =
    "/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/pod.yaml";
inline constexpr std::string_view kNodeKubeconfigs =
    "/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/node-kubeconfigs";

// Beside the manifest folder, so below its mount; the kubelet does not read it.
inline std::string manifests_aside(const std::string& run) {
  return "/etc/kubernetes/restorectl-" + run;
}
// Beside the data directory, or inside it where it is a mount of its own.
inline std::string data_aside(const std::string& run) { return "/var/lib/restorectl-" + run; }
inline std::string data_aside_in_mount(const std::string& run) {
  return std::string(kEtcdData) + "/restorectl-" + run;
}
// The run's own directory on the recovery host: the backup's copy and the proxy's settings.
inline std::string run_directory(const std::string& run) {
  return std::string(core::kHostState) + "/" + run;
}
inline std::string backup_copy(const std::string& run) { return run_directory(run) + "/backup"; }
inline std::string rehearsal_file(const std::string& run) {
  return run_directory(run) + "/rehearsal.result";
}
inline std::string proxy_file(const std::string& run) { return run_directory(run) + "/proxy.env"; }

}  // namespace states
