// Records for the tests of the journal: one of every kind, and
// directories that clean up after themselves. Invariant: every fact
// and effect type is here; a new one fails to compile until it is.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/effect.hpp"

namespace journal_tests {

namespace fs = std::filesystem;

inline constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();

// Text that JSON, terminals and careless readers stumble over, all of it valid UTF-8.
inline const std::string kNasty = [] {
  using namespace std::string_literals;
  return "quote \" back \\ slash / nul \0 tab \t newline \n return \r bell \a del \x7F"s +
         " umlaut ä euro € clef 𝄞 replacement \xEF\xBF\xBD last \xF4\x8F\xBF\xBF";
}();

inline core::Inventory sample_inventory() {
  core::Inventory inventory;
  inventory.cluster = "lab";
  inventory.recovery_host = "master-0";
  inventory.hosts = {{"master-0", "10.0.0.10", "master-0.lab", {"10.0.0.10", "fd00::10"}},
                     {"master-1", "10.0.0.11", "master-1.lab", {}}};
  inventory.ssh = {"core", 65'535, "~/.ssh/id", "/etc/known", "/etc/config", kFar};
  inventory.api = {core::ApiVia::workstation, "kubectl", "/root/kubeconfig"};
  inventory.timing = {1, 2, 3, 4, {{"etcd_stopped", kFar}}};
  return inventory;
}

inline std::vector<core::FactBody> every_fact() {
  std::vector<core::FactBody> facts = {
      core::RunStarted{
          "20261123t101500z-4f2a91c0",
          "0.1.0",
          std::string(64, 'd'),
          "me@here",
          sample_inventory(),
          {"/backup",
           {{"snapshot.db", std::string(64, 'a'), kHuge, {std::string(64, 'c'), ""}}, {"", "", 0}}},
          "okd-4.7/2",
          {{"master-2", "10.0.0.12", "master-2.lab", {"10.0.0.12"}, kNasty}}},
      core::Observed{"master-0", "etcd_stopped", -1, kNasty, "warn\n", true},
      core::JobEnded{"master-0", "restore", "job-1", 137, kHuge, std::string(64, 'b'), kNasty},
      core::JobProgressed{"master-0", "restore", "job-1", kHuge, "...stopping etcd"},
      core::JobFound{"master-0", "restore", "job-1", core::Finding::never_began},
      core::JobFound{"master-0", "restore", "job-1", core::Finding::running},
      core::JobFound{"master-0", "restore", "job-1", core::Finding::killed},
      core::JobFound{"master-0", "restore", "job-1", core::Finding::rebooted},
      core::ChunkConfirmed{"master-0", "copy", "snapshot.db", kHuge},
      core::CopyEnded{"master-0", "copy", true, "", 123'456'789'012},
      core::Expired{"master-1", "wait_nodes", "all nodes Ready"},
      core::LinkLost{"master-1", "wait_nodes", true, "host key differs"},
      core::Ticked{"master-1", "wait_nodes"},
      core::LookTimedOut{"master-1", "wait_nodes", 60'000},
      core::ClockStepped{-7'200'000},
      core::StepVerified{"master-1", "etcd_stopped", "no container"},
      core::StepVerified{"master-0", "operators", "29 of 30", {"dns is degraded: " + kNasty, ""}},
      core::StepHeld{"master-1", "etcd_stopped", "it runs", "look there", core::HoldKind::unmet},
      core::StepHeld{"master-1", "etcd_stopped", "it runs", "look there"},
      core::PhaseFinished{"quiesce"},
      core::RunFinished{},
      core::Confirmed{"me@here", "lab"},
      core::Declined{"me@here", "lba"},
      core::StopAsked{"me@here", "SIGINT"},
      core::ResumeAsked{"me@here", "0.2.0", "restore"},
      core::ResumeAsked{"me@here", "0.2.0", "", true},
      core::ResumeAsked{"me@here", "0.2.0", "", true, "ingress waits for its balancer"},
      core::RunAbandoned{"me@here", "wrong backup"},
      core::HostReached{"master-0", "4f2a", "b00t", "SHA256:abc"},
      core::HostReached{"master-0", "4f2a", "b001", "SHA256:abc", kNasty},
      core::Noted{"n1", "me@ws", "called the storage team", "master-1", "etcd-stopped", "ticket 7"},
      core::Adopted{"you@there", kNasty, "0.2.0", kHuge, "4f2a91c0", sample_inventory().ssh, "/b"}};
  std::get<core::RunStarted>(facts[0]).backup.content.unsettled = {{"dns", "Degraded", kNasty}, {}};
  static_assert(std::variant_size_v<core::AnyFact> == 24, "a new fact needs a sample above");
  return facts;
}

inline std::vector<core::Effect> every_effect() {
  static_assert(std::variant_size_v<core::AnyEffect> == 7, "a new effect needs a sample below");
  return {
      core::Look{"master-0", "s", "master-0", "crictl ps\n" + kNasty, true, 2'000, 60'000, kFar},
      core::RunJob{"master-0", "s", "master-0", "job-1", "exec true\n", kFar},
      core::FollowJob{"master-0", "s", "master-0", "job-1", kHuge, -1},
      core::SettleJob{"master-0", "s", "master-0", "job-1"},
      core::CopyBackup{"master-0",
                       "s",
                       "workstation",
                       "/var/lib/x",
                       1,
                       {{"snapshot.db", {{0, 4}, {6, kHuge}}}, {"", {}}}},
      core::Wait{"master-0", "s", kFar},
      core::AskOperator{"Type the cluster's name", "lab"}};
}

inline core::Record record_of(std::uint64_t seq, core::FactBody body,
                              std::vector<core::Effect> intents = {}) {
  return {{seq, 1'795'428'900'123 + static_cast<std::int64_t>(seq), 1, std::move(body)},
          std::move(intents)};
}

// A small run: its start, and then facts of several sizes.
inline std::vector<core::Record> small_run(std::size_t facts) {
  std::vector<core::Record> records;
  core::RunStarted started;
  started.run_id = "r";
  started.tool_version = "0.1.0";
  for (std::uint64_t seq = 1; seq <= facts; ++seq) {
    if (seq == 1) {
      records.push_back(record_of(seq, started, {core::Wait{"h", "s", 5}}));
    } else if (seq % 2 == 0) {
      records.push_back(
          record_of(seq, core::Ticked{"h", "s"}, {core::SettleJob{"h", "s", "h", "j"}}));
    } else {
      records.push_back(record_of(seq, core::StepVerified{"h", "s", std::string(seq, 'e')}));
    }
  }
  return records;
}

// A directory below the system's temporary one, removed with all that is in it.
class TempDir {
 public:
  TempDir() {
    std::string name = (fs::temp_directory_path() / "restorectl-journal-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace journal_tests
