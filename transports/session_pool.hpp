// SessionPool: the sessions of a run, one for each host. Invariant: whoever was given a session
// shares it, so it lives as long as it is used, also when another one has taken its place; and
// those who ask for a host's session at the same time get the same one, of one attempt to connect.
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
  // `open` throws, to everybody who asked meanwhile.
  awaitable<std::shared_ptr<Shell>> shell(std::string via);

  // One more session with a host, beside its own, for as long as the caller keeps it.
  awaitable<std::shared_ptr<Shell>> another(std::string via);

  bool is_open(const std::string& host) const;
  // The open sessions, by host.
  std::map<std::string, std::shared_ptr<Shell>> open_sessions() const;

  // Ends all sessions, and those that are being opened as soon as they are open.
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
