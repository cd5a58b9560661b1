// Printing the model; see the header. Its danger: a row that is left out is a promise that is
// proved of another machine. Every name is therefore looked up among those that have a meaning.
#include "states/print/promela.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

#include "states/engine/run_machine.hpp"
#include "states/engine/step_life.hpp"
#include "states/print/promela_text.hpp"

namespace states {

namespace {

using Names = std::vector<std::string>;

// "!copy-backup" is the held state of copy-backup.
std::string word_of(std::string_view name) {
  std::string word = name.starts_with('!') ? "held_" : "";
  for (const char c : name) {
    if (c != '!') word += c == '-' ? '_' : c;
  }
  return word;
}

// The names that the model defines for a table, and how it spells them.
struct Meaning {
  std::string_view table;    // its name in error messages
  std::string state_prefix;  // "life_"
  std::string event_prefix;  // "step_ev_"
  std::string state_var;     // "mem.life_at[g]"
  std::string event_var;     // "step_event"
  std::string action_var;    // "step_action"
  Names states;
  Names events;
  Names actions;
};

const std::string& known(const Names& names, std::string_view name, std::string_view table,
                         std::string_view what) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return *at;
  throw std::invalid_argument("the model does not define " + std::string(what) + " '" +
                              std::string(name) + "' of the " + std::string(table) +
                              " table: add it to states/print/promela_text.hpp");
}

void print_names(std::string& out, const std::string& type, const std::string& prefix,
                 const Names& names) {
  out += "mtype:" + type + " = {";
  std::string line;
  for (const std::string& name : names) {
    const std::string word = prefix + word_of(name) + (&name == &names.back() ? "" : ",");
    if (line.size() + word.size() > 90) {
      out += "\n " + line;
      line.clear();
    }
    line += " " + word;
  }
  out += "\n " + line + " };\n";
}

// A row is an option of one `if`; an event that no row takes is refused.
void print_rows(std::string& out, const Meaning& meaning, const std::vector<TableRow>& rows,
                const std::string& indent) {
  out += indent + "if\n";
  for (const TableRow& row : rows) {
    const std::string& source = known(meaning.states, row.source, meaning.table, "state");
    const std::string& event = known(meaning.events, row.event, meaning.table, "event");
    const std::string& target = known(meaning.states, row.target, meaning.table, "state");
    out += indent + ":: " + meaning.state_var + " == " + meaning.state_prefix + word_of(source) +
           " && " + meaning.event_var + " == " + meaning.event_prefix + word_of(event) + " -> ";
    out += meaning.state_var + " = " + meaning.state_prefix + word_of(target);
    if (!row.action.empty()) {
      out += "; " + meaning.action_var + " = do_" +
             known(meaning.actions, row.action, meaning.table, "action");
    }
    // The step that it begins is the one that the row leads to.
    if (row.action == "BeginStep") out += "; mem.step[g] = step_" + word_of(target);
    out += "\n";
  }
  out += indent + ":: else -> assert(false)  /* refused: never */\n" + indent + "fi";
}

void print_table(std::string& out, const std::string& name, const Meaning& meaning,
                 const std::vector<TableRow>& rows) {
  out += "\ninline " + name + "() {\n  if\n  :: " + meaning.event_var +
         " == none -> skip\n  :: " + meaning.event_var + " != none ->\n";
  print_rows(out, meaning, rows, "     ");
  out += "\n  fi\n}\n";
}

Meaning run_meaning(const ModelSource& source) {
  Meaning meaning{"run's", "run_", "run_ev_", "mem.run_at", "run_event", "run_action", {}, {}, {}};
  meaning.states = {"unstarted", "gate", "all-done", "finished"};
  for (const auto& phase : source.phases) meaning.states.emplace_back(phase.spec.name);
  meaning.events = {"RunStarted", "PhaseFinished", "Confirmed",
                    "Declined",   "ResumeAsked",   "RunFinished"};
  meaning.actions = {"EnterPhase", "AskOperator"};
  return meaning;
}

Meaning drive_meaning() {
  return {"drive's",
          "drive_",
          "drive_ev_",
          "mem.drive_at",
          "drive_event",
          "",
          {"driven", "stopped", "done", "abandoned"},
          {"StopAsked", "ResumeAsked", "RunFinished", "RunAbandoned", "Adopted"},
          {}};
}

Meaning step_meaning() {
  return {"step's",
          "life_",
          "step_ev_",
          "mem.life_at[g]",
          "step_event",
          "step_action",
          {"Idle", "Looking", "Acting", "Settling", "Held", "Done"},
          {"Begun", "Holds", "NotYet", "NeedsAct", "Wrong", "Expired", "Progressed", "Succeeded",
           "Failed", "NeverBegan", "StillRunning", "Vanished", "CopyCut", "LinkLost", "LinkRefused",
           "Ticked", "StopAsked", "ResumedInDoubt", "ResumedClear"},
          {"Look", "LookAgain", "LookFresh", "Act", "Follow", "Settle", "WaitForLink"}};
}

// The lanes of all phases share their names: a step's name is unique in the procedure.
Meaning lane_meaning(std::span<const ModelSource::PhaseRows> phases) {
  Meaning meaning{"phase's", "lane_", "lane_ev_", "mem.lane_at[g]", "lane_event", "lane_action",
                  {},        {},      {}};
  meaning.states = {"Waiting", "Finished"};
  for (const auto& phase : phases) {
    for (const core::StepSpec* step : phase.spec.steps) {
      meaning.states.emplace_back(step->name);
      meaning.states.push_back("!" + std::string(step->name));
    }
  }
  meaning.events = {"LaneBegun", "StepVerified", "StepHeld",
                    "StepFact",  "StopAsked",    "ResumeAsked"};
  meaning.actions = {"BeginStep", "PassOn", "HaltStep", "ResumeStep"};
  return meaning;
}

// Prints `#define name(s)` as true for the steps that `is` picks.
template <class Is>
void print_steps_that(std::string& out, const ModelSource& source, const std::string& name, Is is) {
  std::string any;
  for (const auto& phase : source.phases) {
    for (const core::StepSpec* step : phase.spec.steps) {
      if (!is(*step)) continue;
      any += (any.empty() ? "" : " || \\\n   ") + ("s == step_" + word_of(step->name));
    }
  }
  out += "#define " + name + "(s) (" + (any.empty() ? "false" : any) + ")\n";
}

bool on_recovery(core::HostSet hosts) { return hosts != core::HostSet::others; }
bool on_others(core::HostSet hosts) { return hosts != core::HostSet::recovery; }

void print_phases(std::string& out, const ModelSource& source) {
  std::string names;
  std::string lanes;
  for (std::size_t i = 0; i < source.phases.size(); ++i) {
    const core::PhaseSpec& spec = source.phases[i].spec;
    const std::string number = "p == " + std::to_string(i + 1);
    names += (i == 0 ? "" : " || \\\n   ") + ("(" + number + " && at == run_") +
             word_of(spec.name) + ")";
    lanes += (i == 0 ? "" : " || \\\n   ") + ("(" + number) +
             (on_recovery(spec.hosts) ? "" : " && g > 0") +
             (on_others(spec.hosts) ? "" : " && g == 0") + ")";
  }
  out += "#define PHASES_BEFORE_GATE " + std::to_string(source.phases_before_gate) +
         "\n#define is_phase(p, at) (" + names + ")\n#define has_lane(p, g) (" + lanes + ")\n";
}

// For each command: how many steps must be verified before it, on its own host (`me`) and on all.
void print_dues(std::string& out, const ModelSource& source) {
  out += "\ninline due_before_command() {\n  if\n";
  std::size_t recovery = 0;
  std::size_t other = 0;
  for (const auto& phase : source.phases) {
    for (std::size_t i = 0; i < phase.spec.steps.size(); ++i) {
      const core::StepSpec& step = *phase.spec.steps[i];
      if (step.action == core::Action::none) continue;
      out += "  :: command == step_" + word_of(step.name) + " -> due_here = (me == 0 -> " +
             std::to_string(recovery + i) + " : " + std::to_string(other + i) +
             "); due_recovery = " + std::to_string(recovery) +
             "; due_other = " + std::to_string(other) + "\n";
    }
    recovery += on_recovery(phase.spec.hosts) ? phase.spec.steps.size() : 0;
    other += on_others(phase.spec.hosts) ? phase.spec.steps.size() : 0;
  }
  out += "  :: else -> assert(false)  /* a step that only reads has a command: never */\n  fi\n}\n";
  out += "#define complete(g) (disk.verified[g] == (g == 0 -> " + std::to_string(recovery) + " : " +
         std::to_string(other) + "))\n";
}

// A lane is held where its state is a step's held one.
void print_held(std::string& out, const Meaning& lane) {
  std::string any;
  for (const std::string& state : lane.states) {
    if (!state.starts_with('!')) continue;
    any += (any.empty() ? "" : " || \\\n   ") + ("mem.lane_at[g] == lane_" + word_of(state));
  }
  out += "#define lane_is_held(g) (" + any + ")\n";
}

void print_vocabulary(std::string& out, const ModelSource& source) {
  const Meaning run = run_meaning(source);
  const Meaning drive = drive_meaning();
  const Meaning lane = lane_meaning(source.phases);
  const Meaning step = step_meaning();
  print_names(out, "run_at", run.state_prefix, run.states);
  print_names(out, "run_ev", run.event_prefix, run.events);
  print_names(out, "drive_at", drive.state_prefix, drive.states);
  print_names(out, "drive_ev", drive.event_prefix, drive.events);
  print_names(out, "lane_at", lane.state_prefix, lane.states);
  print_names(out, "lane_ev", lane.event_prefix, lane.events);
  print_names(out, "life_at", step.state_prefix, step.states);
  print_names(out, "step_ev", step.event_prefix, step.events);
  Names steps;
  for (const auto& phase : source.phases) {
    for (const core::StepSpec* spec : phase.spec.steps) steps.emplace_back(spec->name);
  }
  print_names(out, "step", "step_", steps);
  out += "\n";
  print_held(out, lane);
  using core::StepSpec;
  print_steps_that(out, source, "by_job",
                   [](const StepSpec& s) { return s.action == core::Action::job; });
  print_steps_that(out, source, "by_copy",
                   [](const StepSpec& s) { return s.action == core::Action::copy; });
  print_steps_that(out, source, "irreversible",
                   [](const StepSpec& s) { return s.danger == core::Danger::irreversible; });
  print_steps_that(out, source, "once", [](const StepSpec& s) { return s.once; });
  print_steps_that(out, source, "repeats", [](const StepSpec& s) { return s.repeats; });
  print_phases(out, source);
}

}  // namespace

