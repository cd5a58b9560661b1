// Notes: what people say and did, left for the journal. Invariant: a note is in the journal once,
// whoever writes it there and whenever they die: it has an id, and lies in the run's inbox until it
// is journaled.
#pragma once

#include <string>
#include <vector>

#include "core/fact.hpp"
#include "core/run_state.hpp"

namespace restorectl {

inline constexpr std::size_t kNoteTextMax = 16'384;
inline constexpr std::size_t kNoteEvidenceMax = 65'536;

// Puts a note into the inbox: whole, synced, mode 0600. Throws Failure.
void leave_note(const std::string& run_id, const core::Noted& note);

// What lies in the inbox and is not in the journal yet, the oldest first. A file that is no note is
// left where it is.
std::vector<core::Noted> waiting_notes(const std::string& run_id, const core::RunState& state);

// To be called when the note is in the journal.
void forget_note(const std::string& run_id, const core::Noted& note);

}  // namespace restorectl
