// Both files, and whether they belong together; see the header.
#include "tools/lib/backup/verify.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backup {

namespace {

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

}  // namespace

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
  static const std::vector<std::string> names = {"possibly-dirty", "within-an-update",
                                                 "other-nodes", "other-release", "other-cluster"};
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
  if (snapshot.defects.empty() && archive.defects.empty()) check_cluster(proof);
  return proof;
}

}  // namespace backup
