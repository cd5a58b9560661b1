// A connection to one host for a verb that works outside of a run's loop (adopt, abandon,
// journal recover, backup verify). Invariant: it is an ordinary SshSession, one call at a time, and
// every failure names the host.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/inventory.hpp"
#include "core/ownership.hpp"

namespace transports {
struct JournalCopy;
struct ProgramEnd;
struct ProgramHooks;
struct ProgramRequest;
}  // namespace transports

namespace restorectl {

class HostConnection {
 public:
  // Connects. Throws transports::LinkFailure.
  HostConnection(std::string name, std::string address, const core::SshSettings& ssh);
  ~HostConnection();
  HostConnection(HostConnection&&) noexcept;
  HostConnection& operator=(HostConnection&&) noexcept;

  // Runs a script as root there and returns its output. Throws transports::LinkFailure where the
  // link breaks or the script ends with another code than 0.
  std::string run(const std::string& script);

  // Whom the host obeys, or nothing.
  std::optional<core::SeenOwner> owner();

  std::vector<transports::JournalCopy> journals(const std::string& run_id);

  // Gives the host's copy of the journal what it lacks of the file.
  void leave_journal(const core::Ownership& owner, const std::string& lines);

  // Runs a program there and removes it. Throws transports::LinkFailure.
  transports::ProgramEnd run_program(transports::ProgramRequest order,
                                     transports::ProgramHooks hooks);

  const std::string& name() const;

 private:
  struct Impl;  // Asio and the session, which are costly to compile
  std::unique_ptr<Impl> impl_;
};

// Gives every host that obeys `mine` the run's whole journal, from the file `lines`, and sets it
// free, after the run was abandoned. Prints what became of each. Returns false where a host could
// not be asked.
bool release_hosts(const core::Inventory& inventory, const core::Ownership& mine,
                   const std::string& lines);

}  // namespace restorectl