ModelSource model_source(const Profile& profile) {
  ModelSource source{profile.sequence_table(),
                     run_drive_table(),
                     StepLife::table(),
                     {},
                     profile.phases_before_gate};
  for (const Phase& phase : profile.machines) source.phases.push_back({phase.spec, phase.table()});
  return source;
}

std::string promela_model(const ModelSource& source) {
  std::string out =
      "/* A restore as a model for spin, printed by `restorectl docs promela`; tools/dev/model "
      "checks "
      "it."
      "\n   Host 0 recovers, the others are stopped first. */\n"
      "#ifndef HOSTS\n#define HOSTS 3\n#endif\n"
      "#ifndef AT_ONCE\n#define AT_ONCE d_step  /* atomic where each line's reach is counted */\n"
      "#endif\n\n";
  print_vocabulary(out, source);
  print_dues(out, source);
  out += promela_text::kFold;
  print_table(out, "run_table", run_meaning(source), source.run);
  print_table(out, "drive_table", drive_meaning(), source.drive);
  print_table(out, "step_table", step_meaning(), source.step);
  out += "\ninline phase_tables() {\n  if\n  :: lane_event == none -> skip\n";
  for (std::size_t i = 0; i < source.phases.size(); ++i) {
    out += "  :: lane_event != none && mem.phase == " + std::to_string(i + 1) + " ->  /* " +
           std::string(source.phases[i].spec.name) + " */\n";
    print_rows(out, lane_meaning({&source.phases[i], 1}), source.phases[i].rows, "     ");
    out += "\n";
  }
  out += "  fi\n}\n";
  out += promela_text::kDriver;
  return out;
}

}  // namespace states
