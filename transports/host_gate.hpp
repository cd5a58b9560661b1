// HostGate: who answers at a host's address, and whom it obeys, asked before anything else on every
// new session. Invariant: nothing is run for this driver on another machine, nor on a host that
// obeys another driver of the run.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/fact.hpp"
#include "core/ownership.hpp"
#include "transports/host/host_greeting.hpp"
#include "transports/ssh/ssh_session.hpp"

namespace transports {

class HostGate {
 public:
  using Tell = std::function<void(core::FactBody)>;

  // `owner`: this driver; none: hosts are not asked whom they obey. `known`: who answered last, by
  // host, from the journal. `tell` takes HostReached where a host, or its boot, is a new one.
  HostGate(std::optional<core::Ownership> owner, std::map<std::string, HostIdentity> known,
           Tell tell);

  // Throws LinkFailure: permanent where the host is another one, or obeys another driver. REQUIRES:
  // the caller keeps both until this has ended.
  awaitable<void> verify_host(const core::Host& host, SshSession& session);

 private:
  std::optional<core::Ownership> owner_;
  std::map<std::string, HostIdentity> known_;
  Tell tell_;
};

}  // namespace transports
