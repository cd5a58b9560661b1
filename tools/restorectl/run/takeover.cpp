// Fence, read, choose, write; see the header.
#include "tools/restorectl/run/takeover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/driver.hpp"
#include "core/redact.hpp"
#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "states/engine/run_machine.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/host_line.hpp"
#include "tools/restorectl/input/host_proof.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"
#include "transports/interpreter.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

// A copy, verified from its first line on: what comes behind the first defect does not count.
struct Verified {
  std::string from;  // "master-0, journal.1-….jsonl", for messages
  std::vector<core::Record> records;
  journal::Head head;
  std::string text;  // the bytes of those records
  std::uint64_t epoch() const { return records.empty() ? 0 : records.back().fact.epoch; }
};

Verified verify(std::string from, const std::string& bytes) {
  Verified copy;
  copy.from = std::move(from);
  journal::ChainVerifier verifier;
  std::size_t at = 0;
  for (std::size_t end; (end = bytes.find('\n', at)) != std::string::npos; at = end + 1) {
    core::Record record;
    if (verifier.take(std::string_view(bytes).substr(at, end - at), &record)) break;
    copy.records.push_back(std::move(record));
  }
  copy.text = bytes.substr(0, at);
  copy.head = verifier.head();
  return copy;
}

// The one that the last driver wrote last. The others must be beginnings of it, unless a driver
// wrote them that was replaced since.
const Verified& newest_of(const std::vector<Verified>& copies, const std::string& run_id) {
  const auto newest =
      std::max_element(copies.begin(), copies.end(), [](const Verified& a, const Verified& b) {
        return std::pair(a.epoch(), a.records.size()) < std::pair(b.epoch(), b.records.size());
      });
  if (newest == copies.end() || newest->records.empty()) {
    throw Failure(Code::no_copy_on_hosts,
                  fmt::format("no host has a copy of the journal of run {}: it "
                              "changed no host before it was lost; start anew",
                              run_id));
  }
  for (const Verified& other : copies) {
    if (other.epoch() < newest->epoch() || newest->text.starts_with(other.text)) continue;
    throw Failure(Code::copies_differ,
                  fmt::format("the journals differ: {} is no beginning of {}. Keep copies of both; "
                              "one of them was altered, or two drivers were at work",
                              other.from, newest->from));
  }
  return *newest;
}

void read_copies(HostLine& line, const std::string& run_id, std::vector<Verified>& copies) {
  for (const transports::JournalCopy& copy : line.journals(run_id)) {
    copies.push_back(verify(line.name() + ", " + core::printable(copy.name), copy.bytes));
    fmt::print("{}: {} facts\n", copies.back().from, copies.back().records.size());
  }
}

// What this workstation itself still has; a damaged database leaves journal.jsonl as it was.
void read_own(const std::string& run_id, std::vector<Verified>& copies) {
  std::ifstream file(journal::mirror_path(run_directory(run_id)), std::ios::binary);
  if (!file) return;
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  copies.push_back(verify("this workstation, journal.jsonl", bytes));
  fmt::print("{}: {} facts\n", copies.back().from, copies.back().records.size());
}

// Connects to every host of the inventory. Throws Failure where one is not reached and not excused.
std::vector<HostLine> reach_all(const core::Inventory& inventory, const Takeover& wish) {
  std::vector<HostLine> lines;
  for (const core::Host& host : inventory.hosts) {
    if (std::find(wish.without.begin(), wish.without.end(), host.name) != wish.without.end()) {
      fmt::print("{}: left out, as you said\n", host.name);
      continue;
    }
    try {
      lines.emplace_back(host.name, host.address, wish.ssh);
    } catch (const transports::LinkFailure& failure) {
      throw Failure(Code::host_not_reached,
                    fmt::format("{}\nUntil {} refuses the driver before, that one could go on "
                                "there. Where the host is down or gone for good: --without {}",
                                core::printable(failure.what()), host.name, host.name));
    }
  }
  return lines;
}

std::uint64_t highest_epoch(std::vector<HostLine>& lines, const core::Ownership& known) {
  std::uint64_t epoch = known.epoch;
  for (HostLine& line : lines) {
    const std::optional<core::SeenOwner> owner = line.owner();
    if (!owner) continue;
    if (owner->run_id != known.run_id && owner->state != "ended") {
      throw Failure(Code::host_obeys_another,
                    fmt::format("{} obeys {}", line.name(), core::words_of(*owner)));
    }
    if (owner->run_id == known.run_id) epoch = std::max(epoch, owner->epoch);
  }
  return epoch;
}

