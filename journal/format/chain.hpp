// The hash chain: each line carries the SHA-256 of the line before it. Invariant: a chain
// that verified has no line altered, removed, inserted or moved. It cannot show that lines
// are missing at its end: for that, compare the head with one that was kept elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/effect.hpp"
#include "journal/format/record.hpp"

namespace journal {

// A line's hash.
using core::HexDigest;
using core::sha256_hex;
using core::sha256_of;

// The last verified line: its number, and its hash (kNoPrevious for none).
struct Head {
  std::uint64_t seq = 0;
  std::string sha256 = std::string(kNoPrevious);
  bool operator==(const Head&) const = default;
};

enum class DefectKind {
  none,
  bad_line,      // the line is not a record
  unknown_type,  // this version does not know the line's type
  gap,           // facts are missing before it
  wrong_order,   // its seq was used before
  altered,       // its `prev` is not the hash of the line before it: one of the two was altered
  contradicted,  // two copies of the journal differ at it
  unreadable,    // the file or database cannot be read
};

// The first error in a journal, and its fact.
struct Defect {
  DefectKind kind = DefectKind::none;
  std::uint64_t seq = 0;
  std::string what;
  explicit operator bool() const { return kind != DefectKind::none; }
};

// Takes lines one by one and returns the first defect.
class ChainVerifier {
 public:
  // Continues after `head`; by default from the first line.
  explicit ChainVerifier(Head head = {}) : head_(std::move(head)) {}

  // Decodes and checks the next line, and fills `record`. A line with a defect changes nothing.
  Defect take(std::string_view line, core::Record* record) {
    return take(line, sha256_of(line), record);
  }
  // The same with the line's hash, computed by the caller.
  Defect take(std::string_view line, const HexDigest& sha256, core::Record* record);

  const Head& head() const { return head_; }

 private:
  Head head_;
  std::string tool_version_;  // of the restorectl that wrote the lines, as far as known
};

}  // namespace journal
