// Marker lines of cluster-restore.sh, releases 4.6 to 4.22; see the header.
#include "states/steps/restore_progress.hpp"

namespace states {

namespace {
struct Marker {
  std::string_view start;
  RestorePhase phase;
};
constexpr Marker kMarkers[] = {
    {"This script must be run as root", {"P0", "refused: not root"}},
    {"required dependencies not found", {"P1", "refused: no etcd static pod was ever here"}},
    {"Path to the directory containing backup files", {"P2", "refused: no backup directory"}},
    {"etcd snapshot ", {"P3", "refused: no snapshot"}},
    {"etcdctl version:", {"P4", "etcdctl is at hand"}},
    {"etcdctl is already installed", {"P4", "etcdctl is at hand"}},
    {"{\"hash\":", {"P5", "the snapshot's status was read"}},
    {"Backup integrity verification failed", {"P5", "refused: the snapshot looks corrupted"}},
    {"...stopping ", {"P6", "taking the static pods' manifests away"}},
    {"Waiting for container ", {"P7", "waiting for containers to stop"}},
    {"removing previous backup ", {"P8", "removing the data of an earlier restore"}},
    {"Moving etcd data-dir ", {"P8", "moving the data directory away"}},
    {"starting restore-etcd static pod", {"P11", "the restore pod is in place"}},
    {"starting kube-", {"P12", "starting the other static pods"}},
};
}  // namespace

std::optional<RestorePhase> restore_phase_of(std::string_view line) {
  for (const Marker& marker : kMarkers) {
    if (line.starts_with(marker.start)) return marker.phase;
  }
  return std::nullopt;
}

}  // namespace states
