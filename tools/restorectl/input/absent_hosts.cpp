// The questions and refusals of --without; see the header.
#include "tools/restorectl/input/absent_hosts.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"
#include "transports/ssh/ssh_probe.hpp"

namespace restorectl {

namespace {

bool has(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Byte by byte: what follows the line belongs to the question at the gate.
std::string read_typed_line() {
  constexpr std::size_t kBytesMax = 1'024;
  std::string line;
  for (char c = 0; line.size() < kBytesMax && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';)
    line += c;
  return line;
}

void ask(core::AbsentHost& host) {
  fmt::print(
      "\n{0} ({1}) is to be left out: etcd is restored without stopping it there. That is safe "
      "only while {0} is powered off and stays off. If it starts again with its old data, its etcd "
      "is a member of another cluster than the restored one, and clients may reach either.\n"
      "Nothing answers at {1}. Type the name of the host to confirm that it is powered off for "
      "good.\n> ",
      host.name, core::printable(host.address));
  std::fflush(stdout);
  host.typed = core::clean_utf8(read_typed_line());
}

}  // namespace

std::vector<core::AbsentHost> take_out(core::Inventory& inventory,
                                       const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (core::find_host(inventory, name) == nullptr)
      throw Failure(Code::usage, fmt::format("--without {}: the inventory has no host of that name",
                                             core::printable(name)));
    if (name == inventory.recovery_host)
      throw Failure(Code::usage,
                    fmt::format("--without {}: it is the recovery host, on which etcd is restored; "
                                "set recoveryHost to a host that is there",
                                name));
  }
  std::vector<core::AbsentHost> absent;
  for (const core::Host& host : inventory.hosts) {
    if (!has(names, host.name)) continue;
    for (const std::string& address : host.node_addresses) {
      if (core::is_plain_address(address)) continue;
      throw Failure(Code::inventory_wrong,
                    fmt::format("--without {}: nodeAddresses has '{}', which is no name and no IP "
                                "address, so nobody can try whether the host is off",
                                host.name, core::printable(address)));
    }
    absent.push_back({host.name, host.address, host.node_name, host.node_addresses, ""});
  }
  std::erase_if(inventory.hosts, [&](const core::Host& host) { return has(names, host.name); });
  return absent;
}

void refuse_answering(const std::vector<core::AbsentHost>& absent, const core::SshSettings& ssh) {
  for (const core::AbsentHost& host : absent) {
    fmt::print("checking that nothing answers at {} ({})\n", host.name,
               core::printable(host.address));
    std::fflush(stdout);
    std::string found;
    try {
      const transports::SshProbe probe = transports::probe_ssh({host.name, host.address, ssh});
      if (probe.answer == transports::SshAnswer::none) continue;
      found = fmt::format("{} {}", probe.where,
                          probe.answer == transports::SshAnswer::listens
                              ? "accepts connections"
                              : "refuses connections, so a machine has that address");
    } catch (const transports::LinkFailure& failure) {
      throw Failure(Code::absent_host_answers,
                    fmt::format("--without {}: {}. Write an address of the host into the inventory "
                                "that can be tried from here; no host was changed",
                                host.name, core::printable(failure.what())));
    }
    throw Failure(
        Code::absent_host_answers,
        fmt::format("--without {}: {}. A host that lives goes on with the old etcd beside the "
                    "restored one: power it off, or start without --without {}. No host was "
                    "changed",
                    host.name, core::printable(found), host.name));
  }
}

void refuse_unknown(const std::vector<core::AbsentHost>& absent,
                    const std::vector<std::string>& stated) {
  for (const std::string& name : stated) {
    if (std::none_of(absent.begin(), absent.end(),
                     [&](const core::AbsentHost& host) { return host.name == name; }))
      throw Failure(Code::usage, fmt::format("--powered-off {0}: there is no --without {0}",
                                             core::printable(name)));
  }
}

void state_absent(std::vector<core::AbsentHost>& absent, const std::vector<std::string>& stated) {
  for (core::AbsentHost& host : absent) {
    if (has(stated, host.name)) {
      host.typed = host.name;
    } else {
      ask(host);
    }
    if (host.typed == host.name) continue;
    throw Failure(
        Code::absence_not_stated,
        fmt::format("that {0} is powered off for good was not confirmed with its name; no "
                    "run was begun. Without a terminal: --powered-off {0}",
                    host.name));
  }
}

}  // namespace restorectl
