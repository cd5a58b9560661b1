// The report's data: the story, every fact in a line, the verdict and the procedure
// (docs/postmortem.md).
#include <boost/json.hpp>

#include "states/profiles/profiles.hpp"
#include "tools/lib/postmortem/absent_words.hpp"
#include "tools/lib/report/report.hpp"

namespace report {

namespace json = boost::json;

namespace {

std::string_view name_of(postmortem::ChainState state) {
  switch (state) {
    case postmortem::ChainState::nothing:
      return "nothing";
    case postmortem::ChainState::intact:
      return "intact";
    case postmortem::ChainState::cut:
      return "cut";
    case postmortem::ChainState::altered:
      return "altered";
  }
  return "?";
}

// What is to be done about the hosts that a finished run was without.
std::string absent_words(const core::RunState& run) {
  const bool finished = run.stage == core::RunStage::finished && run.start != nullptr;
  return finished && !run.start->absent.empty() ? postmortem::after_a_run_without(run.start->absent)
                                                : std::string();
}

json::object procedure(const core::RunState& run) {
  json::array phases;
  for (const core::PhaseSpec& phase : states::phases_of(run)) {
    json::array steps;
    for (const core::StepSpec* step : phase.steps) steps.push_back(json::string(step->name));
    phases.push_back(
        json::object{{"name", phase.name}, {"title", phase.title}, {"steps", std::move(steps)}});
  }
  const states::Profile* profile = states::profile_of(run);
  return {{"name", run.start == nullptr ? "" : run.start->profile},
          {"phases", std::move(phases)},
          {"phases_before_gate", profile == nullptr ? 0 : profile->phases_before_gate}};
}

}  // namespace

std::string to_json(const Report& report) {
  json::array facts;
  facts.reserve(report.facts.size());
  for (const FactLine& fact : report.facts)
    facts.push_back(json::array{fact.seq, fact.time_ms, fact.type, fact.host, fact.step, fact.words,
                                fact.failure});
  const json::object whole{{"tool_version", report.tool_version},
                           {"verdict", json::object{{"state", name_of(report.verdict.state)},
                                                    {"words", report.verdict.words},
                                                    {"seq", report.verdict.seq},
                                                    {"head", report.verdict.head.sha256}}},
                           {"procedure", procedure(report.story.state)},
                           {"facts", std::move(facts)},
                           {"absent", absent_words(report.story.state)},
                           {"story", postmortem::to_json(report.story)}};
  return json::serialize(whole);
}

}  // namespace report
