// explain: what an error code means, or what a step does, without a network. Invariant: what it
// says of a code is docs/errors, and of a step the very table that the machines run.
#include <fmt/format.h>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

void print_codes() {
  fmt::print("{:<7} {:<5} {}\n", "CODE", "EXIT", "TITLE");
  for (const ErrorCode& known : error_codes())
    fmt::print("{:<7} {:<5} {}\n", text_of(known.code), static_cast<int>(known.exit), known.title);
  fmt::print(
      "\nFor details: restorectl explain CODE|STEP (`restorectl docs steps` lists the steps)\n");
}

std::string_view reruns_of(const core::StepSpec& step) {
  if (step.action == core::Action::none)
    return "no command: the step waits until its check succeeds";
  if (step.once) return "never without --run-again";
  if (step.repeats) return "the command runs again while its check reports more to do";
  return "the command runs again if its check reports that it is still needed";
}

void print_step(const core::PhaseSpec& phase, const core::StepSpec& step) {
  const auto line = [](std::string_view name, std::string_view words) {
    fmt::print("  {:<12} {}\n", name, words);
  };
  fmt::print("{}\n\n", step.name);
  line("does", step.purpose);
  line("phase", fmt::format("{} ({})", phase.title, phase.name));
  line("source", step.source);
  line("on", core::name_of(phase.hosts));
  line("danger", core::name_of(step.danger));
  line("again", reruns_of(step));
  if (step.act_deadline_ms > 0)
    line("command", "within " + core::duration_words(step.act_deadline_ms));
  if (step.verify_deadline_ms > 0)
    line("check", fmt::format("succeeds within {} of the last change",
                              core::duration_words(step.verify_deadline_ms)));
  if (!step.undo.empty()) line("undo", step.undo);
  if (!step.no_undo.empty()) line("no undo", step.no_undo);
  fmt::print("\nWhat the step did in a run: restorectl replay --of-step {} --commands\n",
             step.name);
}

bool explain_step(const std::string& name) {
  const auto profiles = states::profiles();
  for (auto profile = profiles.rbegin(); profile != profiles.rend(); ++profile) {
    for (const core::PhaseSpec& phase : (*profile)->phases) {
      for (const core::StepSpec* step : phase.steps) {
        if (step->name != name) continue;
        print_step(phase, *step);
        return true;
      }
    }
  }
  return false;
}

Exit explain(const std::string& what) {
  if (what.empty()) {
    print_codes();
  } else if (const std::optional<Code> code = read_code(what)) {
    fmt::print("{}", page_of(*code));
  } else if (!explain_step(what)) {
    throw Failure(Code::no_such_code,
                  fmt::format("no error code or step '{}'; `restorectl explain` lists the codes, "
                              "`restorectl docs steps` the steps",
                              core::printable(what)));
  }
  return Exit::done;
}

}  // namespace

void add_explain(Verb app) {
  auto what = std::make_shared<std::string>();
  Verb verb = app.verb("explain", "Explain an error code and its remedy, or a step");
  verb.option("what", *what, "An error code such as R1201, or a step; default: list all codes");
  verb.footer(
      "Examples:\n"
      "  restorectl explain R4005\n"
      "  restorectl explain run-restore-script\n");
  verb.does([what] { return explain(*what); });
}

}  // namespace restorectl
