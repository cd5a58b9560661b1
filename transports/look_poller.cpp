// The loop around LookPoll; see the header.
#include "transports/look_poller.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/text.hpp"
#include "transports/host/line_cutter.hpp"

namespace transports {

namespace asio = boost::asio;

// REQUIRES: the caller keeps `look` until this has ended.
awaitable<core::Observed> LookPoller::look_once(const core::Look& look, std::int64_t limit_ms) {
  const std::shared_ptr<Shell> on = co_await sessions_.shell(look.via);
  ExecOptions options;
  options.out_bytes_max = core::kObservationBytesMax;
  options.err_bytes_max = core::kErrorTailBytesMax;
  options.timeout_ms = limit_ms;
  const ExecResult result = co_await on->exec(on->as_root(look.script), std::move(options));
  if (!result.exit_code)
    throw LinkFailure(false, "the look's channel closed without an exit status");
  co_return core::Observed{look.host,
                           look.step,
                           *result.exit_code,
                           core::clean_utf8(result.out),
                           tail_of(result.err, core::kErrorTailBytesMax),
                           result.truncated};
}

awaitable<core::FactBody> LookPoller::look(core::Look look) {
  for (;;) {
    std::optional<core::Observed> seen;
    const std::int64_t limit_ms = poll_.limit_ms(look, clock_.now_ms());
    try {
      seen = co_await look_once(look, limit_ms);
    } catch (const ExecTimeout&) {
      co_return poll_.time_out(look, limit_ms);
    }
    LookPoll::Next next = poll_.take(look, std::move(*seen), clock_.now_ms());
    if (next.outcome) co_return std::move(*next.outcome);
    asio::steady_timer timer(
        io_, std::chrono::milliseconds(std::max<std::int64_t>(0, next.at_ms - clock_.now_ms())));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace transports
