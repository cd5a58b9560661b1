// Printing tables; see the header.
#include "states/print/table_export.hpp"

#include "states/engine/run_machine.hpp"
#include "states/engine/step_life.hpp"

namespace states {

namespace {

std::string mermaid_id(std::string_view state) {
  std::string id;
  for (const char c : state) id += c == '-' ? '_' : c == '!' ? 'H' : c;
  return id;
}

void print_diagram(std::string& out, std::string_view title, const std::vector<TableRow>& rows) {
  out += "\n## " + std::string(title) + "\n\n```mermaid\nstateDiagram-v2\n";
  for (const TableRow& row : rows) {
    if (row.source.starts_with('!')) continue;
    const std::string target = mermaid_id(row.target);
    out += "  " + mermaid_id(row.source) + " --> " + target + ": " + std::string(row.event);
    if (!row.action.empty()) out += " / " + std::string(row.action);
    out += "\n";
  }
  for (const TableRow& row : rows) {
    if (!row.source.starts_with('!')) continue;
    out += "  " + mermaid_id(row.source) + " --> " + mermaid_id(row.target) + ": " +
           std::string(row.event) + " / " + std::string(row.action) + "\n";
  }
  out += "```\n";
}

}  // namespace

std::string diagrams_markdown(const Profile& profile) {
  std::string out = "# The machines\n\nProfile " + std::string(profile.name) +
                    ". Generated from the transition tables by `restorectl docs diagrams`; a test "
                    "compares. A state whose name starts with H is the held state of the step "
                    "whose name follows.\n";
  print_diagram(out, "The run: phases", profile.sequence_table());
  print_diagram(out, "The run: driver", run_drive_table());
  print_diagram(out, "A step's life, the same for every step", StepLife::table());
  for (const Phase& phase : profile.machines) {
    print_diagram(out, std::string("Phase ") + std::string(phase.spec.name), phase.table());
  }
  return out;
}

std::string steps_markdown(const Profile& profile) {
  std::string out =
      "| phase | step | source | hosts | danger | purpose | undo |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const core::PhaseSpec& phase : profile.phases) {
    for (const core::StepSpec* step : phase.steps) {
      std::string undo = step->undo.empty() ? "not needed" : std::string(step->undo);
      if (!step->no_undo.empty()) undo = "none: " + std::string(step->no_undo);
      out += "| " + std::string(phase.name) + " | `" + std::string(step->name) + "` | " +
             std::string(step->source) + " | " + std::string(core::name_of(phase.hosts)) + " | " +
             std::string(core::name_of(step->danger)) + " | " + std::string(step->purpose) + " | " +
             undo + " |\n";
    }
  }
  return out;
}

}  // namespace states
