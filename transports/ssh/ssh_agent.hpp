// SshAgent: the operator's ssh-agent, of which only chosen keys are offered, in a chosen order:
// libssh would offer all, and a server hangs up after six. Invariant: an agent that does not
// answer in time is one without keys; nothing but listing and signing passes through.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace transports {

struct AgentKey {
  std::string blob;     // the public key or certificate, as the agent has it
  std::string comment;  // for people
};

class SshAgent {
 public:
  // `path` may be empty: no agent.
  explicit SshAgent(std::string path) : path_(std::move(path)) {}
  SshAgent(const SshAgent&) = delete;
  SshAgent& operator=(const SshAgent&) = delete;
  ~SshAgent();

  // Connects and asks for the keys, once; nothing blocks meanwhile. REQUIRES: this object outlives
  // the call.
  boost::asio::awaitable<void> ask(boost::asio::io_context& io,
                                   std::chrono::steady_clock::time_point deadline);
  bool asked() const { return asked_; }
  // It is there, and did not answer by the deadline.
  bool silent() const { return silent_; }
  const std::vector<AgentKey>& keys() const { return keys_; }

  // From now on an agent that has just these keys answers at socket(). A thread does that, since
  // libssh blocks while it asks; it ends with this object.
  void offer(std::vector<AgentKey> keys);
  // libssh closes it. REQUIRES: offer() was called.
  int socket() const { return theirs_; }

 private:
  void serve();

  std::string path_;
  bool asked_ = false;
  bool silent_ = false;
  int agent_ = -1;
  int ours_ = -1;
  int theirs_ = -1;
  std::vector<AgentKey> keys_;
  std::mutex mutex_;
  std::vector<AgentKey> offered_;
  std::thread thread_;
};

}  // namespace transports
