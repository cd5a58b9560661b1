// Redaction of texts and of lines: what is a secret goes, what a judge needs stays.
#include "core/redact.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "core/text.hpp"
#include "tests/core/secrets.hpp"

namespace {

std::string redact(const std::string& text) { return core::Redactor().text(text); }

std::string by_lines(const std::string& text, bool midway = false) {
  const core::Redactor redactor;
  core::RedactedLines lines(redactor, midway);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += lines.take(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

TEST(Redaction, EachPlantedSecretIsTakenOutAndTheRestStays) {
  const auto planted = secrets::all();
  ASSERT_GE(planted.size(), 50u);
  for (const secrets::Planted& secret : planted) {
    const std::string text = "before\n" + secret.text + "\nafter";
    ASSERT_NE(text.find(secret.needle), std::string::npos) << secret.what;
    for (const std::string& out : {redact(text), by_lines(text)}) {
      EXPECT_EQ(out.find(secret.needle), std::string::npos) << secret.what << ": " << out;
      EXPECT_NE(out.find("[redacted:"), std::string::npos) << secret.what;
      EXPECT_TRUE(out.starts_with("before\n")) << out;
      EXPECT_NE(out.find("after"), std::string::npos) << out;
    }
    EXPECT_EQ(redact(redact(text)), redact(text)) << secret.what;
  }
}

TEST(Redaction, AKeyThatWasCutAnywhereDoesNotShowItsRest) {
  const std::string body = secrets::noise(7, 640);
  const std::string block = secrets::pem("EC PRIVATE KEY", body);
  const auto shows = [&](const std::string& out) {
    for (std::size_t i = 0; i + 24 < body.size(); i += 8) {
      // Within a line, as the block has it.
      if (i % 64 > 40) continue;
      if (out.find(body.substr(i, 24)) != std::string::npos) return true;
    }
    return false;
  };
  for (std::size_t cut = 1; cut < block.size(); ++cut) {
    EXPECT_FALSE(shows(redact("x " + block.substr(0, cut)))) << "its end is missing, " << cut;
    EXPECT_FALSE(shows(core::Redactor().text(block.substr(cut), true))) << "its beginning, " << cut;
    EXPECT_FALSE(shows(by_lines(block.substr(cut), true)))
        << "a stream taken up within it, " << cut;
  }
}

// Found by fuzzing.
TEST(Redaction, ABlockRightBehindAWordIsOneToo) {
  const std::string body = secrets::noise(7, 64);
  for (const std::string before :
       {"x", "x-", "-----END h", "[redacted:", "-----BEGIN CERTIFICATE REQUEST-----\nx"}) {
    const std::string out = redact(before + secrets::pem("EC PRIVATE KEY", body));
    EXPECT_EQ(out.find(body.substr(0, 40)), std::string::npos) << out;
  }
}

TEST(Redaction, WhatAJudgeNeedsStaysByteForByte) {
  const std::string request =
      secrets::base64(secrets::pem("CERTIFICATE REQUEST", secrets::noise(3, 400)));
  for (const std::string& text : std::vector<std::string>{
           "{\"name\":\"csr-x\",\"request\":\"" + request + "\"}",
           secrets::pem("CERTIFICATE REQUEST", secrets::noise(4, 300)),
           "sha256:" + std::string(64, 'a'), std::string(64, 'f') + "  snapshot.db",
           "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:" + std::string(64, '1'),
           "owner_run=20261123t101500123z-4f2a91c0", "boot_id=2f2ca59e-098a-45e0-9730-ad9f561efeb0",
           "https://192.0.2.11:2379", "secret \"etcd-all-certs\" not found",
           "{\"secretName\":\"etcd-peer-master-0\",\"secret\":{\"items\":[]}}", "token: null",
           "\"tokenReview\":{\"a\":1}", "from=present\nto=absent\n", "ssh://core@master-0/"}) {
    EXPECT_EQ(redact(text), text);
    EXPECT_EQ(core::Redactor().text(text, true), text);
  }
}

TEST(Redaction, SamplesOfEveryLookStayByteForByte) {
  int samples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(RESTORECTL_TOP) +
                                                               "/tests/fuzz/corpus/looks")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text =
        core::clean_utf8(std::string(std::istreambuf_iterator<char>(file), {}));
    EXPECT_EQ(redact(text), text) << entry.path();
    ++samples;
  }
  EXPECT_GT(samples, 20);
}

TEST(Redaction, EqualSecretsHaveEqualFingerprints) {
  const core::Redactor redactor(
      [](std::string_view secret) { return std::to_string(secret.size()); });
  EXPECT_EQ(redactor.text("password=abcde token: xyz"),
            "password=[redacted:secret 5] token: [redacted:secret 3]");
}

TEST(Redaction, AFactsEveryTextIsLookedAt) {
  const std::string secret = "password=hunter2hunter2";
  const core::Redactor redactor;
  for (const core::FactBody& body : std::vector<core::FactBody>{
           core::Observed{"h", "s", 0, secret, "", false},
           core::Observed{"h", "s", 0, "", secret, false},
           core::JobEnded{"h", "s", "j", 0, 1, "", secret},
           core::JobProgressed{"h", "s", "j", 1, secret},
           core::CopyEnded{"h", "s", false, secret, 0}, core::Expired{"h", "s", secret},
           core::LinkLost{"h", "s", false, secret}, core::Declined{"me", secret},
           core::RunAbandoned{"me", secret}, core::Adopted{"me", secret, "", 2, "d", {}, ""}}) {
    EXPECT_NE(redactor.fact(body), body) << body.index();
  }
}

// A host may print what it likes: nothing takes long.
TEST(Redaction, NastyTextTakesTimeByItsLengthOnly) {
  const std::size_t size = 256 * 1024;
  const auto repeated = [&](const std::string& piece) {
    std::string text;
    while (text.size() < size) text += piece;
    return text;
  };
  for (const std::string piece :
       {"A", "-", "-----BEGIN ", "-----BEGIN CERTIFICATE REQUEST-----", "-----END ", "eyJ", "eyJ.",
        "token:{", "token=\"", "password: ", "://", "://a:", "LS0tLS1CRUdJTi",
        "[redacted:", "Bearer ", "\\\"", "secret:'\\", "--token ", "sha256~"}) {
    const std::string text = repeated(piece);
    const std::clock_t began = std::clock();  // of this process: other ones may want the processor
    const std::string once = redact(text);
    core::Redactor().text(text, true);
    by_lines(text, true);
    const double taken_s = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    EXPECT_LT(taken_s, 2) << piece;  // quadratic time would be minutes
    EXPECT_EQ(redact(once), once) << piece;
  }
}
