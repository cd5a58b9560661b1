// Progress, the inventory's side, and the words; see the header.
#include "tools/restorectl/backup_proof.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"
#include "transports/chunk_digests.hpp"

namespace restorectl {

namespace {

using namespace std::chrono_literals;

// Says on stderr how far the reading is, from its third second on, while it lives.
class Progress {
 public:
  Progress(const char* what, const std::atomic<std::uint64_t>& bytes) {
    if (::isatty(STDERR_FILENO) == 0) return;
    thread_ = std::jthread([this, what, &bytes](const std::stop_token& stop) {
      bool shown = false;
      for (auto pause = 2'000ms; wait(stop, pause); pause = 500ms, shown = true)
        fmt::print(stderr, "\r{}: {} MiB", what, bytes.load() >> 20);
      if (shown) fmt::print(stderr, "\r\x1b[K");
    });
  }

 private:
  // False when it is over.
  bool wait(const std::stop_token& stop, std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    return !over_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); });
  }

  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

// A node that the restored etcd knows and nobody stopped, or the other way round.
void compare_nodes(backup::Report& report, const core::Inventory& inventory) {
  std::set<std::string> in_backup;
  for (const backup::NodeFacts& node : report.snapshot.nodes)
    if (node.control_plane) in_backup.insert(node.name);
  std::set<std::string> listed;
  for (const core::Host& host : inventory.hosts) listed.insert(host.node_name);
  if (listed == in_backup) return;
  report.defects.emplace_back(
      "other-nodes", fmt::format("the backup's control plane is [{}], the inventory's is [{}]",
                                 core::printable(fmt::format("{}", fmt::join(in_backup, ", "))),
                                 fmt::join(listed, ", ")));
}

// What a host's copy will be compared with, chunk by chunk: the bytes that were proven, not those
// that the files have by then.
void add_chunks(core::BackupManifest& manifest) {
  std::atomic<std::uint64_t> bytes = 0;
  const Progress progress("digests of the backup's chunks", bytes);
  for (core::BackupFile& file : manifest.files) {
    const std::filesystem::path path = std::filesystem::path(manifest.directory) / file.name;
    try {
      file.chunks = transports::chunk_digests(path, &bytes);
    } catch (const std::system_error& error) {
      throw Failure(Exit::input,
                    fmt::format("{} cannot be read: {}", path.string(), error.code().message()));
    }
  }
}

}  // namespace

std::string words_of(const backup::Defect& defect) {
  std::string words = fmt::format("{}: {}", defect.name, defect.what());
  if (backup::may_be_accepted(defect.name))
    words += fmt::format(" (--accept {} if you know better)", defect.name);
  return words;
}

backup::Report prove_backup(const std::filesystem::path& directory,
                            const std::vector<std::string>& accepted,
                            const core::Inventory* inventory) {
  for (const std::string& name : accepted) {
    if (!backup::may_be_accepted(name)) {
      throw Failure(
          Exit::input,
          fmt::format("--accept {}: no such defect may be accepted; those that may are {}",
                      core::printable(name), fmt::join(backup::acceptable_defects(), ", ")));
    }
  }
  std::atomic<std::uint64_t> bytes = 0;
  backup::Report report;
  {
    const Progress progress("verifying the backup", bytes);
    report = backup::verify(directory, &bytes);
  }
  if (report.defects.empty() && inventory != nullptr) compare_nodes(report, *inventory);
  report.accept(accepted);
  return report;
}

core::BackupManifest proven_backup(const std::filesystem::path& directory,
                                   const std::vector<std::string>& accepted,
                                   const core::Inventory& inventory) {
  const backup::Report report = prove_backup(directory, accepted, &inventory);
  if (report.defects.empty()) {
    core::BackupManifest manifest = report.manifest();
    manifest.content.accepted = accepted;
    add_chunks(manifest);
    return manifest;
  }
  std::string words = fmt::format("the backup {} is not to be restored:", directory.string());
  for (const backup::Defect& defect : report.defects) words += "\n  " + words_of(defect);
  words += "\nNothing was done on any host. Use another backup.";
  throw Failure(Exit::input, words);
}

}  // namespace restorectl
