// Fence, read, choose, write; see the header.
#include "tools/restorectl/run/takeover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>

#include "core/redact.hpp"
#include "core/replay.hpp"
#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/host_connection.hpp"
#include "tools/restorectl/input/host_proof.hpp"
#include "tools/restorectl/run/journal_copies.hpp"
#include "tools/restorectl/run/profile_digest.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/ids.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "transports/host/journal_copy.hpp"
#include "transports/interpreter.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

// Every copy of the run's journal: what this workstation itself still has (a damaged database
// leaves journal.jsonl as it was), and what the hosts have.
std::vector<VerifiedCopy> read_copies(const std::string& run_id, std::span<HostConnection> hosts) {
  std::vector<VerifiedCopy> copies;
  std::ifstream file(journal::mirror_path(run_directory(run_id)), std::ios::binary);
  if (file) {
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    copies.push_back(verify_copy("this workstation, journal.jsonl", bytes));
  }
  for (HostConnection& host : hosts) {
    for (const transports::JournalCopy& copy : host.journals(run_id))
      copies.push_back(verify_copy(host.name() + ", " + core::printable(copy.name), copy.bytes));
  }
  return copies;
}

void print(const std::vector<VerifiedCopy>& copies) {
  for (const VerifiedCopy& copy : copies)
    fmt::print("{}: {} facts\n", copy.from, copy.records.size());
}

// Connects to every host of the inventory. Throws Failure where one is not reached and not excused.
std::vector<HostConnection> reach_all(const core::Inventory& inventory, const Takeover& wish) {
  std::vector<HostConnection> hosts;
  for (const core::Host& host : inventory.hosts) {
    if (std::find(wish.without.begin(), wish.without.end(), host.name) != wish.without.end()) {
      fmt::print("{}: skipped (--without)\n", host.name);
      continue;
    }
    try {
      hosts.emplace_back(host.name, host.address, wish.ssh);
    } catch (const transports::LinkFailure& failure) {
      throw Failure(Code::host_not_reached,
                    fmt::format("{}\nThe previous driver can still act on {}. If the host is down "
                                "or permanently lost: --without {}",
                                core::printable(failure.what()), host.name, host.name));
    }
  }
  return hosts;
}

std::uint64_t highest_epoch(std::vector<HostConnection>& hosts, const core::Ownership& known) {
  std::uint64_t epoch = known.epoch;
  for (HostConnection& host : hosts) {
    const std::optional<core::SeenOwner> owner = host.owner();
    if (!owner) continue;
    if (owner->run_id != known.run_id && owner->state != "ended") {
      throw Failure(Code::host_owned_by_other,
                    fmt::format("{} is owned by {}", host.name(), core::words_of(*owner)));
    }
    if (owner->run_id == known.run_id) epoch = std::max(epoch, owner->epoch);
  }
  return epoch;
}

// A host that the run had set free already stays so.
void fence(HostConnection& host, const core::Ownership& mine) {
  host.run("umask 077\n" + core::owner_functions(mine) +
           "mkdir -p \"$own\"\n"
           "adopt() {\n"
           "  state=driven\n"
           "  [ \"$(owner_value run)\" != \"$own_run\" ] || state=$(owner_value state)\n"
           "  owner_become \"$state\" \"$(owner_value job)\"\n"
           "}\n"
           "owner_locked adopt || { echo 'owned by another run:'; owner_print; exit 1; }\n");
  fmt::print("{}: owned by this workstation now, epoch {}\n", host.name(), mine.epoch);
}

void set_aside(const std::string& run_id, std::uint64_t epoch) {
  const fs::path here = run_directory(run_id);
  if (!fs::exists(here)) return;
  const fs::path aside =
      state_directory() / "set-aside" / fmt::format("{}-before-{}", run_id, epoch);
  fs::create_directories(aside.parent_path());
  fs::rename(here, aside);
  fmt::print("the previous files of the run here are kept in {}\n", aside.string());
}

// The adoption as a fact behind the copy's last one, and what the machine decides upon it, after it
// has decided anew upon every fact of the copy. Throws Failure where it decides otherwise than
// before, or refuses.
core::Record decided(const core::Adopted& adoption, const VerifiedCopy& copy) {
  core::Replayer replayer(states::make_run_machine());
  for (const core::Record& record : copy.records) replayer.feed(record);
  const core::RunState known = replayer.machine().state();
  core::Record record{
      {known.facts + 1, std::max(SystemClock().now_ms(), known.last_ms), adoption.epoch, adoption},
      {}};
  const core::Decision decision = replayer.take()->apply(record.fact);
  if (decision.refusal) throw Failure(Code::run_is_over, *decision.refusal);
  record.intents = decision.effects;
  return record;
}

core::RunState state_of(const VerifiedCopy& copy) {
  core::RunState state;
  for (const core::Record& record : copy.records) state.note(record);
  return state;
}

}  // namespace

std::string take_over(const Takeover& wish) {
  try {
    HostConnection first(wish.host, wish.host, wish.ssh);
    std::string run_id = wish.run_id;
    if (run_id.empty()) {
      const std::optional<core::SeenOwner> owner = first.owner();
      if (!owner) {
        throw Failure(Code::host_unowned,
                      fmt::format("no run owns {}: nothing to adopt", core::printable(wish.host)));
      }
      fmt::print("{} is owned by {}\n", wish.host, core::words_of(*owner));
      run_id = owner->run_id;
    }
    if (driver_of(run_id) != 0) {
      throw Failure(
          Code::cluster_is_driven,
          fmt::format(
              "run {} is driven by another process on this workstation; see `restorectl status`",
              run_id));
    }
    std::vector<VerifiedCopy> copies = read_copies(run_id, {&first, 1});
    print(copies);
    const core::RunState before = state_of(newest_of(copies, run_id));
    profile_to_drive(*before.start);
    if (!wish.backup_directory.empty())
      backup_place_of_run(wish.backup_directory, before.start->inventory);
    const ClusterLock lock(before.start->inventory.cluster);
    std::vector<HostConnection> hosts = reach_all(before.start->inventory, wish);

    core::Adopted adoption{whoami(),
                           core::Redactor().text(core::clean_utf8(wish.reason)),
                           RESTORECTL_VERSION,
                           0,
                           new_run_id(SystemClock().now_ms()),
                           wish.ssh,
                           wish.backup_directory};
    adoption.epoch = highest_epoch(hosts, before.owner) + 1;
    // What is refused by now is refused before any host was told anything.
    decided(adoption, newest_of(read_copies(run_id, hosts), run_id));
    for (HostConnection& host : hosts)
      fence(host, {run_id, adoption.epoch, adoption.driver, adoption.by});
    copies = read_copies(run_id, hosts);  // anew: the driver before may have gone on until now
    print(copies);
    const VerifiedCopy& newest = newest_of(copies, run_id);
    const core::Record adopted = decided(adoption, newest);
    set_aside(run_id, adoption.epoch);
    write_copy(newest, run_directory(run_id))->append(adopted);
    fmt::print("run {} continues from fact {} ({}), epoch {}\n", run_id, newest.head.seq,
               newest.from, adoption.epoch);
    return run_id;
  } catch (const transports::LinkFailure& failure) {
    throw Failure(Code::host_not_reached, failure.what());
  }
}

}  // namespace restorectl
