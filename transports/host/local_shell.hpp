// LocalShell: commands on the workstation itself, for oc or kubectl with a kubeconfig of its own.
// Invariant: the same contract as a host's shell; a child never outlives its exec (a job does,
// since it has left the session by setsid).
#pragma once

#include <boost/asio/io_context.hpp>

#include "transports/shell.hpp"

namespace transports {

class LocalShell final : public Shell {
 public:
  // REQUIRES: io outlives the shell.
  explicit LocalShell(boost::asio::io_context& io) : io_(io) {}
  // `options.input` is not supported here: nothing is copied to the workstation.
  awaitable<ExecResult> exec(std::string command, ExecOptions options) override;
  // Runs as the user of restorectl: an API needs no root.
  std::string as_root(std::string_view script) const override;
  bool alive() const override { return true; }
  void close(const std::string&) override {}

 private:
  boost::asio::io_context& io_;
};

}  // namespace transports
