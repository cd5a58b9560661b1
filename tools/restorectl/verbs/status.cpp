// status: what a second terminal may know, read from journal.jsonl, also while a run goes on.
#include "tools/restorectl/verbs/status.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"
#include "tools/restorectl/view/narrator.hpp"

namespace restorectl {

namespace {

struct StatusOptions {
  std::string run;
  std::string output = "text";
};

std::string code_of_hold(const core::StepState& held) {
  return text_of(code_of(states::kind_of_hold(held.hold, held.reason, held.remedy)));
}

}  // namespace

std::string_view activity(const KnownRun& run, int driver) {
  if (run.imported) return "imported";
  if (run.over()) return core::name_of(run.state.stage);
  if (driver == 0) {
    for (const auto& [name, host] : run.state.hosts) {
      const core::StepState* step = run.state.find(name, host.step);
      if (step != nullptr && step->stage == core::StepStage::held) return "held";
    }
    return run.state.stage == core::RunStage::stopped ? "stopped" : "interrupted";
  }
  return core::name_of(run.state.stage);
}

std::string current_phase(const core::RunState& state) {
  const std::size_t done = state.phases_finished.size();
  const auto phases = states::phases_of(state);
  return done < phases.size() ? std::string(phases[done].name) : "";
}

namespace {

// Now, by the clock of the run's journal.
std::int64_t journal_now_ms(const core::RunState& state) {
  return SystemClock().now_ms() - state.wall_ahead_ms;
}

boost::json::array absent_of(const core::RunState& state) {
  boost::json::array names;
  if (state.start == nullptr) return names;
  for (const core::AbsentHost& host : state.start->absent)
    names.push_back(boost::json::string(host.name));
  return names;
}

}  // namespace

boost::json::object to_json(const KnownRun& run, int driver) {
  const std::int64_t now_ms = journal_now_ms(run.state);
  boost::json::object hosts;
  for (const auto& [name, host] : run.state.hosts) {
    boost::json::object entry{{"step", host.step}, {"linkDown", host.link_down_since_ms > 0}};
    if (const core::StepState* step = run.state.find(name, host.step)) {
      entry["stage"] = core::name_of(step->stage);
      entry["since"] = core::iso_time(step->since_ms);
      entry["awaited"] = step->stage == core::StepStage::held
                             ? step->reason
                             : awaited_words(run.state, name, now_ms);
      entry["remedy"] = step->remedy;
      if (step->stage == core::StepStage::held) entry["code"] = code_of_hold(*step);
    }
    hosts[name] = std::move(entry);
  }
  boost::json::array findings;
  for (const std::string& finding : core::findings_of(run.state)) findings.emplace_back(finding);
  return {{"run", run.id},
          {"cluster", run.state.start == nullptr ? "" : run.state.start->inventory.cluster},
          {"activity", activity(run, driver)},
          {"driverPid", driver},
          {"phase", current_phase(run.state)},
          {"phasesFinished", run.state.phases_finished.size()},
          {"facts", run.state.facts},
          {"head", run.report.head.sha256},
          {"resumes", run.state.resumes},
          {"defect", run.report.defect},
          {"absent", absent_of(run.state)},
          {"findings", std::move(findings)},
          {"hosts", std::move(hosts)}};
}

namespace {

void print_text(const KnownRun& run, int driver) {
  const std::int64_t now_ms = journal_now_ms(run.state);
  const core::RunState& state = run.state;
  const std::vector<std::string> findings = core::findings_of(state);
  fmt::print("run      {}\ncluster  {}\nstate    {}{}{}\n", run.id,
             state.start == nullptr ? "?" : core::printable(state.start->inventory.cluster),
             activity(run, driver), findings_words(findings.size()),
             driver == 0 ? "" : fmt::format(", driven by process {}", driver));
  if (state.start != nullptr && !state.start->absent.empty())
    fmt::print("without  {}\n", core::printable(core::names_of(state.start->absent)));
  fmt::print("phase    {} ({} of {} finished)\n", current_phase(state),
             state.phases_finished.size(), states::phases_of(state).size());
  fmt::print("facts    {}, the last {} ago; {} resume(s)\n\n", state.facts,
             core::duration_words(std::max<std::int64_t>(0, now_ms - state.last_ms)),
             state.resumes);
  fmt::print("{:<14} {:<28} {:<10} {:<12} {}\n", "HOST", "STEP", "STAGE", "SINCE", "DETAIL");
  for (const auto& [name, host] : state.hosts) {
    const core::StepState* step = state.find(name, host.step);
    if (step == nullptr) {
      fmt::print("{:<14} -\n", name);
      continue;
    }
    std::string words = step->stage == core::StepStage::verified ? step->evidence
                        : step->stage == core::StepStage::held
                            ? code_of_hold(*step) + ": " + step->reason
                            : awaited_words(state, name, now_ms);
    fmt::print("{:<14} {:<28} {:<10} {:<12} {}\n", name, host.step, core::name_of(step->stage),
               core::duration_words(std::max<std::int64_t>(0, now_ms - step->since_ms)),
               core::printable(words));
    if (step->stage == core::StepStage::held)
      fmt::print("{:<14} remedy: {}\n", "", core::printable(step->remedy));
  }
  for (const std::string& finding : findings)
    fmt::print("{}finding: {}\n", &finding == findings.data() ? "\n" : "",
               core::printable(finding));
  std::uint64_t given_up = 0;
  for (const Hook& hook : hooks_of(run.id)) given_up += hook.given_up;
  if (given_up > 0)
    fmt::print("\nhooks: {} {} not delivered; `restorectl hooks {}` lists them\n", given_up,
               given_up == 1 ? "fact was" : "facts were", run.id);
  if (!run.over() && driver == 0) fmt::print("\nresume with: restorectl resume {}\n", run.id);
  if (state.stage == core::RunStage::finished && !state.start->absent.empty())
    fmt::print("\n{}\n", absent_words(state));
}

// A driver that died at once leaves a directory and no fact; there is nothing to tabulate.
void print_unbegun(const KnownRun& run, int driver) {
  fmt::print("run      {}\nstate    {}\nfacts    none {}\n", run.id, activity(run, driver),
             driver == 0 ? "in journal.jsonl" : "yet");
  if (driver == 0) fmt::print("\n`restorectl resume {}` shows whether it started\n", run.id);
}

Exit status(const StatusOptions& options) {
  const std::string run_id = choose_run(options.run);
  const KnownRun run = read_run(run_id);
  const int driver = driver_of(run_id);
  if (options.output == "json") {
    fmt::print("{}\n", boost::json::serialize(to_json(run, driver)));
  } else if (run.state.facts == 0 && run.report.defect.empty()) {
    print_unbegun(run, driver);
  } else {
    print_text(run, driver);
  }
  if (!run.report.defect.empty())
    throw Failure(Code::journal_damaged,
                  fmt::format("the journal of run {} is damaged: {}. `restorectl journal recover "
                              "{}` replaces it with the hosts' newest copy",
                              run.id, run.report.defect, run.id));
  return Exit::done;
}

}  // namespace

void add_status(Verb app) {
  auto options = std::make_shared<StatusOptions>();
  Verb verb = app.verb("status", "Show the state of a run, also while it is running");
  verb.option("run", options->run, "The run ID or a prefix of it; default: the newest run");
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.footer(
      "Examples:\n  restorectl status\n  watch -n 2 restorectl status\n  restorectl status -o json "
      "| jq .phase\n");
  verb.does([options] { return status(*options); });
}

}  // namespace restorectl
