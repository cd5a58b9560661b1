// A backup that lies on a host, as an operator proves it: with the real program over a real sshd,
// and with hosts that answer whatever they like.
#include "tools/restorectl/input/host_proof.hpp"

#include <sys/wait.h>

#include "core/digest.hpp"
#include "tests/transports/sshd.hpp"
#include "tools/lib/backup/proof_text.hpp"
#include "tools/restorectl/errors.hpp"

using namespace testing_ssh;
using backup::BadProof;
using backup::read_proof;

namespace {

constexpr const char* kTime = "2026-11-23_101500";

backup::Proof good_proof() {
  backup::Proof proof;
  proof.directory = "/here";
  proof.pair = *backup::pair_of("/here", kTime);
  proof.snapshot = {9ULL << 30,
                    std::string(64, 'a'),
                    1'234,
                    77,
                    {"id-1", "4.7.0", "4.6.9"},
                    "prod-x7k2p",
                    {{"master-0", {"192.0.2.11", "master-0"}, true}, {"worker-0", {}, false}},
                    true,
                    {1, 0, 2, true, "3.4.0", {{"master-0", false}, {"master-1", true}}, 12, 4'711},
                    8ULL << 30,
                    3ULL << 30,
                    {{"dns", "Degraded", "R"}, {"dns", "Available", ""}}};
  proof.archive.etcd_quota_bytes = 7ULL << 30;
  proof.archive.size_bytes = 5'000;
  proof.archive.sha256 = std::string(64, 'b');
  proof.archive.pods["etcd"] = {"7", "4.7.0", {"quay.io/etcd@sha256:1"}, true};
  proof.archive.etcd_ca_sha256 = std::string(64, 'c');
  proof.archive.encryption_config = true;
  proof.archive.files = 12;
  proof.archive.unpacked_bytes = 90'000;
  return proof;
}

// The report with one piece of its text exchanged.
std::string altered(const std::string& from, const std::string& to) {
  std::string text = backup::proof_text(good_proof());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  try {
    read_proof(text, "/there");
  } catch (const BadProof& bad) {
    return bad.what();
  }
  return "";
}

// A sshd and an inventory that calls it host-a; the verbs are run as a user runs them.
class OnAHost : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    write_inventory("host-a");
    there = dir + "/there";
    fs::create_directory(there);
    std::ifstream real(fs::path(RESTORECTL_TOP) / "tests/fuzz/corpus/snapshot/branches",
                       std::ios::binary);
    const std::string database{std::istreambuf_iterator<char>(real), {}};
    core::Sha256 digest;
    digest.update(database);
    std::ofstream(there + "/snapshot_" + kTime + ".db", std::ios::binary)
        << database << digest.bytes();
    sh("cd " + there +
       " && for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; " +
       "do mkdir -p static-pod-resources/$pod-pod-7 && echo 'image: quay.io/x@sha256:1' > " +
       "static-pod-resources/$pod-pod-7/$pod-pod.yaml; done && tar -czf static_kuberesources_" +
       kTime + ".tar.gz static-pod-resources && rm -r static-pod-resources");
  }
  void write_inventory(const std::string& recovery_host) const {
    std::ofstream(dir + "/inventory.yaml")
        << "cluster: lab\nrecoveryHost: " << recovery_host
        << "\nhosts:\n  - name: host-a\n    address: 127.0.0.1\n    nodeName: master-0\n"
           "  - name: host-b\n    address: 192.0.2.2\n    nodeName: master-1\n"
           "  - name: host-c\n    address: 192.0.2.3\n    nodeName: master-2\n"
           "ssh:\n  user: root\n  port: "
        << port << "\n  identityFile: " << dir << "/id\n  knownHostsFile: " << dir
        << "/known\n  configFile: /dev/null\n";
  }
  struct Ended {
    int code;
    std::string text;
  };
  Ended verb(const std::string& words) const {
    const std::string command = "cd " + dir + " && RESTORECTL_STATE_DIR=" + dir +
                                "/state RESTORECTL_PROVER='" + prover + "' " + RESTORECTL_BIN +
                                " " + words + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
  }
  // A host that answers what it likes.
  void answer_with(const std::string& script) {
    prover = dir + "/prover";
    std::ofstream(prover) << "#!/bin/sh\n" << script;
  }
  std::string without_first_line(const std::string& text) const {
    return text.substr(text.find('\n') + 1);
  }

