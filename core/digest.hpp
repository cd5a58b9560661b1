// SHA-256. Invariant: this is core's only use of a library (OpenSSL's libcrypto, by digest.cpp),
// and the one place where restorectl and its prover hash.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace core {

// 64 hexadecimal digits. Both throw std::runtime_error where OpenSSL fails, as everything here
// does.
using HexDigest = std::array<char, 64>;
HexDigest sha256_of(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

// The same for bytes that arrive in pieces. A copy is independent of its original.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(const Sha256& other);

  void update(std::string_view bytes);
  // The 32 bytes of what came so far, and the same as 64 digits; more may come afterwards.
  std::string bytes() const;
  std::string hex() const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace core
