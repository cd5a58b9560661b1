// Which journal is meant on the command line: a run of this workstation, or a file from anywhere.
// Invariant: what exists as a path is a file; everything else is the beginning of a run's id.
#pragma once

#include <string>

#include "tools/lib/postmortem/history.hpp"
#include "tools/restorectl/error_codes.hpp"

namespace restorectl {

// `argument` may be empty (the newest run), a run's id or its beginning, a journal.jsonl, a
// directory that holds one, or an exported bundle. Throws Failure where nothing fits.
postmortem::Source choose_history(const std::string& argument);

// Of a history that is not to be trusted: whether there is nothing, or not all of it verified.
Code code_of(const postmortem::ChainVerdict& verdict);

// Throws Failure where a reader must not trust what was shown: there is nothing, or a fact was
// altered. A history that is cut at its end is true as far as it goes.
void refuse_untrusted(const postmortem::ChainVerdict& verdict);

}  // namespace restorectl
