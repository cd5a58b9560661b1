// One TCP connection, closed at once; see the header.
#include "transports/ssh/ssh_probe.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>

#include "transports/ssh/ssh_config.hpp"

namespace transports {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

SshProbe probe_ssh(const SshTarget& target) {
  const SshConfig config = read_ssh_config(target);
  const std::string port = std::to_string(config.port);
  const std::string where = config.host + ":" + port;
  if (config.proxy)
    throw LinkFailure(true, where + " cannot be tried directly: " + config.proxy->place() +
                                " sends it through another host");
  asio::io_context io(1);
  error_code error;
  tcp::resolver resolver(io);
  const auto endpoints = resolver.resolve(config.host, port, error);
  if (error) throw LinkFailure(true, where + " cannot be tried: " + error.message());
  // One of several addresses that answers is enough, and so is one that refuses.
  SshProbe probe{SshAnswer::none, where};
  bool silent = false;
  std::string untried;  // we have no route, or may not use it: that says nothing about the host
  for (const auto& endpoint : endpoints) {
    tcp::socket socket(io);
    error_code outcome = asio::error::timed_out;
    socket.async_connect(endpoint, [&](const error_code& ended) { outcome = ended; });
    io.restart();
    io.run_for(std::chrono::milliseconds(target.settings.connect_timeout_ms));
    if (!io.stopped()) {
      error_code ignored;
      socket.close(ignored);
      io.run();
      silent = true;
      continue;
    }
    if (!outcome) return {SshAnswer::listens, where};
    if (outcome == asio::error::connection_refused || outcome == asio::error::connection_reset)
      probe.answer = SshAnswer::refuses;
    else if (outcome == asio::error::timed_out || outcome == asio::error::host_unreachable)
      silent = true;
    else
      untried = outcome.message();
  }
  if (probe.answer == SshAnswer::none && !silent)
    throw LinkFailure(false, where + " cannot be tried: " + untried);
  return probe;
}

}  // namespace transports
