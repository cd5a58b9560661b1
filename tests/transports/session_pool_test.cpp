// The pool with sessions of its own making: who gets which, and what becomes of the others.
#include "transports/session_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

namespace asio = boost::asio;
using transports::awaitable;
using transports::LinkFailure;
using transports::SessionPool;
using transports::Shell;

namespace {

struct Session final : Shell {
  awaitable<transports::ExecResult> exec(std::string, transports::ExecOptions) override {
    co_return transports::ExecResult{};
  }
  std::string as_root(std::string_view script) const override { return std::string(script); }
  bool alive() const override { return open; }
  void close(const std::string&) override { open = false; }
  bool open = true;
};

class Pool : public ::testing::Test {
 protected:
  awaitable<std::shared_ptr<Shell>> open(std::string) {
    ++opened;
    for (int i = 0; i < 5; ++i) co_await asio::post(io, asio::use_awaitable);  // others may ask
    if (refuse) throw LinkFailure(true, "no key is accepted");
    co_return std::make_shared<Session>();
  }
  // The outcomes of so many who ask for the host at once; null where it failed.
  std::vector<std::shared_ptr<Shell>> ask(int times) {
    std::vector<std::future<std::shared_ptr<Shell>>> futures;
    for (int i = 0; i < times; ++i)
      futures.push_back(asio::co_spawn(io, pool.shell("host-a"), asio::use_future));
    io.restart();
    io.run();
    std::vector<std::shared_ptr<Shell>> shells;
    for (auto& future : futures) {
      try {
        shells.push_back(future.get());
      } catch (const LinkFailure&) {
        shells.push_back(nullptr);
      }
    }
    return shells;
  }

  asio::io_context io{1};
  int opened = 0;
  bool refuse = false;
  SessionPool pool{io, [this](std::string host) { return open(std::move(host)); }};
};

}  // namespace

TEST_F(Pool, ThoseWhoAskAtTheSameTimeGetOneSession) {
  const auto shells = ask(3);
  EXPECT_EQ(opened, 1);
  EXPECT_NE(shells[0], nullptr);
  EXPECT_EQ(shells[0], shells[1]);
  EXPECT_EQ(shells[0], shells[2]);
  EXPECT_EQ(ask(1)[0], shells[0]);
  EXPECT_EQ(opened, 1);
}

TEST_F(Pool, AFailureIsEverybodysAndTheNextAskerTriesAgain) {
  refuse = true;
  for (const auto& shell : ask(3)) EXPECT_EQ(shell, nullptr);
  EXPECT_EQ(opened, 1);
  refuse = false;
  EXPECT_NE(ask(1)[0], nullptr);
  EXPECT_EQ(opened, 2);
}

TEST_F(Pool, ASessionThatWasReplacedLivesAsLongAsItIsUsed) {
  const std::shared_ptr<Shell> before = ask(1)[0];
  before->close("cut");
  const std::shared_ptr<Shell> after = ask(1)[0];
  EXPECT_NE(before, after);
  EXPECT_EQ(before.use_count(), 1) << "only here";
  EXPECT_EQ(pool.open_sessions().at("host-a"), after);
}

TEST_F(Pool, WhatIsStillBeingOpenedAtTheCloseIsNotHandedOut) {
  auto future = asio::co_spawn(io, pool.shell("host-a"), asio::use_future);
  while (opened == 0) io.run_one();
  pool.close("stopped");
  io.run();
  EXPECT_THROW(future.get(), LinkFailure);
  EXPECT_TRUE(pool.open_sessions().empty());
}
