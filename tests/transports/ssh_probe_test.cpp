// Whether anything answers where an SSH session would be made, against real sockets.
#include "transports/ssh/ssh_probe.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace fs = std::filesystem;
using transports::probe_ssh;
using transports::SshAnswer;

namespace {

class Probe : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/restorectl-probe-XXXXXX";
    dir = ::mkdtemp(name);
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    config("");
  }
  void TearDown() override {
    for (const int fd : waiting) ::close(fd);
    ::close(listener);
    fs::remove_all(dir);
  }
  void config(const std::string& lines) const {
    std::ofstream(dir / "config") << "Host lost\n  HostName 127.0.0.1\n" << lines;
  }
  transports::SshTarget target(const std::string& address = "lost") const {
    core::SshSettings settings;
    settings.port = port;
    settings.config_file = (dir / "config").string();
    settings.connect_timeout_ms = 300;
    return {"m1", address, settings};
  }
  // Connections that nobody accepts, until the kernel takes no more.
  void fill() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    for (int i = 0; i < 4; ++i) {
      waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      ::connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }

  fs::path dir;
  int listener = -1;
  std::uint16_t port = 0;
  std::vector<int> waiting;
};

}  // namespace

TEST_F(Probe, AHostThatListensAnswersAndIsToldNothing) {
  ASSERT_EQ(::listen(listener, 4), 0);
  const transports::SshProbe probe = probe_ssh(target());
  EXPECT_EQ(probe.answer, SshAnswer::listens);
  EXPECT_EQ(probe.where, "127.0.0.1:" + std::to_string(port)) << "as ~/.ssh/config has it";
  const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  char byte = 0;
  EXPECT_EQ(::read(accepted, &byte, 1), 0) << "something was sent";
  ::close(accepted);
}

TEST_F(Probe, AMachineWithoutAServerRefuses) {
  EXPECT_EQ(probe_ssh(target()).answer, SshAnswer::refuses);
}

TEST_F(Probe, AHostThatDoesNotAnswerInTimeIsSilent) {
  ASSERT_EQ(::listen(listener, 0), 0);
  fill();
  EXPECT_EQ(probe_ssh(target()).answer, SshAnswer::none);
}

TEST_F(Probe, WhatCannotBeTriedIsNoSilence) {
  try {
    probe_ssh(target("no-such-host.invalid"));
    ADD_FAILURE() << "a name that is not known counts as silent";
  } catch (const transports::LinkFailure& failure) {
    EXPECT_NE(std::string(failure.what()).find("no-such-host.invalid"), std::string::npos);
  }
  // No route to it: an address of a kind that no network has.
  EXPECT_THROW(probe_ssh(target("255.255.255.255")), transports::LinkFailure);
  config("  ProxyJump bastion\n");
  EXPECT_THROW(probe_ssh(target()), transports::LinkFailure);
}
