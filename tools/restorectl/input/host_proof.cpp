// The program beside this one, packed, sent, run, and its answer read; see the header.
#include "tools/restorectl/input/host_proof.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "tools/lib/backup/gzip.hpp"
#include "tools/lib/backup/proof_text.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/host_connection.hpp"
#include "tools/restorectl/view/progress.hpp"
#include "transports/ssh/ssh_program.hpp"

namespace restorectl {

namespace fs = std::filesystem;
using transports::ProgramEnd;

namespace {

// 8 GB in an hour are 2.3 MB/s: a disk that is slower than that is failing.
constexpr std::int64_t kProofTimeoutMs = 3'600'000;
constexpr std::size_t kDirectoryBytesMax = 4'096;
constexpr std::uintmax_t kProverBytesMax = 64U << 20;

[[noreturn]] void refuse_place(const std::string& words) {
  throw Failure(Code::backup_place_wrong, words);
}
[[noreturn]] void refuse(const std::string& words) {
  throw Failure(Code::backup_not_read_there, words);
}

// Beside this program, where it was built or installed; tests name another.
fs::path prover_path() {
  const char* const named = std::getenv("RESTORECTL_PROVER");
  if (named != nullptr && *named != '\0') return named;
  return fs::read_symlink("/proc/self/exe").parent_path() / "restorectl-prover";
}

std::string read_prover() {
  const fs::path path = prover_path();
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error || size == 0 || size > kProverBytesMax) {
    refuse(fmt::format(
        "{} is {}: it must be installed next to restorectl to verify a backup on its host. Install "
        "it, or copy the backup to this workstation and give its directory",
        path.string(), error ? "missing" : "not executable"));
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() != size) refuse(fmt::format("{} cannot be read", path.string()));
  return bytes;
}

transports::ProgramRequest make_order(const core::BackupPlace& place) {
  const std::string program = read_prover();
  core::Sha256 digest;
  digest.update(program);
  transports::ProgramRequest order;
  order.packed = backup::gzipped(program);
  order.sha256 = digest.hex();
  order.machine = RESTORECTL_MACHINE;
  order.argument = place.directory;
  order.timeout_ms = kProofTimeoutMs;
  return order;
}

// Why there is no report.
std::string why_not(const ProgramEnd& end, const core::BackupPlace& place) {
  const std::string instead = ". Copy the backup to this workstation and give its directory here";
  const std::string words = end.words.empty() ? "no output" : core::printable(end.words);
  switch (end.how) {
    case ProgramEnd::How::other_machine:
      return fmt::format("{} has another architecture ({}) than restorectl-prover ({})", place.host,
                         words, RESTORECTL_MACHINE) +
             instead;
    case ProgramEnd::How::no_place:
      return fmt::format("{} does not allow execution in /run or /dev/shm, not even for root: {}",
                         place.host, words) +
             instead;
    case ProgramEnd::How::not_arrived:
      return fmt::format(
          "the copy of restorectl-prover on {} is incomplete: {}. Try again; if it fails again, "
          "/run on the host may be full",
          place.host, words);
    case ProgramEnd::How::out_of_time:
      return fmt::format("timed out reading {} on {} after {}: the disk may be failing",
                         place.directory, place.host, core::duration_words(kProofTimeoutMs)) +
             instead;
    case ProgramEnd::How::ended:
      break;
  }
  return fmt::format("cannot read the backup on {}: exit code {}, {}", place.host, end.exit_code,
                     words);
}

backup::Proof ask_host(HostConnection& line, const core::BackupPlace& place) {
  transports::ProgramRequest order = make_order(place);
  const std::uint64_t of_bytes = order.packed.size();
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> read = 0;
  std::string answer;
  transports::ProgramHooks hooks;
  hooks.on_sent = [&](std::uint64_t bytes) { sent = bytes; };
  hooks.on_line = [&](std::string_view text) {
    constexpr std::string_view progress = "read ";
    std::uint64_t bytes = 0;
    if (text.starts_with(progress) &&
        std::from_chars(text.data() + progress.size(), text.data() + text.size(), bytes).ec ==
            std::errc()) {
      read = bytes;
    } else {
      answer = text;
    }
  };
  ProgramEnd end;
  {
    const Progress progress([&] {
      return sent < of_bytes
                 ? fmt::format("sending the prover to {}: {} of {} KiB", place.host, sent >> 10,
                               of_bytes >> 10)
                 : fmt::format("verifying the backup on {}: {} MiB", place.host, read >> 20);
    });
    end = line.run_program(std::move(order), std::move(hooks));
  }
  if (end.how != ProgramEnd::How::ended || end.exit_code != 0) refuse(why_not(end, place));
  try {
    if (end.too_long) throw backup::BadProof("the report is too long");
    return backup::read_proof(answer, place.directory);
  } catch (const backup::BadProof& bad) {
    refuse(
        fmt::format("invalid verification report from {}: {}. Check that it is the right host, and "
                    "that restorectl-prover has the same version as restorectl",
                    place.host, core::printable(bad.what())));
  }
}

std::string names_of(const core::Inventory& inventory) {
  std::vector<std::string> names;
  for (const core::Host& host : inventory.hosts) names.push_back(host.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

core::BackupPlace backup_place(const std::string& argument, const core::Inventory* inventory) {
  core::BackupPlace place = core::read_backup_place(argument);
  const std::string shown = core::printable(argument);
  if (!place.on_host()) {
    // "master-0:assets" is meant for a host, unless there is such a directory here.
    const std::string name = argument.substr(0, argument.find_first_of(":/"));
    std::error_code ignored;
    if (inventory != nullptr && argument.substr(name.size()).starts_with(":") &&
        core::find_host(*inventory, name) != nullptr && !fs::exists(argument, ignored))
      refuse_place(fmt::format("{}: the directory on a host must be an absolute path", shown));
    return place;
  }
  if (inventory == nullptr) {
    refuse_place(
        fmt::format("{} is a directory on host {}: give the inventory with -i to reach it. (For a "
                    "local directory with a colon in its name: ./{})",
                    shown, core::printable(place.host), shown));
  }
  if (core::find_host(*inventory, place.host) == nullptr) {
    refuse_place(
        fmt::format("{}: host {} is not in the inventory; its hosts are {}. (For a local directory "
                    "with a colon in its name: ./{})",
                    shown, core::printable(place.host), names_of(*inventory), shown));
  }
  if (place.directory.size() > kDirectoryBytesMax ||
      core::printable(place.directory) != place.directory ||
      place.directory.find('\n') != std::string::npos)
    refuse_place(fmt::format("{}: invalid directory name", shown));
  place.directory = fs::path(place.directory).lexically_normal().string();
  return place;
}

core::BackupPlace backup_place_of_run(const std::string& argument,
                                      const core::Inventory& inventory) {
  core::BackupPlace place = backup_place(argument, &inventory);
  if (place.on_host() && place.host != inventory.recovery_host) {
    refuse_place(
        fmt::format("{}: the backup must be on this workstation or on the recovery host, {}. Copy "
                    "it there, or set {} as the inventory's "
                    "recoveryHost",
                    core::printable(argument), inventory.recovery_host, place.host));
  }
  return place;
}

backup::Proof prove_on_host(const core::BackupPlace& place, const core::Inventory& inventory) {
  const core::Host& host = *core::find_host(inventory, place.host);
  try {
    HostConnection line(host.name, host.address, inventory.ssh);
    return ask_host(line, place);
  } catch (const transports::LinkFailure& failure) {
    refuse(fmt::format("the backup {} could not be verified: {}", place.text(),
                       core::printable(failure.what())));
  }
}

}  // namespace restorectl
