// abandon: end a run for good; the hosts are set free, and nothing else there is touched.
#include <fmt/format.h>

#include <algorithm>

#include "core/redact.hpp"
#include "core/text.hpp"
#include "tools/restorectl/hooks/hook_launch.hpp"
#include "tools/restorectl/input/host_connection.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/resume.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

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
    fmt::print(
        "run `restorectl abandon {} --reason …` again once they are reachable; until then they "
        "refuse other runs\n",
        run_id);
  }
  fmt::print(
      "run {} is abandoned. Its changes on the hosts remain; `restorectl replay {}` lists them.\n",
      run_id, run_id);
  return Exit::done;
}

}  // namespace

void add_abandon(Verb app) {
  auto options = std::make_shared<AbandonOptions>();
  Verb verb = app.verb(
      "abandon", "End an unfinished run for good and release its hosts; change nothing else there");
  verb.option("run", options->run, "The run ID or a prefix of it").required();
  verb.option("--reason", options->reason, "The reason; it is written to the journal").required();
  verb.footer(
      "Example:\n  restorectl abandon 20261123t101500z --reason \"the backup is of another "
      "cluster\"\n");
  verb.does([options] { return abandon(*options); });
}

}  // namespace restorectl
