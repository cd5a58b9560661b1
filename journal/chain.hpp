// The hash chain: each line carries the SHA-256 of the line before it.
// Invariant: a chain that verified has no line altered, left out, put in or exchanged. It cannot show
// that lines are missing at its end: for that, compare the head with one that was kept elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/effect.hpp"

namespace journal {

// Returns 64 hex digits.
std::string sha256_hex(std::string_view bytes);

// The last line that was verified: how many there are, and its hash (kNoPrevious for none).
struct Head {
  std::uint64_t seq = 0;
  std::string sha256;
  bool operator==(const Head&) const = default;
};

// Takes lines one by one and says at the first one that does not fit what is wrong with it.
class ChainVerifier {
 public:
  ChainVerifier();
  // Decodes and checks the next line. Returns "" and fills `record`, or what is wrong with it.
  std::string take(std::string_view line, core::Record* record);
  const Head& head() const { return head_; }

 private:
  Head head_;
};

}  // namespace journal
