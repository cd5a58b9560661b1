// How we are let in: keys, agents and certificates of every kind, with a real sshd and a real
// ssh-agent.
#include <sys/un.h>

#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "tests/transports/sshd.hpp"

using namespace testing_ssh;

namespace {

class Authentication : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    ::unsetenv("SSH_AUTH_SOCK");
  }
  void TearDown() override {
    if (agent > 0) {
      ::kill(agent, SIGTERM);
      ::waitpid(agent, nullptr, 0);
    }
    ::unsetenv("SSH_AUTH_SOCK");
    Sshd::TearDown();
  }
  void start_agent() {
    std::string path = dir + "/agent";
    const char* argv[] = {"/usr/bin/ssh-agent", "-D", "-a", path.c_str(), nullptr};
    // It says its name on stdout, which is the test's.
    posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    ::posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    const int rc =
        ::posix_spawn(&agent, argv[0], &quiet, nullptr, const_cast<char**>(argv), environ);
    ::posix_spawn_file_actions_destroy(&quiet);
    ASSERT_EQ(rc, 0);
    ASSERT_TRUE(eventually([&] { return fs::exists(path); }));
    ::setenv("SSH_AUTH_SOCK", path.c_str(), 1);
  }
  void add(const std::string& key) { sh("ssh-add -q " + dir + "/" + key); }
  void make_key(const std::string& name, const std::string& passphrase = "") {
    sh("ssh-keygen -q -t ed25519 -N '" + passphrase + "' -C '' -f " + dir + "/" + name);
  }
  void start_agent_with_eight_others() {
    start_agent();
    for (int i = 0; i < 8; ++i) {
      const std::string name = "other" + std::to_string(i);
      make_key(name);
      add(name);
    }
  }
  std::string known() const { return "  UserKnownHostsFile " + dir + "/known\n"; }
  std::string identity(const std::string& name) const {
    return "  IdentityFile " + dir + "/" + name + "\n";
  }
  // The host trusts whom this authority has signed, and no key by itself.
  void trust_an_authority() {
    make_key("ca");
    write("authorized", "");
    restart_with("TrustedUserCAKeys " + dir + "/ca.pub");
  }
  void certify(const std::string& key, const std::string& more = "") {
    sh("ssh-keygen -q -s " + dir + "/ca -I us -n root " + more + " " + dir + "/" + key + ".pub");
  }
  transports::SshTarget with_identity(const std::string& name) const {
    transports::SshTarget to = target();
    to.settings.identity_file = dir + "/" + name;
    return to;
  }

  pid_t agent = 0;
};

}  // namespace

