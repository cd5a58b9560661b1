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

std::string reason(const json::object& csr) {
  bool readable = false;
  const auto judged = states::judge_csrs(story::three_hosts().inventory,
                                         json::serialize(json::array{csr}), &readable);
  EXPECT_TRUE(readable);
  return judged.size() == 1 ? judged[0].reason : "no judgement";
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
