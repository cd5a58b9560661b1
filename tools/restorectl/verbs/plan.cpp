// plan: every command, host by host, with its danger, from the very steps that start runs.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/input/absent_hosts.hpp"
#include "tools/restorectl/input/backup_proof.hpp"
#include "tools/restorectl/input/inventory_file.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct PlanOptions {
  std::string inventory = "inventory.yaml";
  std::string backup;
  std::vector<std::string> accepted;
  std::vector<std::string> without;
  std::string output = "text";
};

constexpr const char* kFooter =
    "Examples:\n"
    "  restorectl plan -i inventory.yaml --backup ./backup\n"
    "  restorectl plan -i inventory.yaml -o json | jq '.[] | select(.danger == "
    "\"irreversible\")'\n\n"
    "A small inventory.yaml:\n"
    "  cluster: prod-1\n"
    "  recoveryHost: master-0\n"
    "  hosts:\n"
    "    - name: master-0\n"
    "      address: 192.0.2.11\n"
    "    - name: master-1\n"
    "      address: 192.0.2.12\n"
    "    - name: master-2\n"
    "      address: 192.0.2.13\n";

std::string indented(const std::string& script) {
  std::string text;
  std::size_t start = 0;
  while (start < script.size()) {
    const std::size_t end = std::min(script.find('\n', start), script.size());
    text += "        " + script.substr(start, end - start) + "\n";
    start = end + 1;
  }
  return text;
}

core::RunState planned_state(const PlanOptions& options) {
  core::RunStarted start;
  start.run_id = "RUN";
  start.profile = states::newest_profile().name;
  const core::Inventory whole = read_inventory(options.inventory);
  start.inventory = whole;
  start.absent = take_out(start.inventory, options.without);
  if (!options.backup.empty())
    start.backup = proven_backup(options.backup, options.accepted, whole);
  core::RunState state;
  state.note(core::Fact{1, 0, 1, start});
  return state;
}

std::string command_of(const core::StepSpec& step, const core::StepContext& context) {
  if (step.action == core::Action::none) return step.look(context);
  if (step.action == core::Action::job) return step.act(context);
  const core::BackupManifest& backup = context.start().backup;
  const bool on_host = core::read_backup_place(backup.directory).on_host();
  std::string text = (on_host ? "copy on the host, from " + backup.directory + " into "
                              : std::string("copy into ")) +
                     step.act(context) + ":\n";
  for (const core::BackupFile& file : backup.files) {
    text += fmt::format("{}  {} bytes  sha256 {}\n", file.name, file.size_bytes, file.sha256);
  }
  return text;
}

std::string deadlines_of(const core::StepSpec& step, const core::Timing& timing) {
  const auto words = [&](std::int64_t own_ms) {
    return core::duration_words(core::deadline_ms(step, own_ms, timing));
  };
  const std::string verify = words(step.verify_deadline_ms);
  if (step.action == core::Action::none) return verify;
  return fmt::format("{} for the command, then {} for the check", words(step.act_deadline_ms),
                     verify);
}

void print_text(const core::RunState& state) {
  const core::Inventory& inventory = state.start->inventory;
  fmt::print("Plan for cluster {}: recovery host {}. RUN stands for the run ID.\n",
             inventory.cluster, inventory.recovery_host);
  std::size_t phase_number = 0;
  const states::Profile& profile = *states::profile_of(state);
  fmt::print("It follows profile {}, for OKD and OpenShift {}.\n", profile.name, profile.releases);
  if (!state.start->absent.empty())
    fmt::print("It is without {}: they must be powered off and stay off.\n",
               core::names_of(state.start->absent));
  for (const core::UnsettledOperator& unsettled : state.start->backup.content.unsettled)
    fmt::print("note: {}\n", words_of(unsettled));
  if (!state.start->backup.content.unsettled.empty()) {
    fmt::print(
        "note: operators that were degraded or not available then, and still are at the end, are "
        "findings: the run does not wait for them\n");
  }
  for (const core::PhaseSpec& phase : profile.phases) {
    if (phase_number == profile.phases_before_gate) {
      fmt::print(
          "\n==== gate: the operator confirms with the cluster name; no step before it stops "
          "anything ====\n");
    }
    fmt::print("\n{}. {} ({})\n", ++phase_number, phase.title, phase.name);
    const std::vector<std::string> hosts = core::hosts_of(phase, inventory);
    if (hosts.empty()) fmt::print("    (no host)\n");
    for (const std::string& name : hosts) {
      const core::StepContext context{state, *core::find_host(inventory, name), 0};
      for (const core::StepSpec* step : phase.steps) {
        fmt::print("    {} on {}: {} [{}]{}\n      {}\n{}", step->name,
                   core::via_of(*step, inventory, name), step->source, core::name_of(step->danger),
                   step->once ? " [runs once]" : "", step->purpose,
                   indented(command_of(*step, context)));
        fmt::print("      deadline: {}\n", deadlines_of(*step, inventory.timing));
        if (!step->undo.empty()) fmt::print("      undo: {}\n", step->undo);
        if (!step->no_undo.empty()) fmt::print("      no undo: {}\n", step->no_undo);
      }
    }
  }
}

void print_json(const core::RunState& state) {
  const core::Inventory& inventory = state.start->inventory;
  boost::json::array list;
  for (const core::PhaseSpec& phase : states::phases_of(state)) {
    for (const std::string& name : core::hosts_of(phase, inventory)) {
      const core::StepContext context{state, *core::find_host(inventory, name), 0};
      for (const core::StepSpec* step : phase.steps) {
        list.push_back(
            {{"phase", phase.name},
             {"host", core::via_of(*step, inventory, name)},
             {"step", step->name},
             {"source", step->source},
             {"danger", core::name_of(step->danger)},
             {"once", step->once},
             {"command", command_of(*step, context)},
             {"witness", step->look(context)},
             {"actDeadlineMs", core::deadline_ms(*step, step->act_deadline_ms, inventory.timing)},
             {"verifyDeadlineMs",
              core::deadline_ms(*step, step->verify_deadline_ms, inventory.timing)},
             {"undo", step->undo}});
      }
    }
  }
  fmt::print("{}\n", boost::json::serialize(list));
}

}  // namespace

void add_plan(Verb app) {
  auto options = std::make_shared<PlanOptions>();
  Verb verb = app.verb("plan", "Print every command of a restore; change nothing");
  verb.option("-i,--inventory", options->inventory, "The inventory of the cluster").shows_default();
  verb.option(
      "-b,--backup", options->backup,
      "The backup directory, here or HOST:DIRECTORY on the recovery host; shows what is copied");
  verb.option("--accept", options->accepted, "The name of a backup defect to accept")
      .type_name("NAME");
  verb.option("--without", options->without,
              "A control-plane host that is gone for good, as for start")
      .type_name("HOST")
      .one_value();
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.footer(kFooter);
  verb.does([options] {
    const core::RunState state = planned_state(*options);
    options->output == "json" ? print_json(state) : print_text(state);
    return Exit::done;
  });
}

}  // namespace restorectl