TEST_F(Authentication, TooManyKeysAreNotOfferedAgainAndAgain) {
  start_agent_with_eight_others();
  add("id");
  const auto [what, permanent] = connect_failure(configured(known()));
  EXPECT_NE(what.find("Too many authentication failures"), std::string::npos) << what;
  EXPECT_NE(what.find("ssh.identityFile"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Authentication, TheConfiguredKeyIsOfferedBeforeTheAgentsOthers) {
  start_agent_with_eight_others();
  EXPECT_EQ(connect_failure(configured(known() + identity("id"))).first, "it connected");
  EXPECT_EQ(connect_failure(configured(known() + identity("id") + "  IdentitiesOnly yes\n")).first,
            "it connected");
  EXPECT_EQ(connect_failure(configured(known() + identity("missing") + identity("id"))).first,
            "it connected");
}

TEST_F(Authentication, APublicKeyNamesTheOneThatTheAgentIsToUse) {
  start_agent_with_eight_others();
  add("id");
  fs::remove(dir + "/id");
  EXPECT_EQ(connect_failure(with_identity("id.pub")).first, "it connected");
  EXPECT_EQ(connect_failure(with_identity("id")).first, "it connected") << "id.pub lies beside it";
  EXPECT_EQ(connect_failure(configured(known() + identity("id.pub"))).first, "it connected");
}

TEST_F(Authentication, AKeyWithAPassphraseIsTakenFromTheAgent) {
  start_agent_with_eight_others();
  add("id");
  sh("ssh-keygen -q -p -P '' -N secret -f " + dir + "/id > " + dir + "/out");
  EXPECT_EQ(connect_failure(with_identity("id")).first, "it connected");
  fs::remove(dir + "/id.pub");
  EXPECT_EQ(connect_failure(with_identity("id")).first, "it connected");
}

TEST_F(Authentication, AKeyThatCannotBeUsedIsSaidWithItsReason) {
  sh("ssh-keygen -q -p -P '' -N secret -f " + dir + "/id > " + dir + "/out");
  auto [what, permanent] = connect_failure(with_identity("id"));
  EXPECT_NE(what.find(dir + "/id (it has a passphrase, and the agent does not have it: ssh-add "),
            std::string::npos)
      << what;
  EXPECT_TRUE(permanent);
  std::tie(what, permanent) = connect_failure(with_identity("missing"));
  EXPECT_NE(what.find(dir + "/missing (no such file)"), std::string::npos) << what;
  std::tie(what, permanent) = connect_failure(with_identity("id.pub"));
  EXPECT_NE(what.find(dir + "/id.pub (a public key, and the agent does not have its private one"),
            std::string::npos)
      << what;
}

TEST_F(Authentication, WithIdentitiesOnlyNoOtherKeyOfTheAgentIsOffered) {
  start_agent();
  add("id");
  make_key("other");
  const std::string other = known() + identity("other");
  EXPECT_EQ(connect_failure(configured(other)).first, "it connected");
  const auto [what, permanent] = connect_failure(configured(other + "  IdentitiesOnly yes\n"));
  EXPECT_NE(what.find("rejected every key (tried: " + dir + "/other)"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Authentication, TheAgentIsTheOneOfTheConfiguration) {
  start_agent();
  add("id");
  fs::remove(dir + "/id");
  ::unsetenv("SSH_AUTH_SOCK");
  EXPECT_EQ(connect_failure(configured(known() + "  IdentityAgent " + dir + "/agent\n")).first,
            "it connected");
  ::setenv("SSH_AUTH_SOCK", (dir + "/agent").c_str(), 1);
  EXPECT_EQ(connect_failure(configured(known())).first, "it connected");
  const auto [what, permanent] = connect_failure(configured(known() + "  IdentityAgent none\n"));
  EXPECT_NE(what.find("rejected every key"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Authentication, TheCertificateBesideAKeyIsSent) {
  trust_an_authority();
  EXPECT_NE(connect_failure(target()).first.find("rejected every key"), std::string::npos);
  certify("id");
  EXPECT_EQ(connect_failure(target()).first, "it connected");
  EXPECT_EQ(connect_failure(configured(known() + identity("id"))).first, "it connected");
  for (const char* type : {"rsa -b 2048", "ecdsa"}) {
    sh("rm -f " + dir + "/id*; ssh-keygen -q -t " + type + " -N '' -f " + dir + "/id");
    certify("id");
    EXPECT_EQ(connect_failure(target()).first, "it connected") << type;
  }
}

TEST_F(Authentication, ACertificateOfTheAgentIsSentForItsKey) {
  trust_an_authority();
  certify("id");
  start_agent_with_eight_others();
  add("id");
  fs::remove(dir + "/id");
  EXPECT_EQ(connect_failure(with_identity("id")).first, "it connected");
}

TEST_F(Authentication, WhereACertificateIsOfNoUseTheKeyItselfIsTried) {
  make_key("ca");
  certify("id", "-V 20200101:20200102");
  EXPECT_EQ(connect_failure(target()).first, "it connected");
  write("id-cert.pub", "garbage\n");
  EXPECT_EQ(connect_failure(target()).first, "it connected");
}

TEST_F(Authentication, ARejectedCertificateIsNamed) {
  trust_an_authority();
  certify("id", "-V 20200101:20200102");
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find(dir + "/id-cert.pub"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(Authentication, ASecondFactorIsNamedAndTheKeyIsNotBlamed) {
  restart_with(
      "KbdInteractiveAuthentication yes\nAuthenticationMethods "
      "publickey,keyboard-interactive");
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("accepts the key " + dir + "/id"), std::string::npos) << what;
  EXPECT_NE(what.find("keyboard-interactive"), std::string::npos) << what;
  EXPECT_EQ(what.find("rejected"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
  start_agent();
  add("id");
  EXPECT_NE(connect_failure(configured(known())).first.find("accepts the key"), std::string::npos);
}

TEST_F(Authentication, TwoKeysAreGivenWhereTwoAreWanted) {
  restart_with("AuthenticationMethods publickey,publickey");
  make_key("second");
  const std::string both = known() + identity("id") + identity("second");
  write("authorized", key_in(dir + "/id.pub") + "\n" + key_in(dir + "/second.pub") + "\n");
  EXPECT_EQ(connect_failure(configured(both)).first, "it connected");
}

// Everything waits on one thread: an agent that hangs must not stop the other hosts' work.
TEST_F(Authentication, AnAgentThatNeverAnswersHoldsUpNobodyElse) {
  const std::string path = dir + "/mute";
  const int mute = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(mute, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(mute, 0), 0);
  ::setenv("SSH_AUTH_SOCK", path.c_str(), 1);
  int ticks = 0;
  asio::steady_timer ticker(io);
  std::function<void()> tick = [&] {
    ticker.expires_after(std::chrono::milliseconds(20));
    ticker.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      ++ticks;
      tick();
    });
  };
  tick();
  transports::SshTarget to = configured(known());
  to.settings.connect_timeout_ms = 500;
  const auto asked_at = std::chrono::steady_clock::now();
  auto [what, permanent] = connect_failure(to);
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, std::chrono::seconds(10))
      << "it is asked for half a second";
  EXPECT_GT(ticks, 10) << "in half a second";
  EXPECT_NE(what.find("the agent at " + path + ", which did not answer within 500 ms"),
            std::string::npos)
      << what;
  EXPECT_FALSE(permanent) << "a key that it has was never offered: the next attempt may get it";
  // That connection still waits to be accepted, and there is no room for another one.
  std::tie(what, permanent) = connect_failure(to);
  EXPECT_NE(what.find("which did not answer"), std::string::npos) << what;
  EXPECT_EQ(connect_failure(target()).first, "it connected") << "by its file, without the agent";
  ::close(mute);
}
