// Arms: an effect runner that performs effects on the modelled hosts, in virtual time. Invariant:
// it keeps the contract of core/effect.hpp and the job protocol of docs/remote-job.md as
// transports/interpreter.cpp does; those keep theirs against real hosts (tests/transports).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/ports.hpp"
#include "tests/sim/laptop.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/steps.hpp"
#include "transports/look_poll.hpp"

namespace sim {

class Arms final : public core::EffectRunner {
 public:
  // `lines` gives the journal as it stands; a host has it before a job of it can begin there.
  using Lines = std::function<std::vector<std::string>()>;
  // `clock` is the process's, on `laptop`.
  Arms(Timeline& time, const Laptop& laptop, const core::Clock& clock, Network& network,
       Steps& steps, const core::RunStarted& start, core::Ownership owner, Chance chance,
       Lines lines, Sink sink);
  ~Arms() override { *alive_ = false; }

  void start(const core::Effect& effect) override;
  void cancel_all() override { *alive_ = false; }

 private:
  void perform(core::Look look);
  void perform(std::shared_ptr<const core::Look> look);
  void perform(core::RunJob job);
  void perform(core::FollowJob job);
  void perform(core::SettleJob job);
  void perform(core::CopyBackup copy);
  void perform(core::Wait wait);
  void perform(core::AskOperator question);
  void copy_file(std::shared_ptr<const core::CopyBackup> order, std::size_t index);
  void send_chunks(std::shared_ptr<const core::CopyBackup> order, std::size_t index,
                   std::vector<std::uint64_t> wanted);
  void ask_for(const core::CopyBackup& order, Network::AtHost at_host, std::function<void()> then);
  void follow(core::FollowJob job, std::uint64_t epoch, int waited);
  void tell(core::FactBody fact) {
    if (*alive_) sink_(std::move(fact));
  }
  // Returns who is obeyed instead of this driver, or nothing.
  std::string verify_host(const Host& host);
  void tell_fenced(const std::string& host, const std::string& step, const std::string& by);
  void later(std::int64_t delay_ms, std::function<void()> task);
  static void run_awake(Timeline& time, const Laptop& laptop, const std::shared_ptr<bool>& alive,
                        std::function<void()> task);
  void ask(const std::string& via, Network::AtHost at_host, std::function<void()> then,
           std::function<void(std::string)> lost);

  // On the host, where nobody's death but its own ends it.
  struct Order {
    core::RunJob job;
    core::Ownership by;
    std::vector<std::string> lines;
  };
  static void start_job(Timeline& time, Steps& steps, Network& network, Chance chance, Host& host,
                        const std::shared_ptr<const Order>& order);
  static void work(Timeline& time, Steps& steps, Host& host,
                   const std::shared_ptr<const Order>& order, int state);

  Timeline& time_;
  const Laptop& laptop_;
  const core::Clock& clock_;
  Network& network_;
  Steps& steps_;
  const core::RunStarted& start_;
  core::Ownership owner_;
  Chance chance_;
  Lines lines_;
  Sink sink_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  transports::LookPoll looks_;
  std::map<std::string, std::uint64_t> verified_;  // the link's epoch in which a host was greeted
  std::map<std::string, std::string> boots_;
};

}  // namespace sim
