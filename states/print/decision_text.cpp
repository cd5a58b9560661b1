// Printing what decides; see the header.
#include "states/print/decision_text.hpp"

#include "states/engine/run_machine.hpp"
#include "states/engine/step_life.hpp"

namespace states {

namespace {

void print_rows(std::string& out, std::string_view machine, const std::vector<TableRow>& rows) {
  for (const TableRow& row : rows) {
    out += std::string(machine) + ": " + std::string(row.source) + " + " + std::string(row.event) +
           " -> " + std::string(row.target) + " / " + std::string(row.action) + "\n";
  }
}

void print_step(std::string& out, const core::PhaseSpec& phase, const core::StepSpec& step) {
  const auto number = [](auto value) { return std::to_string(value); };
  out += "step " + std::string(step.name) + ": danger " + std::string(core::name_of(step.danger)) +
         ", hosts " + std::string(core::name_of(phase.hosts)) + ", role " +
         number(static_cast<int>(step.role)) + ", where " + number(static_cast<int>(step.where)) +
         ", action " + number(static_cast<int>(step.action)) + ", act " +
         number(step.act_deadline_ms) + ", verify " + number(step.verify_deadline_ms) +
         ", patience " + number(step.link_patience_ms) + ", once " + number(step.once) +
         ", repeats " + number(step.repeats) + ", judge " + number(step.judge_version) + "\n";
}

// A run that has begun, of a cluster that does not exist.
core::RunState fixed_run(const Profile& profile, core::ApiSettings api) {
  core::RunStarted start;
  start.run_id = "20000101t000000000z-00000000";
  start.profile = profile.name;
  start.inventory.cluster = "cluster";
  start.inventory.recovery_host = "host-0";
  for (const char* name : {"host-0", "host-1", "host-2"}) {
    start.inventory.hosts.push_back({name, std::string(name) + ".test", name, {}});
  }
  start.inventory.api = std::move(api);
  start.backup = {"/backup",
                  {{"snapshot.db", std::string(64, 'a'), 1'000},
                   {"static_kuberesources.tar.gz", std::string(64, 'b'), 100}}};
  core::RunState run;
  run.note(core::Fact{1, 0, 1, start});
  return run;
}

void print_scripts(std::string& out, const Profile& profile, const core::RunState& run) {
  for (const core::PhaseSpec& phase : profile.phases) {
    for (const std::string& name : core::hosts_of(phase, run.start->inventory)) {
      const core::StepContext context{run, *core::find_host(run.start->inventory, name), 0};
      for (const core::StepSpec* step : phase.steps) {
        out += "look of " + std::string(step->name) + " on " + name + ":\n" + step->look(context);
        if (step->action == core::Action::none) continue;
        out += "act of " + std::string(step->name) + " on " + name + ":\n" + step->act(context);
        out += "\n";
      }
    }
  }
}

}  // namespace

std::string decision_text(const Profile& profile) {
  std::string out;
  print_rows(out, "run", profile.sequence_table());
  print_rows(out, "drive", run_drive_table());
  print_rows(out, "step", StepLife::table());
  for (const Phase& phase : profile.machines) {
    print_rows(out, phase.spec.name, phase.table());
    for (const core::StepSpec* step : phase.spec.steps) print_step(out, phase.spec, *step);
  }
  print_scripts(out, profile, fixed_run(profile, {core::ApiVia::recovery_host, "oc", ""}));
  print_scripts(out, profile,
                fixed_run(profile, {core::ApiVia::workstation, "kubectl", "/etc/kubeconfig"}));
  return out;
}

}  // namespace states
