// Arms: an interpreter that performs effects on the modelled hosts, in virtual time. Invariant: it
// keeps the contract of core/effect.hpp and the job protocol of docs/remote-job.md as
// transports/interpreter.cpp does; those keep theirs against real hosts (tests/transports).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/ports.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/steps.hpp"

namespace sim {

class Arms final : public core::Interpreter {
 public:
  Arms(Timeline& time, Network& network, Steps& steps, const core::RunStarted& start, Chance chance,
       Sink sink);
  ~Arms() override { *alive_ = false; }

  void start(const core::Effect& effect) override;
  void cancel_all() override { *alive_ = false; }

 private:
  void perform(core::Look look);
  void perform(core::RunJob job);
  void perform(core::FollowJob job);
  void perform(core::SettleJob job);
  void perform(core::CopyBackup copy);
  void perform(core::Wait wait);
  void perform(core::AskOperator question);
  void copy_file(core::CopyBackup copy, std::size_t index);
  void follow(core::FollowJob job, std::uint64_t epoch, int waited);
  void tell(core::FactBody fact) {
    if (*alive_) sink_(std::move(fact));
  }
  void later(std::int64_t delay_ms, std::function<void()> task);

  // On the host, where nobody's death but its own ends it.
  static void start_job(Timeline& time, Steps& steps, Network& network, Chance chance, Host& host,
                        const core::RunJob& job);
  static void work(Timeline& time, Steps& steps, Host& host, const core::RunJob& job, int state);

  Timeline& time_;
  Network& network_;
  Steps& steps_;
  const core::RunStarted& start_;
  Chance chance_;
  Sink sink_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::map<std::string, core::Observed> last_looks_;
};

}  // namespace sim
