// The verbs of the command line, one .cpp each. Invariant: a verb that only looks (plan, status,
// replay, report, diff, export, verify, runs, backup, explain, docs) changes nothing, on no host
// and in no journal.
#pragma once

#include <string>
#include <vector>

#include "tools/restorectl/verbs/command_line.hpp"

namespace restorectl {

// Each adds its verb to the program.
void add_plan(Verb app);
void add_start(Verb app);
void add_resume(Verb app);
void add_status(Verb app);
void add_replay(Verb app);
void add_report(Verb app);
void add_diff(Verb app);
void add_export(Verb app);
void add_verify(Verb app);
void add_import(Verb app);
void add_abandon(Verb app);
void add_adopt(Verb app);
void add_journal(Verb app);
void add_backup(Verb app);
void add_runs(Verb app);
void add_note(Verb app);
void add_hooks_verb(Verb app);
void add_explain(Verb app);
void add_docs(Verb app);

// Adds `--on TYPE=COMMAND`, which may be given several times. Takes a reference to what lives as
// long as the verb.
void add_hook_option(Verb verb, std::vector<std::string>& hooks);

}  // namespace restorectl
