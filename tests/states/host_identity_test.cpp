// Who is who: two names that lead to one machine, names that are swapped, and clones.
#include "tests/states/scripts.hpp"

using core::Verdict;
using scripts::in_namespace;
using scripts::says;
using scripts::Step;

namespace {

// A step's judge on one host of three, each of which was reached as given.
struct Meeting {
  explicit Meeting(std::string_view name) : step(name) {}
  void reached(const std::string& host, const std::string& machine, const std::string& boot) {
    step.state.note(core::Fact{2, 1, 1, core::HostReached{host, machine, boot, "SHA256:k" + host}});
  }
  Verdict judge(std::size_t host, const std::string& out) const {
    return step.spec.judge({step.state, step.state.start->inventory.hosts[host], 1},
                           {"h", std::string(step.spec.name), 0, out, "", false});
  }
  Step step;
};

std::string printed(const std::string& machine, const std::string& boot) {
  return "boot_id=" + boot + "\nbooted_s=1790000000\nmachine_id=" + machine +
         "\nhostname=h\nuser_id=0\n";
}

// What the lab's and a real host's files say of a node.
std::string files_of(const std::string& node) {
  return "printf '{\"env\":[{\"name\":\"NODE_master_0_ETCD_NAME\",\"value\":\"master-0\"},"
         "{\"name\":\"ETCDCTL_CERT\",\"value\":\"/etc/kubernetes/static-pod-certs/secrets/"
         "etcd-all-peer/etcd-peer-" +
         node +
         ".crt\"},{\"name\":\"CA\",\"value\":\"/x/etcd-peer-client-ca/ca-bundle.crt\"}]}' > "
         "/etc/kubernetes/manifests/etcd-pod.yaml; mkdir -p /var/lib/kubelet/pki; "
         "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
         "/O=system:nodes/CN=system:node:" +
         node + " -keyout /var/lib/key -out /var/lib/crt 2>/dev/null; " +
         "cat /var/lib/crt /var/lib/key > /var/lib/kubelet/pki/kubelet-client-current.pem\n";
}

}  // namespace

TEST(Identity, TwoNamesThatLeadToOneMachineAreRefusedAtTheLaterOne) {
  Meeting reach("reach-host");
  reach.reached("master-1", "m1", "boot-1");
  EXPECT_EQ(reach.judge(1, printed("m1", "boot-1")).kind, Verdict::Kind::holds);
  reach.reached("master-2", "m1", "boot-1");
  const Verdict verdict = reach.judge(2, printed("m1", "boot-1"));
  ASSERT_EQ(verdict.kind, Verdict::Kind::wrong) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail,
                   "master-2 (192.0.2.13) is the same machine as master-1 (192.0.2.12): both have "
                   "boot ID boot-1"))
      << verdict.detail;
  EXPECT_TRUE(says(verdict.remedy, "virtual address")) << verdict.remedy;
}

TEST(Identity, ClonesThatShareAMachineIdAreANotice) {
  Meeting reach("reach-host");
  reach.reached("master-1", "cloned", "boot-1");
  reach.reached("master-2", "cloned", "boot-2");
  const Verdict verdict = reach.judge(2, printed("cloned", "boot-2"));
  EXPECT_EQ(verdict.kind, Verdict::Kind::holds);
  EXPECT_TRUE(says(verdict.detail, "its machine-id is also that of master-1")) << verdict.detail;
  reach.reached("master-1", "m1", "boot-1");
  EXPECT_FALSE(says(reach.judge(2, printed("cloned", "boot-2")).detail, "note"));
}

TEST(Identity, AHostThatBootsAnewIsNotTakenForAnother) {
  Meeting reach("reach-host");
  reach.reached("master-1", "m1", "boot-1");
  reach.reached("master-1", "m1", "boot-2");
  EXPECT_EQ(reach.judge(1, printed("m1", "boot-2")).kind, Verdict::Kind::holds);
  EXPECT_EQ(reach.judge(2, printed("", "")).kind, Verdict::Kind::holds) << "nothing is known";
}

