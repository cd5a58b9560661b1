// SHA-256 that goes on: bytes are added as they come, and the digest of what was added so far can
// be asked at any time. Invariant: a copy goes on by itself.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace transports {

class Sha256 {
 public:
  // Each throws std::runtime_error where OpenSSL fails: it has no memory, or its configuration
  // forbids the algorithm.
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);
  void add(std::string_view bytes);
  // Of what was added so far, as 64 hex digits.
  std::string hex() const;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace transports