  std::string there;
  std::string prover = RESTORECTL_PROVER_BIN;
};

}  // namespace

TEST(ProofText, AReportIsReadAsItWasWrittenButForItsDirectory) {
  const backup::Proof proof = good_proof();
  const backup::Proof read = read_proof(backup::proof_text(proof), "/there");
  EXPECT_EQ(read.directory, "/there");
  EXPECT_EQ(read.pair.snapshot, "/there/snapshot_2026-11-23_101500.db");
  EXPECT_EQ(read.pair.archive, "/there/static_kuberesources_2026-11-23_101500.tar.gz");
  core::BackupManifest expected = proof.manifest();
  expected.directory = "/there";
  EXPECT_EQ(read.manifest(), expected);
  EXPECT_EQ(backup::proof_text(read), backup::proof_text(proof));
}

TEST(ProofText, DefectsComeWithTheirNamesAndTextsOfAnyLengthAndBytes) {
  backup::Proof proof;
  proof.defects.emplace_back("several-pairs", std::string(1'000'000, 'x'));
  proof.defects.emplace_back("unreadable", "cannot read /a\xff\xfe" + std::string(40'000, '\xff'));
  const backup::Proof read = read_proof(backup::proof_text(proof), "/there");
  ASSERT_EQ(read.defects.size(), 2u);
  EXPECT_EQ(read.defects[0].name, "several-pairs");
  EXPECT_EQ(std::string(read.defects[0].what()).size(), 16'384u);
  EXPECT_TRUE(std::string(read.defects[1].what()).starts_with("cannot read /a\xEF\xBF\xBD"));
}

TEST(ProofText, WhatAHostileHostCouldAnswerIsRefusedWithThePlace) {
  const auto a = [](std::size_t count) { return std::string(count, 'a'); };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "invalid JSON: "},
      {"{", "invalid JSON: "},
      {"[]", "report is not an object"},
      {std::string(100'000, '['), "invalid JSON: "},
      {std::string(backup::kProofBytesMax + 1, ' '), "too long"},
      {backup::proof_text(good_proof()) + "{}", "invalid JSON: "},
      {altered("\"format\":3", "\"format\":2"), "report.format is of another restorectl version"},
      {altered("\"format\":3,", ""), "report.format is missing"},
      {altered("\"format\":3", "\"format\":3,\"more\":1"), "report has unknown fields"},
      {altered("\"keys\":77", "\"keys\":77,\"more\":1"), "snapshot has unknown fields"},
      {altered("\"nospace_alarms\":1", "\"nospace_alarms\":-1"),
       "snapshot.server.nospace_alarms is not an integer"},
      {altered("\"learner\":true", "\"learner\":1"),
       "snapshot.server.members.learner is not a boolean"},
      {altered("\"3.4.0\"", "\"" + a(200) + "\""), "snapshot.server.version is too long"},
      {altered("\"leases\":12", "\"leases\":12,\"more\":1"), "snapshot.server has unknown fields"},
      {altered("\"condition\":\"Degraded\"", "\"condition\":\"Upgradeable\""),
       "snapshot.unsettled.condition is none of a cluster operator's three"},
      {altered("\"reason\":\"R\"", "\"reason\":\"" + a(400) + "\""),
       "snapshot.unsettled.reason is too long"},
      {altered("\"reason\":\"R\"", "\"reason\":\"R\",\"more\":1"),
       "snapshot.unsettled has unknown fields"},
      {altered(kTime, "../../../etc/passwd"), "report.time is not a backup time"},
      {altered(kTime, "2026-11-23_101500; rm -rf /"), "report.time is not a backup time"},
      {altered(kTime, ""), "has neither defects nor files"},
      {altered(a(64), a(63)), "snapshot.sha256 is not a SHA-256"},
      {altered(a(64), a(63) + "/"), "snapshot.sha256 is not a SHA-256"},
      {altered(a(64), a(65)), "snapshot.sha256 is too long"},
      {altered(a(64), ""), "has neither defects nor files"},
      {altered("\"size_bytes\":9663676416", "\"size_bytes\":-1"),
       "snapshot.size_bytes is not an integer"},
      {altered("\"size_bytes\":9663676416", "\"size_bytes\":1e9"),
       "snapshot.size_bytes is not an integer"},
      {altered("\"size_bytes\":9663676416", "\"size_bytes\":1125899906842625"), "is too large"},
      {altered("\"size_bytes\":9663676416", "\"size_bytes\":0"), "neither defects nor files"},
      {altered("\"revision\":1234", "\"revision\":18446744073709551615"), "revision is too large"},
      {altered("\"revision\":1234", "\"revision\":\"1234\""),
       "snapshot.revision is not an integer"},
      {altered("\"4.6.9\"", "\"" + std::string(16'385, '4') + "\""), "completed is too long"},
      {altered("\"prod-x7k2p\"", "null"), "snapshot.infrastructure_name is not a string"},
      {altered("\"encrypted\":true", "\"encrypted\":1"), "snapshot.encrypted is not a boolean"},
      {altered("\"192.0.2.11\"", "4"), "snapshot.nodes.addresses is not a list of strings"},
      {altered("{\"name\":\"worker-0\"", "{\"nom\":\"worker-0\""),
       "snapshot.nodes.name is missing"},
      {altered("\"name\":\"etcd\"", "\"name\":\"shell\""), "archive.pods.name is not one of"},
      {altered("\"defects\":[]", "\"defects\":{}"), "report.defects is not a list"},
      {altered("\"defects\":[]", "\"defects\":[{\"name\":\"no \\u001b[31m\",\"what\":\"\"}]"),
       "defects.name is not a defect name"},
  };
  for (const auto& [text, words] : table)
    EXPECT_NE(refusal(text).find(words), std::string::npos)
        << words << " is not in: '" << refusal(text) << "'";
  EXPECT_EQ(refusal(backup::proof_text(good_proof())), "");
}

TEST(BackupPlaceOfAnArgument, AHostIsTakenFromTheInventoryAndItsDirectoryIsAbsolute) {
  core::Inventory inventory;
  inventory.recovery_host = "m0";
  inventory.hosts = {{"m0", "192.0.2.1", "m0", {}}, {"m1", "192.0.2.2", "m1", {}}};
  const auto words = [](const std::function<void()>& call) -> std::string {
    try {
      call();
    } catch (const restorectl::Failure& failure) {
      EXPECT_EQ(failure.code, restorectl::Code::backup_place_wrong);
      return failure.what();
    }
    return "";
  };
  using restorectl::backup_place;
  EXPECT_EQ(backup_place("m1:/a/../b/", &inventory), (core::BackupPlace{"m1", "/b/"}));
  EXPECT_EQ(backup_place("./m1:/a", &inventory), (core::BackupPlace{"", "./m1:/a"}));
  EXPECT_NE(words([] { backup_place("m1:/a", nullptr); }).find("with -i to reach it"),
            std::string::npos);
  EXPECT_NE(words([&] {
              backup_place("m7:/a", &inventory);
            }).find("host m7 is not in the inventory; its hosts are m0, m1"),
            std::string::npos);
  EXPECT_NE(words([&] { backup_place("m1:a", &inventory); }).find("absolute"), std::string::npos);
  EXPECT_NE(words([&] { backup_place("m1:/a\nb", &inventory); }).find("invalid directory name"),
            std::string::npos);
  EXPECT_NE(words([&] {
              backup_place("m1:/" + std::string(5'000, 'a'), &inventory);
            }).find("invalid directory name"),
            std::string::npos);
  EXPECT_EQ(restorectl::backup_place_of_run("m0:/a", inventory).host, "m0");
  EXPECT_NE(words([&] {
              restorectl::backup_place_of_run("m1:/a", inventory);
            }).find("the recovery host, m0"),
            std::string::npos);
}

TEST_F(OnAHost, TheVerdictIsTheOneOfThisWorkstationAndSaysWhereItWasRead) {
  const Ended here = verb("backup verify " + there + " -i inventory.yaml");
  const Ended on_host = verb("backup verify host-a:" + there + " -i inventory.yaml");
  EXPECT_EQ(here.code, 0) << here.text;
  EXPECT_EQ(on_host.code, 0) << on_host.text;
  EXPECT_EQ(on_host.text, "read on host-a, in " + there + "\n" + here.text);
  std::string json = verb("backup verify host-a:" + there + " -i inventory.yaml -o json").text;
  EXPECT_TRUE(json.starts_with("{\"readOn\":\"host-a\",")) << json;
  json.replace(json.find("host-a"), 6, "workstation");
  EXPECT_EQ(json, verb("backup verify " + there + " -i inventory.yaml -o json").text);
}

TEST_F(OnAHost, ADefectIsRefusedByNameByVerifyPlanAndStart) {
  const std::string file = there + "/snapshot_" + kTime + ".db";
  {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(static_cast<long>(fs::file_size(file) - 40)).put('\x7f');
  }
  const Ended here = verb("backup verify " + there + " -i inventory.yaml");
  const Ended on_host = verb("backup verify host-a:" + there + " -i inventory.yaml");
  EXPECT_EQ(on_host.code, 2);
  EXPECT_NE(on_host.text.find("DEFECT digest-differs"), std::string::npos) << on_host.text;
  std::string there_too = without_first_line(on_host.text);
  there_too.replace(there_too.find("host-a:"), 7, "");
  EXPECT_EQ(there_too, here.text);
  for (const std::string name : {"plan", "start"}) {
    const Ended refused = verb(name + " -i inventory.yaml --backup host-a:" + there);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.text.find("digest-differs: "), std::string::npos) << refused.text;
  }
  EXPECT_FALSE(fs::exists(dir + "/state/runs"));
  const Ended none = verb("backup verify host-a:" + dir + "/nowhere -i inventory.yaml");
  EXPECT_NE(none.text.find("DEFECT no-directory"), std::string::npos) << none.text;
}

TEST_F(OnAHost, PlanSaysThatTheCopyIsMadeThereAndWantsTheRecoveryHosts) {
  const Ended plan = verb("plan -i inventory.yaml --backup host-a:" + there);
  EXPECT_EQ(plan.code, 0) << plan.text;
  EXPECT_NE(plan.text.find("copy on the host, from host-a:" + there), std::string::npos);
  write_inventory("host-b");
  const Ended refused = verb("plan -i inventory.yaml --backup host-a:" + there);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find("the recovery host, host-b"), std::string::npos) << refused.text;
}

TEST_F(OnAHost, AHostThatAnswersNoReportIsNotBelieved) {
  const std::string verify = "backup verify host-a:" + there + " -i inventory.yaml";
  answer_with("echo '{}'");
  Ended refused = verb(verify);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find("invalid verification report from host-a: report.format is missing"),
            std::string::npos)
      << refused.text;
  answer_with("printf 'read 7\\n\\033[31mred\\n'");
  refused = verb(verify);
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.text.find('\033'), std::string::npos);
  answer_with("head -c 9000000 /dev/zero | tr '\\0' x; echo");
  EXPECT_NE(verb(verify).text.find("too long"), std::string::npos);
  answer_with("printf 'bad \\033[31mluck' >&2; exit 3");
  refused = verb(verify);
  EXPECT_NE(refused.text.find("cannot read the backup on host-a: exit code 3, "), std::string::npos)
      << refused.text;
  EXPECT_NE(refused.text.find("bad \\x1b[31mluck"), std::string::npos) << refused.text;
  prover = dir + "/nothing";
  EXPECT_NE(verb(verify).text.find("must be installed next to restorectl"), std::string::npos);
}

TEST_F(OnAHost, AHostThatIsNotReachedIsSaidWithCodeTwo) {
  stop();
  const Ended refused = verb("backup verify host-a:" + there + " -i inventory.yaml");
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.text.find("R1105: "), std::string::npos) << refused.text;
  EXPECT_NE(refused.text.find("could not be verified: cannot reach host-a"), std::string::npos)
      << refused.text;
}
