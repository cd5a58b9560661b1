// One call at a time; see the header.
#include "tools/restorectl/input/host_connection.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "core/text.hpp"
#include "transports/host/journal_copy.hpp"
#include "transports/ssh/ssh_program.hpp"
#include "transports/ssh/ssh_session.hpp"

namespace restorectl {

namespace asio = boost::asio;
using transports::LinkFailure;

struct HostConnection::Impl {
  explicit Impl(std::string of) : name(std::move(of)) {}

  template <class T>
  T wait_for(transports::awaitable<T> work) {
    std::future<T> result = asio::co_spawn(io, std::move(work), asio::use_future);
    io.restart();
    // Not run(): a session has timers of its own, which never end.
    while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    try {
      return result.get();
    } catch (const transports::ExecTimeout& late) {
      throw LinkFailure(false, name + ": " + late.what());
    }
  }

  std::string name;
  asio::io_context io{1};
  std::shared_ptr<transports::SshSession> session;
};

HostConnection::HostConnection(std::string name, std::string address, const core::SshSettings& ssh)
    : impl_(std::make_unique<Impl>(std::move(name))) {
  transports::SshTarget target{impl_->name, std::move(address), ssh};
  impl_->session = impl_->wait_for(transports::SshSession::connect(impl_->io, std::move(target)));
}
HostConnection::~HostConnection() = default;
HostConnection::HostConnection(HostConnection&&) noexcept = default;
HostConnection& HostConnection::operator=(HostConnection&&) noexcept = default;

const std::string& HostConnection::name() const { return impl_->name; }

std::string HostConnection::run(const std::string& script) {
  transports::ExecResult result = impl_->wait_for(
      impl_->session->exec(impl_->session->as_root(script), transports::ExecOptions{}));
  if (result.exit_code != 0) {
    throw LinkFailure(false, impl_->name + ": " + core::clean_utf8(result.err + result.out));
  }
  return std::move(result.out);
}

std::optional<core::SeenOwner> HostConnection::owner() {
  return core::read_owner(run(core::owner_functions({}) + "owner_print\n"));
}

std::vector<transports::JournalCopy> HostConnection::journals(const std::string& run_id) {
  return impl_->wait_for(transports::fetch_journals(*impl_->session, run_id));
}

transports::ProgramEnd HostConnection::run_program(transports::ProgramRequest order,
                                                   transports::ProgramHooks hooks) {
  return impl_->wait_for(
      transports::run_program(*impl_->session, std::move(order), std::move(hooks)));
}

void HostConnection::leave_journal(const core::Ownership& owner, const std::string& lines) {
  transports::JournalCopies copies(owner, lines);
  impl_->wait_for([](transports::JournalCopies& to, std::string host,
                     std::shared_ptr<transports::Shell> shell) -> transports::awaitable<bool> {
    co_await to.push(std::move(host), std::move(shell));
    co_return true;
  }(copies, impl_->name, impl_->session));
}

bool release_hosts(const core::Inventory& inventory, const core::Ownership& mine,
                   const std::string& lines) {
  bool all = true;
  for (const core::Host& host : inventory.hosts) {
    try {
      HostConnection connection(host.name, host.address, inventory.ssh);
      const std::optional<core::SeenOwner> owner = connection.owner();
      if (!owner || owner->run_id != mine.run_id || owner->state == "ended") continue;
      connection.leave_journal(mine, lines);
      connection.run(core::owner_functions(mine) +
                     "owner_locked owner_become ended '' || { echo 'owned by another driver:'; "
                     "owner_print; exit 1; }\n");
      fmt::print("{}: released\n", host.name);
    } catch (const LinkFailure& failure) {
      fmt::print("{}: NOT released: {}\n", host.name, core::printable(failure.what()));
      all = false;
    }
  }
  return all;
}

}  // namespace restorectl
