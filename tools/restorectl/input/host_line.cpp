// One call at a time; see the header.
#include "tools/restorectl/input/host_line.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "core/text.hpp"

namespace restorectl {

namespace asio = boost::asio;
using transports::LinkFailure;

template <class T>
T HostLine::wait_for(transports::awaitable<T> work) {
  std::future<T> result = asio::co_spawn(*io_, std::move(work), asio::use_future);
  io_->restart();
  // Not run(): a session has timers of its own, which never end.
  while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io_->run_one();
  try {
    return result.get();
  } catch (const transports::ExecTimeout& late) {
    throw LinkFailure(false, name_ + ": " + late.what());
  }
}

HostLine::HostLine(std::string name, std::string address, const core::SshSettings& ssh)
    : name_(std::move(name)), io_(std::make_unique<asio::io_context>(1)) {
  transports::SshTarget target{name_, std::move(address), ssh};
  session_ = wait_for(transports::SshSession::connect(*io_, std::move(target)));
}

std::string HostLine::run(const std::string& script) {
  transports::ExecResult result =
      wait_for(session_->exec(session_->as_root(script), transports::ExecOptions{}));
  if (result.exit_code != 0) {
    throw LinkFailure(false, name_ + ": " + core::clean_utf8(result.err + result.out));
  }
  return std::move(result.out);
}

std::optional<core::SeenOwner> HostLine::owner() {
  return core::read_owner(run(core::owner_functions({}) + "owner_print\n"));
}

std::vector<transports::JournalCopy> HostLine::journals(const std::string& run_id) {
  return wait_for(transports::fetch_journals(*session_, run_id));
}

transports::ProgramEnd HostLine::run_program(transports::ProgramRequest order,
                                             transports::ProgramHooks hooks) {
  return wait_for(transports::run_program(*session_, std::move(order), std::move(hooks)));
}

void HostLine::leave_journal(const core::Ownership& owner, const std::string& lines) {
  transports::JournalCopies copies(owner, lines);
  wait_for([](transports::JournalCopies& to, std::string host,
              std::shared_ptr<transports::Shell> shell) -> transports::awaitable<bool> {
    co_await to.push(std::move(host), std::move(shell));
    co_return true;
  }(copies, name_, session_));
}

bool release_hosts(const core::Inventory& inventory, const core::Ownership& mine,
                   const std::string& lines) {
  bool all = true;
  for (const core::Host& host : inventory.hosts) {
    try {
      HostLine line(host.name, host.address, inventory.ssh);
      const std::optional<core::SeenOwner> owner = line.owner();
      if (!owner || owner->run_id != mine.run_id || owner->state == "ended") continue;
      line.leave_journal(mine, lines);
      line.run(core::owner_functions(mine) +
               "owner_locked owner_become ended '' || { echo 'it obeys another driver:'; "
               "owner_print; exit 1; }\n");
      fmt::print("{}: free\n", host.name);
    } catch (const LinkFailure& failure) {
      fmt::print("{}: NOT set free: {}\n", host.name, core::printable(failure.what()));
      all = false;
    }
  }
  return all;
}

}  // namespace restorectl
