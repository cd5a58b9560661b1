// SshSession: one authenticated SSH connection to a host, driven by Asio,
// with any number of parallel commands. Invariant: nothing is sent to a host
// whose key is not the known one, and once it is up, a dead link is noticed within about
// six seconds (TCP keep-alive and user timeout; longer with a host that was slow to let us in).
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "core/inventory.hpp"
#include "transports/shell.hpp"

namespace transports {

struct SshTarget {
  std::string name;  // for messages
  std::string address;
  core::SshSettings settings;
  // How long the key exchange may take, and how long the login; 0: the connect time-out.
  std::int64_t answer_ms = 0;
};

class SshSession final : public Shell {
 public:
  // Connects, checks the host key, authenticates by agent or key. Throws LinkFailure, whose text
  // has what was tried and the remedy.
  static awaitable<std::shared_ptr<SshSession>> connect(boost::asio::io_context& io,
                                                        SshTarget target);
  ~SshSession() override;

  awaitable<ExecResult> exec(std::string command, ExecOptions options) override;
  std::string as_root(std::string_view script) const override;
  bool alive() const override;
  void close(const std::string& why) override;

  // The host's key as it was checked at the connection: "SHA256:…", as ssh-keygen -l prints it.
  std::string host_key() const;

 private:
  struct Link;
  class Command;
  explicit SshSession(std::shared_ptr<Link> link);
  std::shared_ptr<Link> link_;
};

}  // namespace transports
