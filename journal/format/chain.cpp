// The verifier; see the header.
#include "journal/format/chain.hpp"

#include <utility>

#include "core/text.hpp"

namespace journal {

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
            "its seq is " + std::to_string(seq) +
                (seq > expected ? ": facts are missing before it" : ", which an earlier line has")};
  }
  if (decoded.prev != head_.sha256) {
    return {DefectKind::altered, expected,
            "its prev is not the SHA-256 of the line before it: one of the two was altered"};
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
