// HostGate: checks which machine answers at a host's address, and which run owns it, before
// anything else on every new session. Invariant: nothing is run for this driver on another machine,
// nor on a host that another driver of the run owns.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/fact.hpp"
#include "core/ownership.hpp"
#include "transports/host/host_greeting.hpp"

namespace transports {

class HostGate {
 public:
  using Tell = std::function<void(core::FactBody)>;

  // `owner`: this driver; none: the hosts' owner is not checked. `known`: which machine answered
  // last, by host, from the journal. `tell` takes HostReached for a new host or a new boot.
  HostGate(std::optional<core::Ownership> owner, std::map<std::string, HostIdentity> known,
           Tell tell);

  // `host_key`: that of the session. Throws LinkFailure: permanent for another machine, or another
  // driver's host. `answer_ms`: how long the host may take, if that is more than is usual.
  // REQUIRES: the caller keeps host and session until this has ended.
  awaitable<void> verify_host(const core::Host& host, Shell& session, std::string host_key,
                              std::int64_t answer_ms);

 private:
  std::optional<core::Ownership> owner_;
  std::map<std::string, HostIdentity> known_;
  Tell tell_;
};

}  // namespace transports
