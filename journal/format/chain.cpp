// SHA-256 by OpenSSL, and the verifier; see the header.
#include "journal/format/chain.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "core/text.hpp"

namespace journal {

namespace {

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

HexDigest hex_of(const unsigned char (&digest)[32]) {
  static constexpr char kHex[] = "0123456789abcdef";
  HexDigest hex;
  for (std::size_t i = 0; i < 32; ++i) {
    hex[2 * i] = kHex[digest[i] >> 4];
    hex[2 * i + 1] = kHex[digest[i] & 15];
  }
  return hex;
}

}  // namespace

HexDigest sha256_of(std::string_view bytes) {
  // Fetching the algorithm and binding it to a context cost more than hashing a line: once a thread
  // is enough. The algorithm is never given back, so that a thread which ends late still has it.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, DigestFree> context(EVP_MD_CTX_new());
  thread_local const bool bound =
      context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1;
  unsigned char digest[32];
  if (!bound || EVP_DigestInit_ex2(context.get(), nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return hex_of(digest);
}

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, DigestFree> evp{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  if (!context_->evp || EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  if (EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

std::string Sha256::hex() {
  unsigned char digest[32];
  if (EVP_DigestFinal_ex(context_->evp.get(), digest, nullptr) != 1)
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  const HexDigest hex = hex_of(digest);
  return {hex.begin(), hex.end()};
}

std::string sha256_hex(std::string_view bytes) {
  const HexDigest digest = sha256_of(bytes);
  return {digest.begin(), digest.end()};
}

Defect ChainVerifier::take(std::string_view line, const HexDigest& sha256, core::Record* record) {
  const std::uint64_t expected = head_.seq + 1;
  Decoded decoded = decode(line);
  if (!decoded.error.empty()) {
    std::string what = std::move(decoded.error);
    if (decoded.unknown_type && !tool_version_.empty()) {
      what += "; the run was written by restorectl " + core::printable(tool_version_);
    }
    return {decoded.unknown_type ? DefectKind::unknown_type : DefectKind::bad_line, expected, what};
  }
  const std::uint64_t seq = decoded.record.fact.seq;
  if (seq != expected) {
    return {seq > expected ? DefectKind::gap : DefectKind::wrong_order, expected,
            "it says that it is fact " + std::to_string(seq) +
                (seq > expected ? ": facts are missing before it" : ", which stood there before")};
  }
  if (decoded.prev != head_.sha256) {
    return {DefectKind::altered, expected,
            "it does not follow the line before it (its prev is not that line's SHA-256): one of "
            "the two was altered"};
  }
  if (const auto* started = std::get_if<core::RunStarted>(&decoded.record.fact.body)) {
    tool_version_ = started->tool_version;
  } else if (const auto* resumed = std::get_if<core::ResumeAsked>(&decoded.record.fact.body)) {
    tool_version_ = resumed->tool_version;
  }
  head_.seq = expected;
  head_.sha256.assign(sha256.begin(), sha256.end());
  *record = std::move(decoded.record);
  return {};
}

}  // namespace journal
