// Verifying many lines: one thread reads and hashes while the caller's decodes,
// checks and folds. Invariant: the visitor sees the records before the first
// defect, in order, on the caller's thread, and each but the last only after
// the next line has vouched for it; memory does not grow with the journal.
#pragma once

#include <functional>
#include <string_view>

#include "journal/format/chain.hpp"

namespace journal {

// Gives the next line, which stays valid until the next call, or returns false at the end, with the
// defect that made it the end, if it was one. Called on another thread, one call at a time.
using LineSource = std::function<bool(std::string_view* line, Defect* defect)>;

// Takes a record and the line it was read from, which is valid during the call only.
using RecordVisitor = std::function<void(core::Record&& record, std::string_view line)>;

struct Verified {
  Head head;      // of the last record that the visitor saw
  Defect defect;  // the first one
};

// Throws what the source or the visitor throws.
Verified verify_lines(const LineSource& source, const RecordVisitor& visitor);

}  // namespace journal
