// LookPoller: runs a look's script until LookPoll has an outcome.
// Invariant: what a host printed is bounded and valid UTF-8 before anything is decided by it.
#pragma once

#include <boost/asio/io_context.hpp>

#include "core/ports.hpp"
#include "transports/look_poll.hpp"
#include "transports/session_pool.hpp"

namespace transports {

class LookPoller {
 public:
  // The references must outlive the poller.
  LookPoller(boost::asio::io_context& io, const core::Clock& clock, SessionPool& sessions)
      : io_(io), clock_(clock), sessions_(sessions) {}

  // Returns the look's outcome: Observed, Expired or LookTimedOut. Throws LinkFailure.
  awaitable<core::FactBody> look(core::Look look);

 private:
  awaitable<core::Observed> look_once(const core::Look& look, std::int64_t limit_ms);

  boost::asio::io_context& io_;
  const core::Clock& clock_;
  SessionPool& sessions_;
  LookPoll poll_;
};

}  // namespace transports