// A host that the run had set free already stays so.
void fence(HostLine& line, const core::Ownership& mine) {
  line.run("umask 077\n" + core::owner_functions(mine) +
           "mkdir -p \"$own\"\n"
           "adopt() {\n"
           "  state=driven\n"
           "  [ \"$(owner_value run)\" != \"$own_run\" ] || state=$(owner_value state)\n"
           "  owner_become \"$state\" \"$(owner_value job)\"\n"
           "}\n"
           "owner_locked adopt || { echo 'it obeys another:'; owner_print; exit 1; }\n");
  fmt::print("{}: obeys this workstation now, epoch {}\n", line.name(), mine.epoch);
}

void set_aside(const std::string& run_id, std::uint64_t epoch) {
  const fs::path here = run_directory(run_id);
  if (!fs::exists(here)) return;
  const fs::path aside =
      state_directory() / "set-aside" / fmt::format("{}-before-{}", run_id, epoch);
  fs::create_directories(aside.parent_path());
  fs::rename(here, aside);
  fmt::print("what was here of the run is kept in {}\n", aside.string());
}

void write_journal(const Verified& copy, const core::Adopted& adoption, const std::string& run_id) {
  core::Replayer replayer(states::make_run_machine());
  for (const core::Record& record : copy.records) replayer.feed(record);
  const std::unique_ptr<journal::Store> store = journal::Store::create(run_directory(run_id));
  for (const core::Record& record : copy.records) store->append(record);
  if (store->head() != copy.head) {
    throw Failure(Code::journal_other_version,
                  "the journal was written by a restorectl whose lines differ from "
                  "this one's; adopt with that version");
  }
  const core::RunState& known = replayer.machine().state();
  core::Record record{
      {known.facts + 1, std::max(SystemClock().now_ms(), known.last_ms), adoption.epoch, adoption},
      {}};
  const core::Decision decision = replayer.machine().apply(record.fact);
  if (decision.refusal) throw Failure(Code::run_is_over, *decision.refusal);
  record.intents = decision.effects;
  store->append(record);
}

core::RunState state_of(const Verified& copy) {
  core::RunState state;
  for (const core::Record& record : copy.records) state.note(record);
  return state;
}

}  // namespace

std::string take_over(const Takeover& wish) {
  try {
    HostLine first(wish.host, wish.host, wish.ssh);
    std::string run_id = wish.run_id;
    if (run_id.empty()) {
      const std::optional<core::SeenOwner> owner = first.owner();
      if (!owner) {
        throw Failure(Code::host_obeys_none,
                      fmt::format("{} obeys no run; nothing is to be adopted there",
                                  core::printable(wish.host)));
      }
      fmt::print("{} obeys {}\n", wish.host, core::words_of(*owner));
      run_id = owner->run_id;
    }
    if (driver_of(run_id) != 0) {
      throw Failure(Code::cluster_is_driven,
                    fmt::format("a restorectl on this workstation drives run {} "
                                "right now; watch it with `restorectl status`",
                                run_id));
    }
    std::vector<Verified> copies;
    read_own(run_id, copies);
    read_copies(first, run_id, copies);
    const core::RunState before = state_of(newest_of(copies, run_id));
    if (before.start->tables_digest != tables_digest()) {
      throw Failure(Code::other_tables, fmt::format("the run was begun by restorectl {} with other "
                                                    "transition tables; adopt it with that version",
                                                    core::printable(before.start->tool_version)));
    }
    if (!wish.backup_directory.empty())
      backup_place_of_run(wish.backup_directory, before.start->inventory);
    const ClusterLock lock(before.start->inventory.cluster);
    std::vector<HostLine> lines = reach_all(before.start->inventory, wish);

    core::Adopted adoption{whoami(),
                           core::Redactor().text(core::clean_utf8(wish.reason)),
                           RESTORECTL_VERSION,
                           0,
                           new_run_id(SystemClock().now_ms()),
                           wish.ssh,
                           wish.backup_directory};
    adoption.epoch = highest_epoch(lines, before.owner) + 1;
    for (HostLine& line : lines)
      fence(line, {run_id, adoption.epoch, adoption.driver, adoption.by});
    copies.clear();
    read_own(run_id, copies);
    for (HostLine& line : lines) read_copies(line, run_id, copies);
    const Verified newest = newest_of(copies, run_id);
    set_aside(run_id, adoption.epoch);
    write_journal(newest, adoption, run_id);
    fmt::print("run {} goes on from fact {} ({}), epoch {}\n", run_id, newest.head.seq, newest.from,
               adoption.epoch);
    return run_id;
  } catch (const transports::LinkFailure& failure) {
    throw Failure(Code::host_not_reached, failure.what());
  }
}

}  // namespace restorectl