TEST(Identity, ALookOfAnOlderProfileDecidesAsItDid) {
  Meeting reach("reach-host");
  reach.reached("master-1", "m1", "boot-1");
  reach.reached("master-2", "m1", "boot-1");
  const Verdict verdict = reach.judge(2, "boot_id=boot-1\nmachine_id=m1\nhostname=h\nuser_id=0\n");
  EXPECT_EQ(verdict.kind, Verdict::Kind::holds);
  EXPECT_EQ(verdict.detail, "connected to h as root, boot boot-1");
}

// Whichever is reached first, nothing but looks has been asked of any host, and a resume holds too.
TEST(Identity, WhileTwoNamesAreOneMachineNoHostIsTouched) {
  for (const char* first : {"master-1", "master-2"}) {
    story::Story s;
    s.start();
    const std::string later = first == std::string("master-1") ? "master-2" : "master-1";
    s.tell(core::HostReached{"master-0", "m0", "boot-0", "k0"});
    s.tell(core::HostReached{first, "m1", "boot-1", "k1"});
    for (const std::string host : {"master-0", first}) {
      s.see(host, host == "master-0" ? printed("m0", "boot-0") : printed("m1", "boot-1"));
      s.see(host, "");
      s.see(host, "");
    }
    s.tell(core::HostReached{later, "m1", "boot-1", "k1"});
    s.see(later, printed("m1", "boot-1"));
    for (int resumes = 0; resumes < 2; ++resumes) {
      const core::StepState* held = s.state().find(later, "reach-host");
      ASSERT_NE(held, nullptr);
      EXPECT_EQ(held->stage, core::StepStage::held);
      EXPECT_TRUE(s.pending.empty()) << s.names();
      EXPECT_TRUE(s.state().phases_finished.empty());
      s.crash_and_resume();
      s.see(later, printed("m1", "boot-1"));
    }
  }
}

TEST(Identity, NamesThatAreSwappedAreRefusedAndBothAreNamed) {
  const Meeting inspect("inspect-host");
  for (const std::string witness : {"who_etcd", "who_kubelet", "who_hostname"}) {
    SCOPED_TRACE(witness);
    const Verdict verdict = inspect.judge(1, witness + "=master-2\n");
    ASSERT_EQ(verdict.kind, Verdict::Kind::wrong) << verdict.detail;
    EXPECT_TRUE(says(verdict.detail, "master-1 (192.0.2.12) is another node")) << verdict.detail;
    EXPECT_TRUE(says(verdict.detail,
                     "that it is master-2, which the inventory lists as master-2 "
                     "(192.0.2.13)"))
        << verdict.detail;
    EXPECT_TRUE(says(verdict.remedy, "correct the inventory")) << verdict.remedy;
    EXPECT_EQ(inspect.judge(2, witness + "=master-2\n").detail, "all prerequisites are met");
  }
  // One of two witnesses is enough.
  EXPECT_EQ(inspect.judge(1, "who_etcd=master-1\nwho_kubelet=master-2\n").kind,
            Verdict::Kind::wrong);
  EXPECT_EQ(inspect.judge(1, "who_etcd=master-2\nwho_kubelet=master-1\n").kind,
            Verdict::Kind::wrong);
}

TEST(Identity, AnUnknownNameIsANoticeAndAHostnameCountsOnlyWhereNothingElseTells) {
  const Meeting inspect("inspect-host");
  const Verdict unknown = inspect.judge(1, "who_kubelet=worker-9\nwho_etcd=master-1\n");
  EXPECT_EQ(unknown.kind, Verdict::Kind::holds);
  EXPECT_TRUE(says(unknown.detail, "the kubelet's certificate says that this node is worker-9"))
      << unknown.detail;
  EXPECT_EQ(inspect.judge(1, "who_kubelet=master-1\nwho_hostname=master-2\n").detail,
            "all prerequisites are met");
  EXPECT_EQ(inspect.judge(1, "who_hostname=master-1.example.com\n").detail,
            "all prerequisites are met");
  EXPECT_EQ(inspect.judge(1, "who_hostname=master-2.example.com\n").kind, Verdict::Kind::wrong);
  EXPECT_EQ(inspect.judge(1, "who_hostname=master-22\n").kind, Verdict::Kind::holds);
}

