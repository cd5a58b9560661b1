// SessionPool: the sessions of a run, one for each host. Invariant: a session's users share its
// ownership, so it lives as long as it is used, even after another has replaced it; concurrent
// requests for a host's session get the same one, from one attempt to connect.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "transports/shell.hpp"

namespace transports {

class SessionPool {
 public:
  // Connects to a host and makes sure that it is the right one. Throws LinkFailure.
  using Open = std::function<awaitable<std::shared_ptr<Shell>>(std::string host)>;

  // REQUIRES: io outlives the pool.
  SessionPool(boost::asio::io_context& io, Open open);

  // The host's session: the open one, or a new one; or the workstation's own shell. Throws what
  // `open` throws, to every caller that waited for it.
  awaitable<std::shared_ptr<Shell>> shell(std::string via);

  // An additional session with a host, for as long as the caller keeps it.
  awaitable<std::shared_ptr<Shell>> another(std::string via);

  bool is_open(const std::string& host) const;
  // The open sessions, by host.
  std::map<std::string, std::shared_ptr<Shell>> open_sessions() const;

  // Closes all sessions; one that is being opened is closed once it is open.
  void close(const std::string& why);

 private:
  struct Opening;
  awaitable<std::shared_ptr<Shell>> open(std::string host);

  boost::asio::io_context& io_;
  Open open_;
  bool closed_ = false;
  std::shared_ptr<Shell> local_;
  std::map<std::string, std::shared_ptr<Shell>> sessions_;
  std::map<std::string, std::shared_ptr<Opening>> opening_;
  std::vector<std::weak_ptr<Shell>> others_;
};

}  // namespace transports
