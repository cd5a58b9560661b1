// Greeting: the first question on every new session. Who answers at this address, since when it
// runs, and whom it obeys. Invariant: nothing on the host changes.
#pragma once

#include <optional>
#include <string>

#include "core/ownership.hpp"
#include "transports/shell.hpp"

namespace transports {

struct HostIdentity {
  std::string machine_id;
  std::string boot_id;
  std::string host_key;  // "SHA256:…"; what the session was made with, not the host's word
  bool operator==(const HostIdentity&) const = default;
};

struct Greeting {
  HostIdentity identity;
  std::optional<core::SeenOwner> owner;
};

// Asks as root. Throws LinkFailure where the host's words cannot be read: then it is not known who
// answers, and nothing else is to be asked there.
awaitable<Greeting> greet(Shell& shell, std::string host_key);

// Throws LinkFailure(permanent) where another machine, or another host key, answers than before;
// `known` may be empty: then whoever answers first is the host.
void check_identity(const std::string& host, const HostIdentity& known, const HostIdentity& now);

}  // namespace transports
