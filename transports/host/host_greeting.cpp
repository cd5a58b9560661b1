// The question and its reader; see the header.
#include "transports/host/host_greeting.hpp"

#include "transports/scripts.hpp"

namespace transports {

namespace {

// Not only the value: a machine-id that cannot be read must not look like one that is empty.
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

awaitable<Greeting> greet(Shell& shell, std::string host_key) try {
  const std::string script = core::owner_functions({}) + sh::kGreetingsh;
  ExecOptions options;
  options.out_bytes_max = limits::kGreetingBytesMax;
  options.timeout_ms = limits::kGreetingTimeoutMs;
  const ExecResult result = co_await shell.exec(shell.as_root(script), std::move(options));
  Greeting greeting;
  // A host that refuses root is told by the step that asks for it, in better words than these.
  greeting.identity = {line_after(result.out, "machine_id="), line_after(result.out, "boot_id="),
                       std::move(host_key)};
  if (!result.exit_code) {
    throw LinkFailure(false, "the greeting's channel closed without an exit status");
  }
  greeting.owner = core::read_owner(result.out);
  co_return greeting;
} catch (const ExecTimeout& late) {
  // Whoever asked has a deadline of his own, and that one has not passed.
  throw LinkFailure(false, std::string("the host does not say who it is: ") + late.what());
}

void check_identity(const std::string& host, const HostIdentity& known, const HostIdentity& now) {
  const auto refuse = [&](const char* what, const std::string& before, const std::string& after) {
    if (before.empty() || after.empty() || before == after) return;
    throw LinkFailure(true, "another machine answers as " + host + ": its " + what + " is " +
                                after + ", and was " + before +
                                " when the run first reached it. If the host was replaced, the "
                                "run cannot go on with it: abandon it and start anew");
  };
  refuse("machine-id", known.machine_id, now.machine_id);
  refuse("host key", known.host_key, now.host_key);
}

}  // namespace transports
