// What is to come of a look, without a host; and the loop around it with one that answers by hand.
#include "transports/look_poll.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>

#include "transports/look_poller.hpp"

namespace asio = boost::asio;
using transports::LookPoll;

namespace {

constexpr std::int64_t kMinute = 60'000;

core::Look look(bool changed_only = false) {
  return {"host-a", "a-step", "host-a", "cat", changed_only, 1'000, 0, 20 * kMinute};
}
core::Observed seen(const std::string& out, int exit_code = 0) {
  return {"host-a", "a-step", exit_code, out, "", false};
}

}  // namespace

TEST(LookPoll, AFirstLookIsTold) {
  LookPoll poll;
  const LookPoll::Next next = poll.take(look(), seen("one"), 0);
  EXPECT_EQ(std::get<core::Observed>(*next.outcome).out, "one");
}

TEST(LookPoll, ALookForAChangeIsToldWhenThereIsOne) {
  LookPoll poll;
  poll.take(look(), seen("one"), 0);
  const LookPoll::Next same = poll.take(look(true), seen("one"), 500);
  EXPECT_FALSE(same.outcome);
  EXPECT_EQ(same.at_ms, 1'500);
  EXPECT_TRUE(poll.take(look(true), seen("one", 1), 1'500).outcome) << "another code is a change";
  EXPECT_TRUE(poll.take(look(true), seen("two", 1), 1'600).outcome);
  core::Look elsewhere = look(true);
  elsewhere.host = "host-b";
  EXPECT_TRUE(poll.take(elsewhere, seen("two", 1), 1'700).outcome) << "nothing was told there";
}

TEST(LookPoll, TheTimeToLookAgainAndTheDeadlineEndTheWait) {
  LookPoll poll;
  poll.take(look(), seen("one"), 0);
  core::Look again = look(true);
  again.recheck_ms = 800;
  EXPECT_EQ(poll.take(again, seen("one"), 500).at_ms, 800);
  EXPECT_TRUE(std::holds_alternative<core::Observed>(*poll.take(again, seen("one"), 800).outcome));
  again = look(true);
  again.deadline_ms = 1'200;
  EXPECT_EQ(poll.take(again, seen("one"), 500).at_ms, 1'200);
  const auto expired = std::get<core::Expired>(*poll.take(again, seen("one"), 1'200).outcome);
  EXPECT_EQ(expired.awaited, "one");
}

// A counter in an operator's message, say.
TEST(LookPoll, WhatPrintsSomethingElseEachTimeIsNotAwaitedBeyondItsDeadline) {
  LookPoll poll;
  poll.take(look(), seen("1"), 0);
  EXPECT_TRUE(std::holds_alternative<core::Observed>(
      *poll.take(look(true), seen("2"), 20 * kMinute - 1).outcome));
  EXPECT_TRUE(std::holds_alternative<core::Observed>(
      *poll.take(look(true), seen("3"), 20 * kMinute).outcome))
      << "what is there in the end is judged";
  const auto expired =
      std::get<core::Expired>(*poll.take(look(true), seen("4"), 20 * kMinute + 1).outcome);
  EXPECT_EQ(expired.awaited, "4");
  core::Look fresh = look();
  fresh.deadline_ms = 40 * kMinute;
  EXPECT_TRUE(
      std::holds_alternative<core::Observed>(*poll.take(fresh, seen("5"), 21 * kMinute).outcome));
}

TEST(LookPoll, AHungCommandIsToldWithinAMinuteAndALongOneGetsMoreTimeAfterThat) {
  LookPoll poll;
  EXPECT_EQ(poll.limit_ms(look(), 0), kMinute);
  EXPECT_EQ(poll.limit_ms(look(true), 0), kMinute);
  const core::LookTimedOut late = poll.time_out(look(), kMinute);
  EXPECT_EQ(late.host, "host-a");
  EXPECT_EQ(late.step, "a-step");
  EXPECT_EQ(late.after_ms, kMinute);
  EXPECT_EQ(poll.limit_ms(look(), kMinute), 4 * kMinute);
  poll.time_out(look(), 4 * kMinute);
  EXPECT_EQ(poll.limit_ms(look(), 5 * kMinute), 15 * kMinute) << "what is left until the deadline";
  for (int i = 0; i < 1'000; ++i) poll.time_out(look(), 1);
  EXPECT_EQ(poll.limit_ms(look(), 19 * kMinute + 50'000), 20'000) << "the last one is to end too";
  EXPECT_EQ(poll.limit_ms(look(), 30 * kMinute), 20'000);
  poll.take(look(), seen("at last"), 19 * kMinute);
  EXPECT_EQ(poll.limit_ms(look(), 0), kMinute) << "in a row";
}

namespace {

// Answers each command with the next of its answers; "" is none within the command's time.
class Prompter final : public transports::Shell {
 public:
  transports::awaitable<transports::ExecResult> exec(std::string,
                                                     transports::ExecOptions options) override {
    limits_ms.push_back(options.timeout_ms);
    transports::ExecResult result;
    result.exit_code = 0;
    result.out = answers.front();
    answers.pop_front();
    if (result.out.empty()) throw transports::ExecTimeout(options.timeout_ms, "host-a");
    co_return result;
  }
  std::string as_root(std::string_view script) const override { return std::string(script); }
  bool alive() const override { return true; }
  void close(const std::string&) override {}

  std::deque<std::string> answers;
  std::vector<std::int64_t> limits_ms;
};

struct StoppedClock final : core::Clock {
  std::int64_t now_ms() const override { return 0; }
};

}  // namespace

TEST(LookPoller, ALookThatDoesNotEndIsAFactOfItsOwnAndNoLostLink) {
  asio::io_context io(1);
  const StoppedClock clock;
  const auto host = std::make_shared<Prompter>();
  transports::SessionPool sessions(
      io, [&](std::string) -> transports::awaitable<std::shared_ptr<transports::Shell>> {
        co_return host;
      });
  transports::LookPoller poller(io, clock, sessions);
  const auto outcome = [&](core::Look of) {
    auto future = asio::co_spawn(io, poller.look(std::move(of)), asio::use_future);
    io.restart();
    io.run();
    return future.get();
  };
  host->answers = {"", "", "whole", "whole", ""};
  EXPECT_EQ(std::get<core::LookTimedOut>(outcome(look())).after_ms, kMinute);
  EXPECT_EQ(std::get<core::LookTimedOut>(outcome(look())).after_ms, 4 * kMinute);
  EXPECT_EQ(std::get<core::Observed>(outcome(look())).out, "whole");
  core::Look again = look(true);
  again.poll_ms = 1;
  EXPECT_EQ(std::get<core::LookTimedOut>(outcome(again)).after_ms, kMinute) << "after one poll";
  EXPECT_EQ(host->limits_ms,
            (std::vector<std::int64_t>{kMinute, 4 * kMinute, 16 * kMinute, kMinute, kMinute}));
}
