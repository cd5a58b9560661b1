// Login shells that print before our command runs: nothing of it is ever taken for an answer.
#include "core/shell_quote.hpp"
#include "tests/transports/sshd.hpp"
#include "transports/host/host_greeting.hpp"
#include "transports/host/remote_job.hpp"
#include "transports/ssh/chunk_digests.hpp"
#include "transports/ssh/ssh_upload.hpp"

using namespace testing_ssh;
using namespace transports;

namespace {

class LoginShell : public Sshd {
 protected:
  // From now on every command is run behind these, as a login shell runs its start-up files.
  void start_up(const std::string& commands) {
    write("start-up.sh", commands + "\nexec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
    write("authorized", "command=\"sh " + dir + "/start-up.sh\" " + key_in(dir + "/id.pub") + "\n");
  }
};

// A line, a title without a newline, more than libssh's window, the command itself.
const std::vector<std::string> kNoise = {
    "echo Welcome; echo to prod >&2", "printf '\\033]0;title\\007'",
    "head -c 300000 /dev/zero | tr '\\0' x", "echo \"$SSH_ORIGINAL_COMMAND\"; set -v",
    "echo one; echo '{\"items\": []}'; printf '\\036'"};

}  // namespace

TEST_F(LoginShell, WhatItPrintsIsNoPartOfACommandsOutput) {
  for (const std::string& noise : kNoise) {
    start_up(noise);
    const auto session = connect();
    EXPECT_EQ(exec(*session, "printf out; printf err >&2; exit 7").out, "out") << noise;
    EXPECT_EQ(exec(*session, "printf out; exit 7").exit_code, 7) << noise;
    EXPECT_EQ(exec(*session, session->as_root("printf '{}\\n'")).out, "{}\n") << noise;
    EXPECT_EQ(exec(*session, "true").out, "") << noise;
    ExecOptions options;
    options.out_bytes_max = 4;
    const ExecResult bounded = run(session->exec("printf '%s' 12345", options));
    EXPECT_EQ(bounded.out, "1234") << noise;
    EXPECT_TRUE(bounded.truncated);
    EXPECT_EQ(run(greet(*session, "key")).identity.host_key, "key");
  }
}

TEST_F(LoginShell, AnOutputThatIsTakenAsItComesIsWholeAndBeginsWithItself) {
  start_up(kNoise[2]);
  const auto session = connect();
  std::string out;
  ExecOptions options;
  options.on_out = [&](std::string_view bytes) { out += bytes; };
  EXPECT_EQ(run(session->exec("seq 100000 | tail -n 100000", options)).exit_code, 0);
  EXPECT_TRUE(out.starts_with("1\n2\n")) << out.substr(0, 20);
  EXPECT_TRUE(out.ends_with("\n100000\n"));
  EXPECT_EQ(out.size(), 588'895u);
}

TEST_F(LoginShell, AJobsOffsetsAreThoseOfItsOwnOutput) {
  start_up(kNoise[0]);
  const auto session = connect();
  const JobPlace place{dir + "/jobs", Launcher::setsid, std::nullopt};
  std::string seen;
  std::uint64_t first = 1;
  const OutputSink sink = [&](std::uint64_t offset, std::string_view bytes) {
    if (seen.empty()) first = offset;
    seen += bytes;
  };
  const JobOutcome outcome = run(run_job(*session, place, "j", "printf 'a\\nb\\n'", 10'000, sink));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output_bytes, 4u);
  EXPECT_EQ(seen, "a\nb\n");
  EXPECT_EQ(first, 0u);
  seen.clear();
  run(follow_job(*session, place, "j", 2, 10'000, sink));
  EXPECT_EQ(seen, "b\n");
  EXPECT_EQ(first, 2u);
  EXPECT_EQ(run(settle_job(*session, place, "j")).tail, "a\nb\n");
}

TEST_F(LoginShell, AChunkIsSentOnce) {
  start_up(kNoise[0]);
  write("source", std::string(100'000, 'x'));
  const auto session = connect();
  core::BackupFile file{"snapshot.db", "", 100'000, chunk_digests(dir + "/source")};
  UploadRequest request{dir + "/source", file, dir + "/target", {}, 10'000};
  OpenShell another = [&]() -> awaitable<std::shared_ptr<Shell>> {
    co_return co_await SshSession::connect(io, target());
  };
  const UploadResult result = run(upload(*session, another, request, UploadHooks{}));
  EXPECT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.sent_bytes, 100'000u);
}

TEST_F(LoginShell, OneThatRunsNoCommandIsQuoted) {
  write("authorized",
        "command=\"echo This account is not available; exit 1\" " + key_in(dir + "/id.pub") + "\n");
  const auto session = connect();
  const ExecResult result = exec(*session, "echo out");
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "This account is not available\n");
  EXPECT_EQ(result.exit_code, 1);
}