TEST(Identity, TheLookReadsTheNamesFromARealHostsFiles) {
  const Step inspect("inspect-host");
  for (const std::string node : {"master-1", "ip-10-0-131-183.ec2.internal"}) {
    const std::string out = in_namespace(files_of(node), inspect.look(), "").out;
    EXPECT_TRUE(says(out, "\nwho_etcd=" + node + "\n")) << out;
    EXPECT_TRUE(says(out, "\nwho_kubelet=" + node + "\n")) << out;
    EXPECT_TRUE(says(out, "\nwho_hostname=")) << out;
    EXPECT_EQ(out.find("who_etcd"), out.rfind("who_etcd")) << out;
    EXPECT_EQ(out.find("who_kubelet"), out.rfind("who_kubelet")) << out;
  }
  // A host without either tells its hostname only, and says nothing on stderr.
  const std::string bare = in_namespace("", inspect.look(), "").out;
  EXPECT_FALSE(says(bare, "who_etcd")) << bare;
  EXPECT_FALSE(says(bare, "who_kubelet")) << bare;
  EXPECT_FALSE(says(bare, "/var/lib/kubelet")) << bare;
}

TEST(Identity, ACertificateThatIsNoneNamesNobody) {
  const Step inspect("inspect-host");
  const std::string out =
      in_namespace(
          "mkdir -p /var/lib/kubelet/pki; printf -- '-----BEGIN CERTIFICATE-----\\nVQQDDA"
          "ZhYg==\\n$(id)\\n' > /var/lib/kubelet/pki/kubelet-client-current.pem",
          inspect.look(), "")
          .out;
  EXPECT_FALSE(says(out, "who_kubelet")) << out;
  EXPECT_TRUE(says(out, "code=0")) << out;
}

// A node's name may have 253 characters; a length above 127 takes one or two more bytes in DER.
TEST(Identity, NamesOfTheFullLengthAreReadAndNamedWhole) {
  std::string node;
  for (const auto& [size, length] : {std::pair(118, "\\201\\202"), {253, "\\202\\001\\011"}}) {
    SCOPED_TRACE(size);
    node.assign(static_cast<std::size_t>(size), 'a');
    for (std::size_t dot = 60; dot < node.size(); dot += 61) node[dot] = '.';
    const std::string out =
        in_namespace(
            "mkdir -p /var/lib/kubelet/pki; { echo '-----BEGIN CERTIFICATE-----'; printf "
            "'\\125\\004\\003\\014" +
                std::string(length) + "system:node:" + node +
                "0Y' | base64; echo '-----END CERTIFICATE-----'; } > "
                "/var/lib/kubelet/pki/kubelet-client-current.pem",
            Step("inspect-host").look(), "")
            .out;
    EXPECT_TRUE(says(out, "\nwho_kubelet=" + node + "\n")) << out;
  }

  Meeting inspect("inspect-host");
  auto start = std::make_shared<core::RunStarted>(*inspect.step.state.start);
  const std::string other(253, 'e');
  start->inventory.hosts[1] = {other, other, other, {}};
  start->inventory.hosts[2] = {node, node, node, {}};
  inspect.step.state.start = start;
  const Verdict verdict = inspect.judge(1, "who_kubelet=" + node + "\n");
  EXPECT_TRUE(says(verdict.detail, other + " (" + other + ") is another node")) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail, "lists as " + node + " (" + node + ")")) << verdict.detail;
}
