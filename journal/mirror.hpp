// Reading journal.jsonl: for status and replay, also while another process writes it.
// Invariant: only lines that verified reach the visitor; a torn last line is normal while a writer is
// alive and is said, anything else is a defect with its position.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "journal/chain.hpp"

namespace journal {

struct MirrorReport {
  Head head;
  bool found = false;
  bool torn_tail = false;  // the last line is not whole
  std::string defect;      // what is wrong, and where; empty: nothing
};

// Calls the visitor with every record and its line, in order, up to the first defect.
using LineVisitor = std::function<void(const core::Record&, std::string_view line)>;
MirrorReport read_mirror(const std::filesystem::path& path, const LineVisitor& visitor);

}  // namespace journal
