// Reading journal.jsonl: for status and replay, also while another process writes it. Invariant:
// only verified lines reach the visitor; a torn last line is normal while a writer is alive and is
// reported as such, anything else is a defect with its position. Memory does not grow with the
// file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "journal/format/chain.hpp"
#include "journal/format/verify_lines.hpp"

namespace journal {

struct MirrorReport {
  Head head;
  bool found = false;
  bool torn_tail = false;              // the last line has no newline yet
  std::string defect;                  // what is wrong, and where; empty if nothing
  DefectKind kind = DefectKind::none;  // of the defect
  std::uint64_t defect_seq = 0;        // its line
};

// Calls the visitor with every record and its line, in order, up to the first defect. Throws what
// the visitor throws; a file that cannot be read is a defect.
MirrorReport read_mirror(const std::filesystem::path& path, const RecordVisitor& visitor);

// The same for lines that are a part of a file.
MirrorReport read_lines(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t size,
                        const RecordVisitor& visitor);

// The last fact for which `wanted` holds, searched from the file's end, so that the whole file need
// not be read. Nothing if there is none, or if a line on the way is not a record. The chain is not
// verified: this is for choosing one run among many.
std::optional<core::Fact> last_fact(const std::filesystem::path& path,
                                    const std::function<bool(const core::Fact&)>& wanted);

}  // namespace journal
