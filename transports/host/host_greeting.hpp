// Greeting: the first command on every new session: which machine answers at this address, its
// boot, and its owner. Invariant: nothing on the host changes.
#pragma once

#include <optional>
#include <string>

#include "core/ownership.hpp"
#include "transports/shell.hpp"

namespace transports {

struct HostIdentity {
  std::string machine_id;
  std::string boot_id;
  std::string host_key;  // "SHA256:…", from the session itself
  bool operator==(const HostIdentity&) const = default;
};

struct Greeting {
  HostIdentity identity;
  std::optional<core::SeenOwner> owner;
};

// Runs as root. Throws LinkFailure where the host cannot be identified: then nothing else may be
// run there. A host that is known to be slow may be given longer than kGreetingTimeoutMs.
awaitable<Greeting> greet(Shell& shell, std::string host_key,
                          std::int64_t timeout_ms = limits::kGreetingTimeoutMs);

// Why the host was booted last, if the machine-config daemon asked for that, in its words; else "",
// also where it cannot be asked. For a host that was booted anew in the midst of a run.
awaitable<std::string> boot_cause(Shell& shell);

// Throws LinkFailure(permanent) where the machine or the host key is not the known one. An empty
// `known` accepts any.
void check_identity(const std::string& host, const HostIdentity& known, const HostIdentity& now);

}  // namespace transports
