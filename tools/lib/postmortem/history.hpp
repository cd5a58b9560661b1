// History: a journal from wherever it lies, read record by record: a run of this workstation (also
// one that is driven right now), a journal.jsonl, or an exported bundle. Invariant: it never
// changes what it reads, and says of everything it read whether that was verified.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/effect.hpp"
#include "journal/disk/mirror.hpp"

namespace postmortem {

// What the chain says. Nothing to verify is never "verified".
enum class ChainState { nothing, intact, cut, altered };

struct ChainVerdict {
  ChainState state = ChainState::nothing;
  std::uint64_t seq = 0;  // cut after, altered at
  journal::Head head;     // of what was verified
  std::string words;      // one sentence for people
};

// Where a history lies.
struct Source {
  enum class Kind { run, jsonl, bundle } kind = Kind::run;
  std::string name;  // a run's id, or a path
  std::string path;  // of the journal.jsonl, or of the bundle
};

// Reads it to its end or to its first defect, and hands each record that verified, with its line,
// to the visitor in order. Memory does not grow with it. Throws what the visitor throws; a file
// that cannot be read is a verdict.
using Visitor = std::function<void(core::Record&& record, std::string_view line)>;
ChainVerdict read_history(const Source& source, const Visitor& visitor);

// What the reading of a journal's lines means.
ChainVerdict verdict_of(const journal::MirrorReport& report);

}  // namespace postmortem
