// Reading journal.jsonl: for status and replay, also while another process writes it. Invariant:
// only lines that verified reach the visitor; a torn last line is normal while a writer is alive
// and is said, anything else is a defect with its position. Memory does not grow with the file.
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
  bool torn_tail = false;              // what stands behind the last newline is no whole line
  std::string defect;                  // what is wrong, and where; empty: nothing
  DefectKind kind = DefectKind::none;  // of the defect
  std::uint64_t defect_seq = 0;        // the line at which it stands
};

// Calls the visitor with every record and its line, in order, up to the first defect. Throws what
// the visitor throws; a file that cannot be read is a defect.
MirrorReport read_mirror(const std::filesystem::path& path, const RecordVisitor& visitor);

// The same for lines that are a part of a file.
MirrorReport read_lines(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t size,
                        const RecordVisitor& visitor);

// The last fact for which `wanted` holds, looked for from the file's end, so that it costs what
// stands behind that fact and not the whole file. Nothing where there is none, or a line on the way
// is no record. The chain is not verified: this is for telling one run among many.
std::optional<core::Fact> last_fact(const std::filesystem::path& path,
                                    const std::function<bool(const core::Fact&)>& wanted);

}  // namespace journal
