// OpenSSL's EVP; see the header.
#include "core/digest.hpp"

#include <openssl/evp.h>

#include <cstddef>
#include <stdexcept>

#include "core/text.hpp"

namespace core {

namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Evp = std::unique_ptr<EVP_MD_CTX, Free>;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

// Fetching the algorithm costs more than hashing a line. It is never given back, so that a thread
// which ends late still has it.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

}  // namespace

HexDigest sha256_of(std::string_view bytes) {
  // Binding a context to the algorithm costs as much again: once a thread is enough.
  thread_local const Evp context(EVP_MD_CTX_new());
  thread_local const bool bound =
      context && EVP_DigestInit_ex2(context.get(), algorithm(), nullptr) == 1;
  unsigned char digest[32];
  require(bound && EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1 &&
          EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
          EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1);
  HexDigest hex;
  for (std::size_t i = 0; i < 32; ++i) {
    hex[2 * i] = kHexDigits[digest[i] >> 4];
    hex[2 * i + 1] = kHexDigits[digest[i] & 15];
  }
  return hex;
}

std::string sha256_hex(std::string_view bytes) {
  const HexDigest digest = sha256_of(bytes);
  return {digest.begin(), digest.end()};
}

struct Sha256::Context {
  Evp evp{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  require(context_->evp && EVP_DigestInit_ex2(context_->evp.get(), algorithm(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(const Sha256& other) : context_(std::make_unique<Context>()) { *this = other; }
Sha256& Sha256::operator=(const Sha256& other) {
  if (this != &other)
    require(context_->evp &&
            EVP_MD_CTX_copy_ex(context_->evp.get(), other.context_->evp.get()) == 1);
  return *this;
}

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::bytes() const {
  const Sha256 ended(*this);
  std::string digest(32, '\0');
  require(EVP_DigestFinal_ex(ended.context_->evp.get(),
                             reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

std::string Sha256::hex() const { return hex_of(bytes()); }

}  // namespace core
