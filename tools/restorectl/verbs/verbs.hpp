// The verbs of the command line, one .cpp each. Invariant: a verb that only looks (plan, status,
// replay, report, diff, export, verify, runs, backup, explain, docs) changes nothing, on no host
// and in no journal.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/run/run_loop.hpp"

namespace restorectl {

// Each adds its subcommand; `chosen` is set to what the parsed command line asks for.
using Action = std::function<Exit()>;
void add_plan(CLI::App& app, Action& chosen);
void add_start(CLI::App& app, Action& chosen);
void add_resume(CLI::App& app, Action& chosen);
void add_status(CLI::App& app, Action& chosen);
void add_replay(CLI::App& app, Action& chosen);
void add_report(CLI::App& app, Action& chosen);
void add_diff(CLI::App& app, Action& chosen);
void add_export(CLI::App& app, Action& chosen);
void add_verify(CLI::App& app, Action& chosen);
void add_import(CLI::App& app, Action& chosen);
void add_abandon(CLI::App& app, Action& chosen);
void add_adopt(CLI::App& app, Action& chosen);
void add_journal(CLI::App& app, Action& chosen);
void add_backup(CLI::App& app, Action& chosen);
void add_runs(CLI::App& app, Action& chosen);
void add_note(CLI::App& app, Action& chosen);
void add_hooks_verb(CLI::App& app, Action& chosen);
void add_explain(CLI::App& app, Action& chosen);
void add_docs(CLI::App& app, Action& chosen);

// Adds `--on TYPE=COMMAND`, which may be given several times. Takes a reference to what lives as
// long as the verb.
void add_hook_option(CLI::App* verb, std::vector<std::string>& hooks);

// Goes on with a run, as `restorectl resume RUN` does.
Exit resume_run(const std::string& run_id, const LoopOptions& options);

}  // namespace restorectl
