// Printing tables; see the header.
#include "states/print/table_export.hpp"

#include "states/profiles/procedure.hpp"
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

std::string tables_text() {
  std::string out;
  print_rows(out, "run", run_phases_table());
  print_rows(out, "drive", run_drive_table());
  print_rows(out, "step", StepLife::table());
  for (const Phase& phase : procedure()) {
    print_rows(out, phase.spec.name, phase.table());
    for (const core::StepSpec* step : phase.spec.steps) {
      out += "step " + std::string(step->name) + " " + std::string(core::name_of(step->danger)) +
             " " + std::string(core::name_of(phase.spec.hosts)) + " act " +
             std::to_string(step->act_deadline_ms) + " verify " +
             std::to_string(step->verify_deadline_ms) + (step->once ? " once" : "") +
             (step->repeats ? " repeats" : "") + "\n";
    }
  }
  return out;
}

std::string diagrams_markdown() {
  std::string out =
      "# The machines\n\nPrinted from the transition tables by `restorectl docs diagrams`; a test "
      "compares. "
      "A state whose name begins with H is the held state of the step behind it.\n";
  print_diagram(out, "The run: which phase", run_phases_table());
  print_diagram(out, "The run: who drives it", run_drive_table());
  print_diagram(out, "A step's life, the same for every step", StepLife::table());
  for (const Phase& phase : procedure()) {
    print_diagram(out, std::string("Phase ") + std::string(phase.spec.name), phase.table());
  }
  return out;
}

std::string steps_markdown() {
  std::string out =
      "| phase | step | from | on | danger | what it does | how it is taken back |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Phase& phase : procedure()) {
    for (const core::StepSpec* step : phase.spec.steps) {
      const std::string_view undo = step->undo.empty() ? step->no_undo : step->undo;
      out += "| " + std::string(phase.spec.name) + " | `" + std::string(step->name) + "` | " +
             std::string(step->source) + " | " + std::string(core::name_of(phase.spec.hosts)) +
             " | " + std::string(core::name_of(step->danger)) + " | " + std::string(step->purpose) +
             " | " + (undo.empty() ? std::string("nothing to take back") : std::string(undo)) +
             " |\n";
    }
  }
  return out;
}

}  // namespace states
