// resume: replay the journal without doing anything, then go on exactly where it ended.
// abandon: end a run for good; the hosts are set free, and nothing else there is touched.
#include <fmt/format.h>

#include "core/driver.hpp"
#include "core/redact.hpp"
#include "core/text.hpp"
#include "states/profiles/procedure.hpp"
#include "states/engine/run_machine.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/input/host_line.hpp"
#include "tools/restorectl/run/run_loop.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct Reopened {
  std::unique_ptr<journal::Store> journal;
  std::unique_ptr<core::Machine> machine;
};

// Opens the journal, verifies it, and lets today's machine decide anew upon every fact.
Reopened reopen(const std::string& run_id, journal::LostTail lost_tail) {
  refuse_imported(run_id);
  core::Replayer replayer(states::make_run_machine());
  Reopened reopened;
  bool first = true;
  reopened.journal = journal::Store::open(
      run_directory(run_id),
      [&](const core::Record& record) {
        if (const auto* started = std::get_if<core::RunStarted>(&record.fact.body);
            first && started != nullptr) {
          if (started->tables_digest != tables_digest()) {
            throw Failure(
                Code::other_tables,
                fmt::format(
                    "run {} was begun by restorectl {} with other transition tables ({:.12}…, "
                    "today's "
                    "are {:.12}…): going on with these could decide otherwise. Go on with that "
                    "version; `restorectl replay {}` shows where it stands",
                    run_id, core::printable(started->tool_version),
                    core::printable(started->tables_digest), tables_digest(), run_id));
          }
        }
        first = false;
        replayer.feed(record);
      },
      lost_tail);
  for (const std::string& notice : reopened.journal->notices()) fmt::print("note: {}\n", notice);
  reopened.machine = replayer.take();
  return reopened;
}

void refuse_if_over(const core::RunState& state, const std::string& run_id) {
  if (state.stage == core::RunStage::finished || state.stage == core::RunStage::abandoned) {
    throw Failure(Code::run_is_over, fmt::format("run {} is {}; there is nothing to go on with",
                                                 run_id, core::name_of(state.stage)));
  }
}

struct ResumeOptions {
  std::string run;
  std::string run_again;
  std::vector<std::string> hooks;
  bool yes = false;
  bool take_back = false;
};

Exit resume(const ResumeOptions& options) {
  const std::string run_id = choose_run(options.run);
  for (const std::string& hook : options.hooks) read_hook(hook);
  if (!options.run_again.empty() &&
      core::find_step(states::phase_specs(), options.run_again) == nullptr) {
    throw Failure(Code::no_such_step,
                  fmt::format("there is no step '{}'; `restorectl plan` lists them",
                              core::printable(options.run_again)));
  }
  Reopened run =
      reopen(run_id, options.take_back ? journal::LostTail::take_back : journal::LostTail::refuse);
  const core::RunState& state = run.machine->state();
  // A driver may be killed right behind its last fact: whoever resumes until it is done, is done.
  if (state.stage == core::RunStage::finished) {
    fmt::print("run {} is finished; there is nothing left to do\n", run_id);
    return Exit::done;
  }
  refuse_if_over(state, run_id);
  const ClusterLock lock(state.start->inventory.cluster);
  fmt::print("run {}: {} facts replayed, the machine decides as before; going on\n", run_id,
             state.facts);
  return drive(std::move(run.machine), *run.journal,
               core::ResumeAsked{whoami(), RESTORECTL_VERSION, options.run_again},
               {options.yes, options.hooks});
}

struct AbandonOptions {
  std::string run;
  std::string reason;
};

void note_abandonment(Reopened& run, const std::string& reason) {
  const core::RunState& known = run.machine->state();
  const core::Fact fact{
      known.facts + 1, std::max(SystemClock().now_ms(), known.last_ms), known.owner.epoch,
      core::RunAbandoned{whoami(), core::Redactor().text(core::clean_utf8(reason))}};
  const core::Decision decision = run.machine->apply(fact);
  if (decision.refusal) throw Failure(Code::run_is_over, *decision.refusal);
  run.journal->append({fact, decision.effects});
  ensure_delivery(known.start->run_id);
}

// True where some host may obey the run: a command of it may have begun somewhere.
bool owns_hosts(const core::RunState& state) {
  return std::any_of(state.hosts.begin(), state.hosts.end(), [](const auto& host) {
    return std::any_of(host.second.steps.begin(), host.second.steps.end(),
                       [](const auto& step) { return step.second.attempts > 0; });
  });
}

Exit abandon(const AbandonOptions& options) {
  const std::string run_id = choose_run(options.run);
  Reopened run = reopen(run_id, journal::LostTail::refuse);
  const core::RunState& state = run.machine->state();
  // Once more for one that is abandoned: a host could not be reached the first time.
  if (state.stage != core::RunStage::abandoned) {
    refuse_if_over(state, run_id);
    note_abandonment(run, options.reason);
  }
  const std::string lines = journal::mirror_path(run_directory(run_id)).string();
  if (owns_hosts(state) && !release_hosts(state.start->inventory, state.owner, lines)) {
    fmt::print("say it again when they can be reached; until then they refuse other runs\n");
  }
  fmt::print(
      "run {} is abandoned. What it changed on the hosts stays as it is; `restorectl replay {}` "
      "lists it.\n",
      run_id, run_id);
  return Exit::done;
}

}  // namespace

Exit resume_run(const std::string& run_id, const LoopOptions& options) {
  return resume({run_id, "", options.hooks, options.assume_yes, false});
}

void add_resume(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<ResumeOptions>();
  CLI::App* verb =
      app.add_subcommand("resume", "Go on with a run that was cut off, stopped or held");
  verb->add_option("run", options->run,
                   "The run's id or its beginning; the newest unfinished one by default");
  verb->add_flag("-y,--yes", options->yes,
                 "Do not ask for the cluster's name before etcd is stopped");
  verb->add_option(
      "--run-again", options->run_again,
      "Let this step's command run once more, although it ran before. Look at the host first");
  verb->add_flag("--take-back", options->take_back,
                 "Where the database has lost its last facts, take them back from journal.jsonl");
  add_hook_option(verb, options->hooks);
  verb->footer(
      "Examples:\n"
      "  restorectl resume\n"
      "  restorectl resume 20261123t101500123z-4f2a91c0\n");
  verb->callback([options, &chosen] { chosen = [options] { return resume(*options); }; });
}

void add_abandon(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<AbandonOptions>();
  CLI::App* verb = app.add_subcommand(
      "abandon",
      "End an unfinished run for good, and set its hosts free; changes nothing else there");
  verb->add_option("run", options->run, "The run's id or its beginning")->required();
  verb->add_option("--reason", options->reason, "Why; it is written to the journal")->required();
  verb->footer(
      "Example:\n  restorectl abandon 20261123t101500z --reason \"the backup was of another "
      "cluster\"\n");
  verb->callback([options, &chosen] { chosen = [options] { return abandon(*options); }; });
}

}  // namespace restorectl
