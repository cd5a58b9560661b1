// The greeting's answer, compared; see the header.
#include "transports/host_gate.hpp"

#include <algorithm>

namespace transports {

HostGate::HostGate(std::optional<core::Ownership> owner, std::map<std::string, HostIdentity> known,
                   Tell tell)
    : owner_(std::move(owner)), known_(std::move(known)), tell_(std::move(tell)) {}

awaitable<void> HostGate::verify_host(const core::Host& host, Shell& session, std::string host_key,
                                      std::int64_t answer_ms) {
  const std::int64_t limit_ms = std::max(limits::kGreetingTimeoutMs, answer_ms);
  const Greeting greeting = co_await greet(session, std::move(host_key), limit_ms);
  HostIdentity& known = known_[host.name];
  check_identity(host.name, known, greeting.identity);
  if (owner_ && greeting.owner && greeting.owner->run_id == owner_->run_id &&
      core::owned_by_other(*greeting.owner, *owner_)) {
    throw LinkFailure(
        true, host.name + " refuses this driver: it is owned by " +
                  core::words_of(*greeting.owner) +
                  ". This workstation no longer drives the run; to drive it from here again, "
                  "run `restorectl adopt " +
                  host.address + " --reason …`");
  }
  if (greeting.identity == known || greeting.identity.machine_id.empty()) co_return;
  const bool booted_anew = !known.boot_id.empty() && known.boot_id != greeting.identity.boot_id;
  // Before the question: whoever reaches the host meanwhile has nothing new to tell.
  known = greeting.identity;
  std::string cause;
  if (booted_anew) cause = co_await boot_cause(session);
  tell_(core::HostReached{host.name, greeting.identity.machine_id, greeting.identity.boot_id,
                          greeting.identity.host_key, std::move(cause)});
}

}  // namespace transports
