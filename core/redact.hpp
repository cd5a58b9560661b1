// Redaction: secrets are taken out of what hosts print and people type before it becomes a fact.
// Invariant: what is recognised is replaced as a whole by "[redacted:<kind> …]", so that a reader
// sees that something was there; redacting twice is redacting once; everything else stays byte
// for byte. What is recognised, and what is not, stands in docs/redaction.md.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/fact.hpp"

namespace core {

// A short text that is equal for equal secrets and reveals nothing of them (an HMAC); may be empty.
using Fingerprint = std::function<std::string(std::string_view secret)>;

class Redactor {
 public:
  explicit Redactor(Fingerprint fingerprint = {}) : fingerprint_(std::move(fingerprint)) {}

  // A text as a whole. `begins_midway`: it was cut at its beginning, perhaps within a key, so lines
  // of nothing but base64 there are taken for the rest of one.
  std::string text(std::string_view text, bool begins_midway = false) const;

  // Every text of a fact that a host or a person wrote.
  FactBody fact(FactBody body) const;

 private:
  friend class RedactedLines;
  std::string mark(std::string_view kind, std::string_view secret) const;
  Fingerprint fingerprint_;
};

// The same for lines that come one by one: a key's block may be spread over many of them.
class RedactedLines {
 public:
  RedactedLines(const Redactor& redactor, bool begins_midway)
      : redactor_(redactor), midway_(begins_midway) {}
  std::string take(std::string_view line);

 private:
  const Redactor& redactor_;
  bool within_ = false;  // a block has begun and not ended
  bool midway_;
  bool first_ = true;
};

}  // namespace core
