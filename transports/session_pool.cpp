// One attempt to connect that others join; see the header.
#include "transports/session_pool.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "core/effect.hpp"
#include "transports/host/local_shell.hpp"

namespace transports {

namespace asio = boost::asio;

struct SessionPool::Opening {
  explicit Opening(asio::io_context& io) : ended(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer ended;  // cancelled then
  std::shared_ptr<Shell> session;
  std::exception_ptr error;
};

SessionPool::SessionPool(asio::io_context& io, Open open)
    : io_(io), open_(std::move(open)), local_(std::make_shared<LocalShell>(io)) {}

awaitable<std::shared_ptr<Shell>> SessionPool::open(std::string host) {
  std::shared_ptr<Shell> session = co_await open_(std::move(host));
  if (closed_) throw LinkFailure(false, "stopped");
  co_return session;
}

awaitable<std::shared_ptr<Shell>> SessionPool::shell(std::string via) {
  if (via == core::kWorkstation) co_return local_;
  if (is_open(via)) co_return sessions_.at(via);
  if (const auto found = opening_.find(via); found != opening_.end()) {
    const std::shared_ptr<Opening> joined = found->second;
    boost::system::error_code ignored;
    co_await joined->ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (joined->error) std::rethrow_exception(joined->error);
    co_return joined->session;
  }
  const auto mine = std::make_shared<Opening>(io_);
  opening_[via] = mine;
  try {
    mine->session = co_await open(via);
    sessions_[via] = mine->session;
  } catch (...) {
    mine->error = std::current_exception();
  }
  opening_.erase(via);
  mine->ended.cancel();
  if (mine->error) std::rethrow_exception(mine->error);
  co_return mine->session;
}

awaitable<std::shared_ptr<Shell>> SessionPool::another(std::string via) {
  std::shared_ptr<Shell> session = co_await open(std::move(via));
  std::erase_if(others_, [](const auto& known) { return known.expired(); });
  others_.push_back(session);
  co_return session;
}

bool SessionPool::is_open(const std::string& host) const {
  const auto known = sessions_.find(host);
  return known != sessions_.end() && known->second->alive();
}

std::map<std::string, std::shared_ptr<Shell>> SessionPool::open_sessions() const {
  std::map<std::string, std::shared_ptr<Shell>> open;
  for (const auto& [host, session] : sessions_) {
    if (session->alive()) open[host] = session;
  }
  return open;
}

void SessionPool::close(const std::string& why) {
  closed_ = true;
  for (const auto& [host, session] : sessions_) session->close(why);
  for (const std::weak_ptr<Shell>& other : others_) {
    if (const auto session = other.lock()) session->close(why);
  }
}

}  // namespace transports
