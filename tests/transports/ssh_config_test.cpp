// What of ~/.ssh/config is in force for a host, against a real sshd: followed as ssh(1) does, or
// refused by name.
#include <poll.h>

#include "tests/transports/sshd.hpp"

using namespace testing_ssh;

namespace {

class Configuration : public Sshd {
 protected:
  std::string usual() const {
    return "  IdentityFile " + dir + "/id\n  UserKnownHostsFile " + dir + "/known\n";
  }
  std::pair<std::string, bool> with(const std::string& before, const std::string& within = "") {
    transports::SshTarget to = configured(usual() + within);
    std::ifstream in(dir + "/client");
    const std::string block{std::istreambuf_iterator<char>(in), {}};
    write("client", before + block);
    return connect_failure(std::move(to));
  }
};

}  // namespace

TEST_F(Configuration, AJumpHostIsRefusedBeforeAnythingIsSent) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  stop();
  port = ntohs(address.sin_port);
  for (const std::string& line :
       {std::string("ProxyJump nobody@192.0.2.99"), std::string("proxyjump=a,b:2222"),
        std::string("ProxyCommand nc -X connect %h %p"),
        std::string("\tProxyCommand \"none\" -x")}) {
    const auto [what, permanent] = with("", "  " + line + "\n");
    EXPECT_NE(what.find(dir + "/client:6 "), std::string::npos) << what;
    EXPECT_NE(what.find("ssh.configFile"), std::string::npos) << what;
    EXPECT_TRUE(permanent) << line;
  }
  pollfd waiting{listener, POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0) << "somebody connected";
  ::close(listener);
}

TEST_F(Configuration, AJumpHostThatIsNotInForceIsNoReason) {
  for (const std::string& before :
       {std::string("Host m1\n  ProxyJump bastion\n"), std::string("Host !m0 *\n  ProxyJump b\n"),
        std::string("Host m0\n  ProxyJump none\nHost *\n  ProxyJump bastion\n"),
        std::string("Host m0\n  ProxyCommand none\nHost *\n  ProxyJump bastion\n"),
        std::string("Match originalhost m1\n  ProxyJump bastion\n"),
        std::string("Match user nobody\n  ProxyJump bastion\n"),
        std::string("Match host m0 exec \"exit 1\"\n  ProxyCommand bastion\n"),
        std::string("# ProxyJump bastion\n")}) {
    EXPECT_EQ(with(before).first, "it connected") << before;
  }
}

TEST_F(Configuration, AJumpHostIsSeenInEveryBlockThatIsInForce) {
  write("included", "ProxyJump bastion\n");
  for (const std::string& before :
       {std::string("Match originalhost m0\n  ProxyJump bastion\n"),
        std::string("Match user root originalhost m?\n  ProxyJump bastion\n"),
        std::string("Match exec \"exit 0\"\n  ProxyJump bastion\n"),
        std::string("Match !exec \"test %h = m1\"\n  ProxyJump bastion\n"),
        std::string("Match all\n  ProxyJump bastion\n"), "Include " + dir + "/incl*\n",
        "Host m*\n  Include \"" + dir + "/included\"\n"}) {
    EXPECT_NE(with(before).first.find("ProxyJump bastion"), std::string::npos) << before;
  }
  EXPECT_EQ(with("Host m1\n  Include " + dir + "/included\n").first, "it connected");
}

// libssh stops reading there, and everything below is lost.
TEST_F(Configuration, AWordOfMatchThatIsNotKnownIsNamedWithItsLine) {
  for (const std::string& before :
       {std::string("\nMatch localnetwork 192.0.2.0/24\n  User x\n"),
        std::string("\nMatch frobnicate\n"), std::string("\nMatch originalhost m0 newword x\n"),
        std::string("\nMatch host\n"), std::string("\nMatch\n")}) {
    const auto [what, permanent] = with(before);
    EXPECT_NE(what.find(dir + "/client:2: "), std::string::npos) << before << what;
    EXPECT_TRUE(permanent) << before;
  }
  write("included", "\n\nMatch frobnicate\n");
  EXPECT_NE(with("Include " + dir + "/included\n").first.find(dir + "/included:3: "),
            std::string::npos);
}

TEST_F(Configuration, ABlockThatCannotBeInForceStopsNothing) {
  for (const std::string& before :
       {std::string("Match originalhost m1 localnetwork 192.0.2.0/24\n  ProxyJump b\n"),
        std::string("Match tagged work\n  ProxyJump b\n"), std::string("Frobnicate yes\n"),
        std::string("Match final host m1\n  ProxyJump b\n"),
        std::string("Match localuser nobody\n  ProxyJump b\n")}) {
    EXPECT_EQ(with(before).first, "it connected") << before;
  }
}

TEST_F(Configuration, AFileThatIsNamedAndNotThereIsSaid) {
  transports::SshTarget to = target();
  to.settings.config_file = dir + "/missing";
  const auto [what, permanent] = connect_failure(to);
  EXPECT_NE(what.find(dir + "/missing"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
  write("loop", "Include " + dir + "/loop\n");
  EXPECT_NE(with("Include " + dir + "/loop\n").first.find("includes"), std::string::npos);
}

TEST_F(Configuration, TheFirstValueCountsAndLaterBlocksOfTheHostToo) {
  const transports::SshTarget to =
      configured("  HostName 192.0.2.1\n  Port 1\nHost m0\n" + usual());
  EXPECT_EQ(connect_failure(to).first, "it connected");
  EXPECT_EQ(connect_failure(configured("Match host 127.0.0.1\n" + usual())).first, "it connected");
  EXPECT_EQ(connect_failure(configured("Match final all\n  IdentityFile=\"" + dir +
                                       "/id\"\nUserKnownHostsFile \"" + dir + "/known\"\n"))
                .first,
            "it connected");
}

TEST_F(Configuration, ValuesAreExpandedAndWhatCannotBeIsNamed) {
  fs::create_directories(dir + "/m0-127.0.0.1");
  fs::copy(dir + "/id", dir + "/m0-127.0.0.1/root");
  ::setenv("TEST_SSH_DIRECTORY", dir.c_str(), 1);
  const std::string known = "  UserKnownHostsFile \"${TEST_SSH_DIRECTORY}/known\"\n";
  const auto with_key = [&](const std::string& name) {
    return connect_failure(configured(known + "  IdentityFile " + name + "\n"));
  };
  EXPECT_EQ(with_key(dir + "/%n-%h/%r").first, "it connected");
  const auto [what, permanent] = with_key("${TEST_SSH_NOT_SET}/id");
  EXPECT_NE(what.find(dir + "/client:5: ${TEST_SSH_NOT_SET} cannot be expanded"), std::string::npos)
      << what;
  EXPECT_TRUE(permanent);
  EXPECT_NE(with_key("/a/%Z").first.find("%Z cannot be expanded"), std::string::npos);
  ::unsetenv("TEST_SSH_DIRECTORY");
}
