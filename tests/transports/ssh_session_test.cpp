// Sessions against a real sshd: what works, and each way in which a link can fail.
#include <dlfcn.h>
#include <execinfo.h>

#include <array>

#include "tests/transports/sshd.hpp"

using namespace testing_ssh;
using transports::ExecOptions;
using transports::ExecResult;

TEST_F(Sshd, ACommandsOutputErrorsAndCodeComeBackApart) {
  const auto session = connect();
  const ExecResult result = exec(*session, "printf out; printf err >&2; exit 7");
  EXPECT_EQ(result.out, "out");
  EXPECT_EQ(result.err, "err");
  EXPECT_EQ(result.exit_code, 7);
}

TEST_F(Sshd, TwentyCommandsSideBySideEachGetTheirOwnOutput) {
  const auto session = connect();
  std::vector<std::future<ExecResult>> futures;
  for (int i = 0; i < 20; ++i) {
    futures.push_back(asio::co_spawn(io, session->exec("echo " + std::to_string(i), ExecOptions{}),
                                     asio::use_future));
  }
  io.restart();
  for (int i = 0; i < 20; ++i) {
    while (futures[static_cast<std::size_t>(i)].wait_for(std::chrono::seconds(0)) !=
           std::future_status::ready)
      io.run_one();
    EXPECT_EQ(futures[static_cast<std::size_t>(i)].get().out, std::to_string(i) + "\n");
  }
}

TEST_F(Sshd, TenMebibytesArriveWhole) {
  const auto session = connect();
  ExecOptions options;
  std::size_t size = 0;
  options.on_out = [&](std::string_view bytes) { size += bytes.size(); };
  const ExecResult result = run(session->exec("head -c 10485760 /dev/zero", options));
  EXPECT_EQ(size, 10'485'760u);
  EXPECT_EQ(result.exit_code, 0);
}

// More than libssh's window, read by somebody slow: in order, and never much of it in memory.
TEST_F(Sshd, ALongOutputComesInOrderAndInBoundedPieces) {
  const auto session = connect();
  ExecOptions options;
  std::string expected;
  for (int i = 1; i <= 500'000; ++i) expected += std::to_string(i) + "\n";
  std::string out;
  std::size_t largest = 0;
  options.on_out = [&](std::string_view bytes) {
    out += bytes;
    largest = std::max(largest, bytes.size());
  };
  const ExecResult result = run(session->exec("seq 500000; echo end >&2", options));
  EXPECT_EQ(out.size(), expected.size());
  EXPECT_TRUE(out == expected);
  EXPECT_EQ(result.err, "end\n");
  EXPECT_LT(largest, 320U * 1024);
}

// A journal's sync or an exception has no place below a C library that is in the midst of a packet.
TEST_F(Sshd, TheLibraryHasReturnedWhenOutputIsTaken) {
  const auto session = connect();
  int taken = 0;
  std::string within;
  ExecOptions options;
  options.on_out = [&](std::string_view) {
    ++taken;
    std::array<void*, 128> frames{};
    const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
    for (int i = 0; i < count; ++i) {
      Dl_info info{};
      if (::dladdr(frames[static_cast<std::size_t>(i)], &info) == 0) continue;
      if (std::string_view(info.dli_fname).find("libssh") != std::string_view::npos)
        within = info.dli_fname;
    }
  };
  run(session->exec("echo one; sleep 0.1; seq 1000", options));
  EXPECT_GT(taken, 0);
  EXPECT_EQ(within, "");
}

struct DiskIsFull : std::runtime_error {
  using std::runtime_error::runtime_error;
};

TEST_F(Sshd, WhatASinkThrowsReachesTheCallerAndTheSessionLivesOn) {
  const auto session = connect();
  for (int i = 0; i < 20; ++i) {
    int taken = 0;
    ExecOptions options;
    options.on_out = [&](std::string_view) {
      if (++taken > i % 3) throw DiskIsFull("no space left");
    };
    EXPECT_THROW(run(session->exec("seq 200000; sleep 60", options)), DiskIsFull);
    EXPECT_EQ(taken, i % 3 + 1);
    ASSERT_TRUE(session->alive());
    EXPECT_EQ(exec(*session, "echo still").out, "still\n");
  }
}

TEST_F(Sshd, OutputBeyondItsBoundIsCutAndSaid) {
  const auto session = connect();
  ExecOptions options;
  options.out_bytes_max = 1'000;
  const ExecResult result = run(session->exec("head -c 100000 /dev/zero", options));
  EXPECT_EQ(result.out.size(), 1'000u);
  EXPECT_TRUE(result.truncated);
}

TEST_F(Sshd, ADeathBySignalIsNoExitCode) {
  const auto session = connect();
  const ExecResult result = exec(*session, "kill -9 $$");
  EXPECT_FALSE(result.exit_code.has_value());
}

TEST_F(Sshd, ACommandWithQuotesAndNewlinesArrivesAsItIs) {
  const auto session = connect();
  const std::string script = "printf '%s' \"a'b\n$((1+1))\"";
  EXPECT_EQ(exec(*session, session->as_root(script)).out, "a'b\n2");
}

TEST_F(Sshd, ACommandThatDoesNotEndInItsTimeIsGivenUp) {
  const auto session = connect();
  ExecOptions options;
  options.timeout_ms = 200;
  EXPECT_THROW(run(session->exec("sleep 30", options)), transports::ExecTimeout);
  EXPECT_EQ(exec(*session, "echo still").out, "still\n");
}

TEST_F(Sshd, AnUnknownHostKeyIsRefusedForGood) {
  std::ofstream(dir + "/known").close();
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("is not in"), std::string::npos) << what;
  EXPECT_NE(what.find("SHA256:"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Sshd, AChangedHostKeyIsRefusedForGood) {
  sh("ssh-keygen -q -t ed25519 -N '' -f " + dir + "/other");
  write_known_hosts(dir + "/other.pub");
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("differs from the one in"), std::string::npos) << what;
  EXPECT_NE(what.find("host-a"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Sshd, AKeyThatTheHostDoesNotKnowIsRefusedForGood) {
  std::ofstream(dir + "/authorized").close();
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("rejected every key"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Sshd, AClosedPortIsTriedAgainLater) {
  stop();
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("cannot reach host-a"), std::string::npos) << what;
  EXPECT_FALSE(permanent);
}

TEST_F(Sshd, AServerThatNeverSendsItsBannerIsGivenUpInTime) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 4), 0);
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  transports::SshTarget to = target();
  to.settings.port = ntohs(address.sin_port);
  to.settings.connect_timeout_ms = 500;
  const auto [what, permanent] = connect_failure(to);
  EXPECT_NE(what.find("sent no SSH handshake"), std::string::npos) << what;
  EXPECT_FALSE(permanent);
  ::close(fd);
}

TEST_F(Sshd, AServerThatEndsTheConnectionFailsTheCommandAtOnce) {
  const auto session = connect();
  EXPECT_THROW(exec(*session, "kill -9 $PPID; sleep 20"), transports::LinkFailure);
  EXPECT_FALSE(session->alive());
}
