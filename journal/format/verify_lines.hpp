// Verifying many lines: one thread reads and hashes while the caller's decodes,
// checks and folds. Invariant: the visitor sees the records before the first
// defect, in order, on the caller's thread, and each but the last only after
// the next line's `prev` confirmed it; memory does not grow with the journal.
#pragma once

#include <functional>
#include <string_view>

#include "journal/format/chain.hpp"

namespace journal {

// Returns the next line, valid until the next call, or false at the end, with the defect that
// caused it, if any. Called on another thread, one call at a time.
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
