// The question and its reader; see the header.
#include "transports/host/host_greeting.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "transports/scripts.hpp"

namespace transports {

namespace {

constexpr std::size_t kCauseBytesMax = 300;

// Replaces unexpected characters: an unreadable machine-id must not look like an empty one.
std::string line_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t from = at + key.size();
  std::string value(text.substr(from, std::min<std::size_t>(text.find('\n', from) - from, 64)));
  for (char& c : value) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
    if (!plain) c = '_';
  }
  return value;
}

}  // namespace

awaitable<Greeting> greet(Shell& shell, std::string host_key, std::int64_t timeout_ms) try {
  const std::string script = core::owner_functions({}) + sh::kGreetingsh;
  ExecOptions options;
  options.out_bytes_max = limits::kGreetingBytesMax;
  options.timeout_ms = timeout_ms;
  const ExecResult result = co_await shell.exec(shell.as_root(script), std::move(options));
  Greeting greeting;
  // Where root is refused, the step that needs it reports that, with a better message.
  greeting.identity = {line_after(result.out, "machine_id="), line_after(result.out, "boot_id="),
                       std::move(host_key)};
  if (!result.exit_code) {
    throw LinkFailure(false, "cannot identify the host: the channel closed without an exit status");
  }
  greeting.owner = core::read_owner(result.out);
  co_return greeting;
} catch (const ExecTimeout& late) {
  // Not ExecTimeout: the caller has its own deadline, which has not passed.
  throw LinkFailure(false, std::string("cannot identify the host: ") + late.what(), true);
}

awaitable<std::string> boot_cause(Shell& shell) {
  ExecOptions options;
  options.out_bytes_max = limits::kGreetingBytesMax;
  options.timeout_ms = limits::kGreetingTimeoutMs;
  std::string words;
  try {
    const ExecResult result =
        co_await shell.exec(shell.as_root(sh::kBootcausesh), std::move(options));
    words = core::clean_utf8(
        std::string_view(result.out).substr(0, std::min(result.out.find('\n'), kCauseBytesMax)));
  } catch (const ExecTimeout&) {
    // The host is there, and that is what matters.
  } catch (const LinkFailure&) {
    // Whoever uses the connection next notices; that the host booted anew is told in any case.
  }
  co_return words.empty() ? words : "the machine-config daemon: " + words;
}

void check_identity(const std::string& host, const HostIdentity& known, const HostIdentity& now) {
  const auto refuse = [&](const char* what, const std::string& before, const std::string& after) {
    if (before.empty() || after.empty() || before == after) return;
    throw LinkFailure(true, "another machine answers as " + host + ": its " + what + " is " +
                                after + ", but was " + before +
                                " when the run first reached it. If the host was replaced, "
                                "abandon this run and start a new one");
  };
  refuse("machine-id", known.machine_id, now.machine_id);
  refuse("host key", known.host_key, now.host_key);
}

}  // namespace transports
