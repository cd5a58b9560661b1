// Hostile and honest CSRs, made by openssl: only what
// is exactly a kubelet's of the inventory is valid.
#include "states/steps/csr_judge.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>

#include "core/shell_quote.hpp"
#include "tests/states/story.hpp"

namespace json = boost::json;

namespace {

std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  for (int c; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

// The request as the API shows it: base64 of PEM.
std::string request(const std::string& subject, const std::string& names = "") {
  std::string command =
      "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null "
      "-subj " +
      core::shell_quote(subject) +
      (names.empty() ? "" : " -addext subjectAltName=" + core::shell_quote(names)) +
      " 2>/dev/null | base64 -w0";
  return output_of(command);
}

json::object client(const std::string& subject = "/O=system:nodes/CN=system:node:master-1") {
  return {{"name", "csr-1"},
          {"signer", "kubernetes.io/kube-apiserver-client-kubelet"},
          {"username", "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper"},
          {"groups",
           {"system:serviceaccounts", "system:authenticated",
            "system:serviceaccounts:openshift-machine-config-operator"}},
          {"usages", {"digital signature", "key encipherment", "client auth"}},
          {"request", request(subject)}};
}

json::object serving(const std::string& names = "DNS:master-1,IP:192.0.2.12") {
  return {{"name", "csr-2"},
          {"signer", "kubernetes.io/kubelet-serving"},
          {"username", "system:node:master-1"},
          {"groups", {"system:nodes", "system:authenticated"}},
          {"usages", {"digital signature", "server auth"}},
          {"request", request("/O=system:nodes/CN=system:node:master-1", names)}};
}

std::string reason_in(const core::Inventory& inventory, const json::value& printed) {
  bool readable = false;
  const auto judged = states::judge_csrs(inventory, json::serialize(printed), &readable);
  EXPECT_TRUE(readable);
  return judged.size() == 1 ? judged[0].reason : "no judgement";
}

std::string reason(const json::object& csr,
                   const core::Inventory& inventory = story::three_hosts().inventory) {
  return reason_in(inventory, json::object{{"pending", json::array{csr}}});
}

// As the looks of okd-4.7/2 and before print it.
std::string reason_then(const json::object& csr,
                        const core::Inventory& inventory = story::three_hosts().inventory) {
  return reason_in(inventory, json::array{csr});
}

json::object with(json::object csr, std::string_view key, json::value value) {
  csr[key] = std::move(value);
  return csr;
}

}  // namespace

TEST(CsrJudge, TheKubeletsOwnTwoRequestsAreValid) {
  EXPECT_EQ(reason(client()), "");
  EXPECT_EQ(reason(serving()), "");
  EXPECT_EQ(reason(serving("IP:192.0.2.12")), "");
}

TEST(CsrJudge, AnotherSignerIsNotOurs) {
  EXPECT_NE(reason(with(client(), "signer", "kubernetes.io/kube-apiserver-client")), "");
}

TEST(CsrJudge, ANodeThatIsNotInTheInventoryGetsNoIdentity) {
  EXPECT_NE(reason(client("/O=system:nodes/CN=system:node:evil")), "");
  EXPECT_NE(reason(client("/O=system:nodes/CN=system:admin")), "");
}

TEST(CsrJudge, MoreOrOtherOrganizationsAreRefused) {
  EXPECT_NE(reason(client("/O=system:masters/CN=system:node:master-1")), "");
  EXPECT_NE(reason(client("/O=system:nodes/O=system:masters/CN=system:node:master-1")), "");
  EXPECT_NE(reason(client("/O=system:nodes/OU=x/CN=system:node:master-1")), "");
  EXPECT_NE(reason(client("/O=system:nodes/CN=system:node:master-1/CN=system:node:master-2")), "");
}

TEST(CsrJudge, AnotherRequestorIsRefused) {
  EXPECT_NE(reason(with(client(), "username", "system:node:master-1")), "");
  EXPECT_NE(reason(with(client(), "groups", {"system:authenticated"})), "");
  EXPECT_NE(reason(with(client(), "groups",
                        {"system:serviceaccounts", "system:authenticated", "system:masters",
                         "system:serviceaccounts:openshift-machine-config-operator"})),
            "");
  EXPECT_NE(reason(with(serving(), "username", "system:node:master-2")), "");
  EXPECT_NE(reason(with(serving(), "groups", {"system:authenticated"})), "");
}

TEST(CsrJudge, AKubeletThatRenewsItsOwnCertificateGetsNothingNewAndIsApproved) {
  json::object renewal = with(client(), "username", "system:node:master-1");
  renewal["groups"] = {"system:authenticated", "system:nodes"};
  EXPECT_EQ(reason(renewal), "");
  EXPECT_NE(reason_then(renewal), "") << "a run of an older profile decides as it did";
  EXPECT_NE(reason(with(renewal, "username", "system:node:master-2")), "");
  EXPECT_NE(reason(with(renewal, "groups", {"system:authenticated"})), "");
  EXPECT_NE(
      reason(with(renewal, "groups", {"system:authenticated", "system:nodes", "system:masters"})),
      "");
  EXPECT_NE(reason(with(renewal, "usages", {"digital signature", "server auth"})), "");
  EXPECT_NE(reason(with(renewal, "request",
                        json::string(request("/O=system:nodes/CN=system:node:worker-1")))),
            "");
}

// One address has many spellings, and a kubelet on a dual-stack host asks for all its addresses.
TEST(CsrJudge, AddressesAreComparedByTheirBytes) {
  core::Inventory inventory = story::three_hosts().inventory;
  inventory.hosts[1].node_addresses = {"2001:DB8:0::12"};
  const json::object both = serving("DNS:master-1,IP:192.0.2.12,IP:2001:db8::12");
  EXPECT_EQ(reason(both, inventory), "");
  EXPECT_NE(reason_then(both, inventory), "") << "a run of an older profile decides as it did";
  EXPECT_EQ(reason(both), "SAN 2001:db8::12 does not belong to the node");
  EXPECT_EQ(reason(serving("DNS:master-1,IP:2001:db8::13"), inventory),
            "SAN 2001:db8::13 does not belong to the node");
  inventory.hosts[1].address = "2001:db8::1";
  EXPECT_EQ(reason(serving("IP:2001:db8::1"), inventory), "");
  EXPECT_NE(reason(serving("IP:192.0.2.12"), inventory), "");
}

TEST(CsrJudge, OtherUsagesAreRefused) {
  EXPECT_NE(reason(with(client(), "usages", {"digital signature", "client auth", "cert sign"})),
            "");
  EXPECT_NE(reason(with(client(), "usages", {"digital signature", "server auth"})), "");
  EXPECT_NE(reason(with(serving(), "usages", {"digital signature", "server auth", "client auth"})),
            "");
}

TEST(CsrJudge, NamesThatAreNotTheNodesOwnAreRefused) {
  EXPECT_NE(reason(serving("DNS:master-1,DNS:api.prod-1.example")), "");
  EXPECT_NE(reason(serving("DNS:master-1,IP:192.0.2.13")), "");
  EXPECT_NE(reason(serving("DNS:master-1,email:a@b.example")), "");
  EXPECT_NE(reason(serving("")), "");
  json::object named = client();
  named["request"] = request("/O=system:nodes/CN=system:node:master-1", "DNS:master-1");
  EXPECT_NE(reason(named), "");
}

TEST(CsrJudge, ARequestThatIsNoRequestOrIsAlteredIsRefused) {
  EXPECT_NE(reason(with(client(), "request", "bm90IGEgcmVxdWVzdA==")), "");
  EXPECT_NE(reason(with(client(), "request", "%%%")), "");
  EXPECT_NE(reason(with(client(), "request", 5)), "");
  std::string pem =
      output_of("printf %s " + std::string(client()["request"].as_string()) + " | base64 -d");
  pem[pem.size() / 2] = pem[pem.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_NE(reason(with(
                client(), "request",
                json::string(output_of("printf %s " + core::shell_quote(pem) + " | base64 -w0")))),
            "");
}

TEST(CsrJudge, AHostileNameIsNeverPutIntoACommand) {
  for (const char* name : {"-oevil", "a b", "$(id)", "", "A"})
    EXPECT_NE(reason(with(client(), "name", name)), "") << name;
}
