// SHA-256 by OpenSSL, and the verifier; see the header.
#include "journal/chain.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "journal/record.hpp"

namespace journal {

namespace {
struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
}  // namespace

std::string sha256_hex(std::string_view bytes) {
  // Fetching the algorithm costs more than hashing a line: once a thread is enough.
  thread_local const std::unique_ptr<EVP_MD_CTX, DigestFree> context(EVP_MD_CTX_new());
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  unsigned char digest[32];
  if (!context || EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex(64, '0');
  for (std::size_t i = 0; i < 32; ++i) {
    hex[2 * i] = kHex[digest[i] >> 4];
    hex[2 * i + 1] = kHex[digest[i] & 15];
  }
  return hex;
}

ChainVerifier::ChainVerifier() : head_{0, std::string(kNoPrevious)} {}

std::string ChainVerifier::take(std::string_view line, core::Record* record) {
  Decoded decoded = decode(line);
  if (!decoded.error.empty()) return decoded.error;
  if (decoded.record.fact.seq != head_.seq + 1) {
    return "it says that it is fact " + std::to_string(decoded.record.fact.seq) + ", expected is " +
           std::to_string(head_.seq + 1);
  }
  if (decoded.prev != head_.sha256) {
    return "it does not follow the line before it (prev differs from that line's SHA-256): one of the "
           "two was altered";
  }
  head_ = {decoded.record.fact.seq, sha256_hex(line)};
  *record = std::move(decoded.record);
  return {};
}

}  // namespace journal
