// Here or there, the inventory's side, and the words; see the header.
#include "tools/restorectl/input/backup_proof.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <limits>
#include <set>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/host_proof.hpp"
#include "tools/restorectl/view/progress.hpp"
#include "transports/ssh/chunk_digests.hpp"

namespace restorectl {

namespace {

// A node that the restored etcd knows and nobody stopped, or the other way round.
void compare_nodes(backup::Proof& proof, const core::Inventory& inventory) {
  std::set<std::string> in_backup;
  for (const backup::NodeFacts& node : proof.snapshot.nodes)
    if (node.control_plane) in_backup.insert(node.name);
  std::set<std::string> listed;
  for (const core::Host& host : inventory.hosts) listed.insert(host.node_name);
  if (listed == in_backup) return;
  proof.defects.emplace_back(
      "other-nodes", fmt::format("the control plane in the backup is [{}], in the inventory [{}]",
                                 core::printable(fmt::format("{}", fmt::join(in_backup, ", "))),
                                 fmt::join(listed, ", ")));
}

// The minor release of a version that begins with 4.N; 0 where the text is no version, and more
// than any where it is of 5 or later.
int minor_of(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  const auto read = std::from_chars(version.data(), end, major);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != '.') return 0;
  if (major > 4) return std::numeric_limits<int>::max();
  const auto rest = std::from_chars(read.ptr + 1, end, minor);
  return rest.ec == std::errc() && major == 4 ? minor : 0;
}

// Later releases take the same restore script and need more around it: the run would wait for a
// rollout that never begins, behind the point of no return.
// Source: openshift/cluster-etcd-operator, pkg/operator/ceohelpers/bootstrap.go from late 4.8 on.
void compare_procedure(backup::Proof& proof) {
  const std::string_view performed = states::newest_profile().releases;
  const std::string& version = proof.snapshot.version.desired;
  if (minor_of(version) <= minor_of(performed)) return;
  proof.defects.emplace_back(
      "other-procedure",
      fmt::format(
          "the backup is from a {} cluster, and this restorectl performs the procedure of {}. From "
          "4.8 on the etcd operator ignores a redeployment while etcd has a single member, so the "
          "run would wait for it forever, with etcd already replaced. Follow the documentation of "
          "that release",
          core::printable(version), performed));
}

// What a host's copy will be compared with, chunk by chunk: the bytes that were proven, not those
// that the files have by then.
void add_chunks(core::BackupManifest& manifest) {
  std::atomic<std::uint64_t> bytes = 0;
  const Progress progress(
      [&] { return fmt::format("computing digests of the backup: {} MiB", bytes >> 20); });
  for (core::BackupFile& file : manifest.files) {
    const std::filesystem::path path = std::filesystem::path(manifest.directory) / file.name;
    try {
      file.chunks = transports::chunk_digests(path, &bytes);
    } catch (const std::system_error& error) {
      throw Failure(Code::file_not_read,
                    fmt::format("{} cannot be read: {}", path.string(), error.code().message()));
    }
  }
}

backup::Proof prove_here(const std::string& directory) {
  std::atomic<std::uint64_t> bytes = 0;
  const Progress progress([&] { return fmt::format("verifying the backup: {} MiB", bytes >> 20); });
  return backup::verify(directory, &bytes);
}

}  // namespace

std::string words_of(const backup::Defect& defect) {
  std::string words = fmt::format("{}: {}", defect.name, defect.what());
  if (backup::may_be_accepted(defect.name))
    words += fmt::format(" (to accept it: --accept {})", defect.name);
  return words;
}

std::string words_of(const core::UnsettledOperator& unsettled) {
  return core::printable(
      fmt::format("cluster operator {} was {}{} when the backup was taken", unsettled.name,
                  core::state_of(unsettled.condition),
                  unsettled.reason.empty() ? "" : " (" + unsettled.reason + ")"));
}

backup::Proof prove_backup(const core::BackupPlace& place, const std::vector<std::string>& accepted,
                           const core::Inventory* inventory) {
  for (const std::string& name : accepted) {
    if (!backup::may_be_accepted(name)) {
      throw Failure(
          Code::defect_not_acceptable,
          fmt::format("--accept {}: this defect cannot be accepted; these can: {}",
                      core::printable(name), fmt::join(backup::acceptable_defects(), ", ")));
    }
  }
  backup::Proof proof =
      place.on_host() ? prove_on_host(place, *inventory) : prove_here(place.directory);
  // What may be accepted is not about the files, so the nodes that they tell of are right.
  const bool read = std::all_of(
      proof.defects.begin(), proof.defects.end(),
      [](const backup::Defect& defect) { return backup::may_be_accepted(defect.name); });
  if (read && inventory != nullptr) compare_nodes(proof, *inventory);
  if (read) compare_procedure(proof);
  proof.accept(accepted);
  return proof;
}

core::BackupManifest proven_backup(const std::string& argument,
                                   const std::vector<std::string>& accepted,
                                   const core::Inventory& inventory) {
  const core::BackupPlace place = backup_place_of_run(argument, inventory);
  const backup::Proof proof = prove_backup(place, accepted, &inventory);
  if (proof.defects.empty()) {
    core::BackupManifest manifest = proof.manifest();
    manifest.content.accepted = accepted;
    // A host copies its own file whole, and proves it by the one digest.
    place.on_host() ? void(manifest.directory = place.text()) : add_chunks(manifest);
    return manifest;
  }
  std::string words =
      fmt::format("the backup {} failed verification:", core::printable(place.text()));
  for (const backup::Defect& defect : proof.defects) words += "\n  " + words_of(defect);
  words += "\nNo host was changed. Resolve or accept what is named, or use another backup.";
  throw Failure(Code::backup_refused, words);
}

}  // namespace restorectl
