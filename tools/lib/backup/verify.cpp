// Both files, and whether they belong together; see the header.
#include "tools/lib/backup/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"

namespace backup {

namespace {

// Source: openshift/cluster-etcd-operator, pkg/etcdenvvar.
constexpr std::uint64_t kQuotaTo48 = 7ULL << 30;
constexpr std::uint64_t kQuotaFrom49 = 8ULL << 30;

void append(std::vector<Defect>& all, const std::vector<Defect>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

// What the snapshot says of its cluster. Only asked of a snapshot that could be read.
void check_cluster(Proof& proof) {
  const SnapshotFacts& facts = proof.snapshot;
  const std::string name = proof.pair.snapshot.string();
  if (facts.version.desired.empty() || facts.version.cluster_id.empty()) {
    proof.defects.emplace_back(
        "no-cluster-version",
        fmt::format("{} has no ClusterVersion: not from an OKD or OpenShift cluster", name));
  } else if (facts.version.completed != facts.version.desired) {
    proof.defects.emplace_back(
        "within-an-update",
        fmt::format("{} was taken during an update of the cluster from {} to {}", name,
                    facts.version.completed.empty() ? "nothing" : facts.version.completed,
                    facts.version.desired));
  }
  if (facts.encrypted && !proof.archive.encryption_config) {
    proof.defects.emplace_back(
        "keys-missing",
        fmt::format("{} is encrypted at rest, but its keys (secrets/encryption-config of the "
                    "kube-apiserver) are not in {}: the restored data would be unreadable",
                    name, proof.pair.archive.string()));
  }
}

// In MiB, rounded up: what is beyond the quota is not rounded down to it.
std::uint64_t mib(std::uint64_t bytes) { return (bytes + (1U << 20) - 1) >> 20; }

// What the snapshot says of etcd itself, and what a restore keeps of it.
void check_etcd(Proof& proof) {
  const ServerFacts& server = proof.snapshot.server;
  const std::string name = proof.pair.snapshot.filename().string();
  const auto bad = [&](std::string_view defect, const std::string& words) {
    proof.defects.emplace_back(defect, fmt::format("{} {}", name, words));
  };
  if (server.nospace_alarms > 0) {
    bad("nospace-alarm",
        "was taken while etcd was out of space (alarm NOSPACE): the restored etcd refuses every "
        "write until its history is compacted, the database defragmented (etcdctl defrag) and the "
        "alarm disarmed (etcdctl alarm disarm). If it is accepted, the run does that after the "
        "restore");
  }
  if (server.corrupt_alarms > 0) {
    bad("corrupt-alarm",
        "was taken after etcd had found that its members differ (alarm CORRUPT): it may be of the "
        "member that is wrong, and the restored etcd refuses everything until the alarm is "
        "disarmed (etcdctl alarm disarm). Use a backup from before. If it is accepted, the run "
        "disarms the alarm after the restore");
  }
  if (server.unknown_alarms > 0)
    bad("unknown-alarm", "carries an etcd alarm that restorectl does not know");
  if (server.auth_enabled) {
    bad("auth-enabled",
        "was taken with etcd authentication enabled, which OKD never does: the restored etcd "
        "rejects the API servers unless their certificates name a user. To disable it "
        "there: etcdctl auth disable, as its user root");
  }
  const std::uint64_t quota = proof.etcd_quota_bytes();
  if (proof.snapshot.database_bytes >= quota) {
    bad("over-quota",
        fmt::format("has {} MiB, {} MiB of them in use, and etcd's quota is {} MiB: the restored "
                    "etcd refuses every write until its history is compacted and the database "
                    "defragmented (etcdctl defrag). If it is accepted, the run does that after "
                    "the restore",
                    mib(proof.snapshot.database_bytes), mib(proof.snapshot.in_use_bytes),
                    quota >> 20));
  }
}

}  // namespace

std::uint64_t Proof::etcd_quota_bytes() const {
  if (archive.etcd_quota_bytes != 0) return archive.etcd_quota_bytes;
  const std::string& release = snapshot.version.desired;
  return release.starts_with("4.7.") || release.starts_with("4.8.") ? kQuotaTo48 : kQuotaFrom49;
}

void Proof::accept(const std::vector<std::string>& names) {
  std::erase_if(defects, [&](const Defect& defect) {
    const bool taken = std::find(names.begin(), names.end(), defect.name) != names.end();
    if (taken) accepted.push_back(defect.name);
    return taken;
  });
}

core::BackupManifest Proof::manifest() const {
  core::BackupContent content;
  content.revision = snapshot.revision;
  content.keys = snapshot.keys;
  content.cluster_version = snapshot.version.desired;
  content.cluster_id = snapshot.version.cluster_id;
  content.infrastructure_name = snapshot.infrastructure_name;
  content.etcd_ca_sha256 = archive.etcd_ca_sha256;
  content.etcd_version = core::clean_utf8(snapshot.server.version);
  content.unsettled = snapshot.unsettled;
  for (const NodeFacts& node : snapshot.nodes)
    if (node.control_plane) content.control_plane.push_back(node.name);
  for (const auto& [name, pod] : archive.pods)
    content.pods.push_back(
        {name, pod.revision, pod.version, {pod.images.begin(), pod.images.end()}});
  return {directory,
          {{pair.snapshot.filename().string(), snapshot.sha256, snapshot.size_bytes},
           {pair.archive.filename().string(), archive.sha256, archive.size_bytes}},
          content};
}

const std::vector<std::string>& acceptable_defects() {
  static const std::vector<std::string> names = {
      "possibly-dirty", "within-an-update", "nospace-alarm", "corrupt-alarm", "auth-enabled",
      "over-quota",     "other-nodes",      "other-release", "other-cluster",
      "other-procedure"};
  return names;
}

bool may_be_accepted(const std::string& defect) {
  const auto& names = acceptable_defects();
  return std::find(names.begin(), names.end(), defect) != names.end();
}

Proof verify(const std::filesystem::path& directory, std::atomic<std::uint64_t>* bytes_read) {
  Proof proof;
  try {
    proof.directory = std::filesystem::absolute(directory).lexically_normal().string();
    proof.pair = find_pair(directory);
  } catch (const Defect& defect) {
    proof.defects.push_back(defect);
    return proof;
  }
  if (proof.pair.possibly_dirty) {
    proof.defects.emplace_back("possibly-dirty",
                               fmt::format("{} was taken with --force, possibly during a change of "
                                           "the cluster; use another backup",
                                           proof.pair.snapshot.filename().string()));
  }
  SnapshotReading snapshot = read_snapshot(proof.pair.snapshot, bytes_read);
  ArchiveReading archive = read_archive(proof.pair.archive);
  proof.snapshot = std::move(snapshot.facts);
  proof.archive = std::move(archive.facts);
  append(proof.defects, snapshot.defects);
  append(proof.defects, archive.defects);
  if (snapshot.defects.empty() && archive.defects.empty()) {
    check_cluster(proof);
    check_etcd(proof);
  }
  return proof;
}

}  // namespace backup
