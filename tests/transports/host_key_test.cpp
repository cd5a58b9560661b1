// Which host keys are accepted: known_hosts files of every kind against a real sshd.
#include "tests/transports/sshd.hpp"

using namespace testing_ssh;

namespace {

class HostKeys : public Sshd {
 protected:
  std::string host_key() const { return key_in(dir + "/host.pub"); }
  // Whether a host is accepted whose key is known, where known_hosts has this line too.
  std::pair<std::string, bool> with_line(const std::string& line) {
    write("known", filed_as() + " " + host_key() + "\n" + line + "\n");
    return connect_failure(target());
  }
  std::string hashed(const std::string& name) const {
    write("hashed", name + " " + host_key() + "\n");
    sh("ssh-keygen -q -H -f " + dir + "/hashed > " + dir + "/out 2>&1");
    std::string word;
    std::ifstream(dir + "/hashed") >> word;
    return word;
  }
  std::string identity() const { return "  IdentityFile " + dir + "/id\n"; }
};

}  // namespace

TEST_F(HostKeys, ARevokedKeyIsNeverAccepted) {
  const std::string port_text = std::to_string(port);
  for (const std::string& names : std::vector<std::string>{
           "*", filed_as(), "127.0.0.1", "[127.0.0.?]:*", "other,!somewhere," + filed_as(), "127.*",
           "[*]:" + port_text, hashed(filed_as()), hashed("127.0.0.1")}) {
    const auto [what, permanent] = with_line("@revoked " + names + " " + host_key());
    EXPECT_NE(what.find("is revoked by " + dir + "/known:2"), std::string::npos) << names << what;
    EXPECT_TRUE(permanent) << names;
  }
  std::string tabs = host_key();
  tabs[tabs.find(' ')] = '\t';
  for (const std::string& line :
       {"@revoked\t*\t" + tabs, "  @revoked  * " + host_key() + "  a comment\r",
        "@cert-authority @revoked * " + host_key(), "@revoked @cert-authority * " + host_key(),
        "@cert-authority * " + host_key() + "\n@revoked * " + host_key()}) {
    EXPECT_NE(with_line(line).first.find("is revoked by"), std::string::npos) << line;
  }
}

TEST_F(HostKeys, ARevocationBeforeTheKeyOrInAnotherFileCountsToo) {
  write("known", "@revoked * " + host_key() + "\n" + filed_as() + " " + host_key() + "\n");
  EXPECT_NE(connect_failure(target()).first.find("is revoked by"), std::string::npos);
  write_known_hosts(dir + "/host.pub");
  write("revoked", "@revoked 127.0.0.1 " + host_key() + "\n");
  const auto [what, permanent] = connect_failure(
      configured(identity() + "  UserKnownHostsFile " + dir + "/known " + dir + "/revoked\n"));
  EXPECT_NE(what.find("is revoked by " + dir + "/revoked:1"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(HostKeys, ARevocationOfAnotherKeyOrForAnotherHostIsNone) {
  sh("ssh-keygen -q -t ed25519 -N '' -f " + dir + "/other");
  for (const std::string& line :
       {"@revoked * " + key_in(dir + "/other.pub"), "@revoked other " + host_key(),
        "@revoked !127.0.0.1,!" + filed_as() + ",* " + host_key(), "# @revoked * " + host_key(),
        "@revoked " + hashed("other") + " " + host_key(), "@unknown * " + host_key()}) {
    EXPECT_EQ(with_line(line).first, "it connected") << line;
  }
}

TEST_F(HostKeys, AKeyThatIsKnownForOthersOnlyIsUnknown) {
  for (const std::string& line :
       {"!" + filed_as() + ",* " + host_key(), "@cert-authority * " + host_key(),
        "other " + host_key(), std::string("* garbage"), std::string()}) {
    write("known", line + "\n");
    const auto [what, permanent] = connect_failure(target());
    EXPECT_NE(what.find("is not in " + dir + "/known"), std::string::npos) << line << what;
    EXPECT_TRUE(permanent) << line;
  }
}

TEST_F(HostKeys, AnAuthoritysTrustIsNotReplacedByAScanOfTheNetwork) {
  sh("ssh-keygen -q -t ed25519 -N '' -f " + dir + "/ca && ssh-keygen -q -s " + dir +
     "/ca -h -I host -n 127.0.0.1 " + dir + "/host.pub");
  restart_with("HostCertificate " + dir + "/host-cert.pub");
  write("known", "@cert-authority [127.0.0.1]:* " + key_in(dir + "/ca.pub") + "\n");
  const auto [what, permanent] = connect_failure(target());
  EXPECT_NE(what.find("A certificate authority vouches for this host (" + dir + "/known:1)"),
            std::string::npos)
      << what;
  EXPECT_NE(what.find("cat /etc/ssh/ssh_host_ed25519_key.pub"), std::string::npos) << what;
  EXPECT_EQ(what.find("ssh-keyscan"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(HostKeys, EveryKnownHostsFileOfTheConfigurationIsRead) {
  write("empty", "");
  EXPECT_EQ(connect_failure(configured(identity() + "  UserKnownHostsFile " + dir + "/empty " +
                                       dir + "/known\n"))
                .first,
            "it connected");
  EXPECT_EQ(
      connect_failure(configured(identity() + "  UserKnownHostsFile " + dir +
                                 "/empty\n  GlobalKnownHostsFile /dev/null " + dir + "/known\n"))
          .first,
      "it connected");
  const std::string none =
      "  GlobalKnownHostsFile none\n  UserKnownHostsFile " + dir + "/empty " + dir + "/missing\n";
  const auto [what, permanent] = connect_failure(configured(identity() + none));
  EXPECT_NE(what.find("is not in " + dir + "/empty, " + dir + "/missing as " + filed_as() + ":"),
            std::string::npos)
      << what;
  EXPECT_TRUE(permanent);
}

TEST_F(HostKeys, AHostIsLookedUpByItsAlias) {
  write("alias", "prod-master-0 " + host_key() + "\n");
  const std::string alias = identity() + "  HostKeyAlias prod-master-0\n  UserKnownHostsFile ";
  EXPECT_EQ(connect_failure(configured(alias + dir + "/alias\n")).first, "it connected");
  const auto [what, permanent] = connect_failure(configured(alias + dir + "/known\n"));
  EXPECT_NE(what.find(" as prod-master-0: "), std::string::npos) << what;
  EXPECT_NE(what.find("sed 's/^[^ ]*/prod-master-0/'"), std::string::npos) << what;
  EXPECT_TRUE(permanent);
}

TEST_F(HostKeys, OfSeveralKeysOfAHostTheKnownOneIsAskedFor) {
  sh("ssh-keygen -q -t rsa -b 2048 -N '' -f " + dir + "/rsa");
  restart_with("HostKey " + dir + "/rsa");
  write("empty", "");
  write("alias", "prod-master-0 " + key_in(dir + "/rsa.pub") + "\n");
  EXPECT_EQ(
      connect_failure(configured(identity() + "  HostKeyAlias prod-master-0\n" +
                                 "  UserKnownHostsFile " + dir + "/empty " + dir + "/alias\n"))
          .first,
      "it connected");
}
