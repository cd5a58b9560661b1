// OpenSSL's EVP with its results checked; see the header.
#include "transports/sha256.hpp"

#include <stdexcept>

namespace transports {

namespace {

void require(int result) {
  if (result != 1) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr ? 1 : 0);
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

Sha256::Sha256(const Sha256& other) : context_(EVP_MD_CTX_new()) { *this = other; }

Sha256& Sha256::operator=(const Sha256& other) {
  require(context_ != nullptr ? 1 : 0);
  if (this != &other) require(EVP_MD_CTX_copy_ex(context_.get(), other.context_.get()));
  return *this;
}

void Sha256::add(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::hex() const {
  const Sha256 ended = *this;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(ended.context_.get(), digest, &size));
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace transports
