// resume: replay the journal without doing anything, then go on exactly where it ended.
#include "tools/restorectl/verbs/resume.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/redact.hpp"
#include "core/replay.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "states/steps/verify_members.hpp"
#include "tools/restorectl/hooks/hook_option.hpp"
#include "tools/restorectl/run/notes.hpp"
#include "tools/restorectl/run/profile_digest.hpp"
#include "tools/restorectl/run/run_loop.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

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
          profile_to_drive(*started);
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
    throw Failure(Code::run_is_over, fmt::format("run {} is {}; there is nothing to resume", run_id,
                                                 core::name_of(state.stage)));
  }
}

namespace {

struct ResumeOptions {
  std::string run;
  std::string run_again;
  std::vector<std::string> hooks;
  bool yes = false;
  bool take_back = false;
  std::vector<std::string> end_with_findings;  // the reason; none where it is not asked for
};

// The reason as it is journaled; empty where the run is not to end with findings. Throws Failure.
std::string reason_of(const ResumeOptions& options) {
  if (options.end_with_findings.empty()) return {};
  const std::string& reason = options.end_with_findings.front();
  const bool said =
      std::any_of(reason.begin(), reason.end(), [](unsigned char c) { return c > ' '; });
  if (options.end_with_findings.size() > 1 || !said || reason.size() > kNoteTextMax) {
    throw Failure(
        Code::findings_refused,
        fmt::format("--end-with-findings takes one reason, of 1 to {} bytes", kNoteTextMax));
  }
  return core::Redactor().text(core::clean_utf8(reason));
}

// What is awaited before is part of the restore, and no reason makes it a finding.
void refuse_unless_at_operators(const core::RunState& state, const std::string& run_id) {
  constexpr std::string_view last = states::kOperatorsSettled.name;
  std::string where;
  for (const auto& [name, host] : state.hosts) {
    const core::StepState* step = state.find(name, host.step);
    if (step == nullptr || step->stage == core::StepStage::verified) continue;
    if (host.step == last) return;
    where += fmt::format("{}{} at {}", where.empty() ? "" : ", ", name, host.step);
  }
  throw Failure(
      Code::findings_refused,
      fmt::format("run {} is not at the step {}{}; resume it without "
                  "--end-with-findings first",
                  run_id, last, where.empty() ? "" : " (" + core::printable(where) + ")"));
}

Exit resume(const ResumeOptions& options) {
  const std::string run_id = choose_run(options.run);
  for (const std::string& hook : options.hooks) read_hook(hook);
  const std::string reason = reason_of(options);
  Reopened run =
      reopen(run_id, options.take_back ? journal::LostTail::recover : journal::LostTail::refuse);
  const core::RunState& state = run.machine->state();
  if (!options.run_again.empty() &&
      core::find_step(states::phases_of(state), options.run_again) == nullptr) {
    throw Failure(Code::no_such_step, fmt::format("no step '{}'; `restorectl plan` lists the steps",
                                                  core::printable(options.run_again)));
  }
  // A driver may be killed right behind its last fact: whoever resumes until it is done, is done.
  if (state.stage == core::RunStage::finished) {
    fmt::print("run {} is finished; nothing to do\n", run_id);
    return Exit::done;
  }
  refuse_if_over(state, run_id);
  if (!reason.empty()) refuse_unless_at_operators(state, run_id);
  const ClusterLock lock(state.start->inventory.cluster);
  fmt::print("run {}: {} facts replayed, all decisions match; resuming\n", run_id, state.facts);
  return drive(std::move(run.machine), *run.journal,
               core::ResumeAsked{whoami(), RESTORECTL_VERSION, options.run_again, true, reason},
               {options.yes, options.hooks});
}

}  // namespace

Exit resume_run(const std::string& run_id, const LoopOptions& options) {
  return resume({run_id, "", options.hooks, options.assume_yes, false, {}});
}

void add_resume(Verb app) {
  auto options = std::make_shared<ResumeOptions>();
  Verb verb = app.verb("resume", "Resume an interrupted, stopped or held run");
  verb.option("run", options->run,
              "The run ID or a prefix of it; default: the newest unfinished run");
  verb.flag("-y,--yes", options->yes, "Do not ask for confirmation before etcd is stopped");
  verb.option("--run-again", options->run_again,
              "Allow the command of this step to run again. Check the host first");
  verb.flag("--take-back", options->take_back,
            "If the database has lost its last facts, recover them from journal.jsonl");
  verb.option("--end-with-findings", options->end_with_findings,
              "End the run although cluster operators have not settled, for this reason; what has "
              "not settled is listed. Only at the step operators-settled")
      .type_name("REASON")
      .one_value();
  add_hook_option(verb, options->hooks);
  verb.footer(
      "Examples:\n"
      "  restorectl resume\n"
      "  restorectl resume 20261123t101500123z-4f2a91c0\n"
      "  restorectl resume --end-with-findings \"ingress waits for its load balancer\"\n\n"
      "A run that finishes with findings has restored the cluster: the exit code is 0, as for one "
      "without.\n");
  verb.does([options] { return resume(*options); });
}

}  // namespace restorectl
