// Shell: runs a command line and returns how it ended.
// A host over SSH, or this machine. Invariant: an end without an
// exit code is never taken for success: exit_code is empty then.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "transports/limits.hpp"

namespace transports {

template <class T>
using awaitable = boost::asio::awaitable<T>;

struct ExecResult {
  std::optional<int> exit_code;  // empty: the channel closed without one, the end is unknown
  std::string out;
  std::string err;
  bool truncated = false;  // there was more output than out_bytes_max
};

// Reads the next piece of input into the buffer; returns its size, 0 at the end. Nothing: there is
// no input until the command prints something; then the source is called again.
using InputSource = std::function<std::optional<std::size_t>(char* buffer, std::size_t size)>;

struct ExecOptions {
  std::size_t out_bytes_max = limits::kExecOutBytesMax;
  std::size_t err_bytes_max = limits::kExecErrBytesMax;
  std::int64_t timeout_ms = limits::kExecTimeoutMs;  // for the whole command
  // Takes stdout as it comes, instead of `out`. What it throws ends the command and is thrown by
  // exec().
  std::function<void(std::string_view)> on_out;
  InputSource input;  // stdin; none: closed at once
};

// The connection to the host was lost or could not be made. `permanent`: trying again cannot help.
// `cut_short`: we gave it up while the host was there and owed an answer; with more time it may
// come (transports/connect_patience.hpp).
struct LinkFailure : std::runtime_error {
  LinkFailure(bool is_permanent, const std::string& what, bool was_cut_short = false)
      : std::runtime_error(what), permanent(is_permanent), cut_short(was_cut_short) {}
  bool permanent;
  bool cut_short;
};

// The command timed out. It may still be running.
struct ExecTimeout : std::runtime_error {
  ExecTimeout(std::int64_t ms, const std::string& where)
      : std::runtime_error("timed out after " + std::to_string(ms) + " ms on " + where),
        after_ms(ms) {}
  std::int64_t after_ms;
};

class Shell {
 public:
  virtual ~Shell() = default;
  // Runs one command line in the login shell. Throws LinkFailure or ExecTimeout.
  virtual awaitable<ExecResult> exec(std::string command, ExecOptions options) = 0;
  // A command line that runs a POSIX sh script as root there. The script travels within one
  // request, so a cut connection can never run half of it.
  virtual std::string as_root(std::string_view script) const = 0;
  // False once the connection is lost or closed; it never becomes true again.
  virtual bool alive() const = 0;
  // Ends the connection now, where there is one; every exec under way throws LinkFailure.
  virtual void close(const std::string& why) = 0;
};

}  // namespace transports
