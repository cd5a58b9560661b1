// diff: where two runs part, and how each of them went on.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "tools/lib/postmortem/compare.hpp"
#include "tools/restorectl/input/choose_history.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace json = boost::json;
using postmortem::Event;
using postmortem::Parting;
using postmortem::RunTrace;
using postmortem::StepEnd;

namespace {

struct DiffOptions {
  std::string a;
  std::string b;
  std::string output = "text";
  bool exit_code = false;
  bool timing = false;
};

RunTrace read_course(const std::string& name) {
  const postmortem::Source source = choose_history(name);
  RunTrace trace;
  const postmortem::ChainVerdict verdict = read_history(
      source, [&](const core::Record& record, std::string_view) { trace.take(record); });
  if (verdict.state == postmortem::ChainState::nothing ||
      verdict.state == postmortem::ChainState::altered) {
    throw Failure(code_of(verdict), fmt::format("{}: {}", core::printable(name), verdict.words));
  }
  return trace;
}

std::string side(const char* name, const std::optional<Event>& event) {
  if (!event) return fmt::format("  {}  no more events\n", name);
  return core::printable(fmt::format("  {}  fact {}, after {}: {}{}{}\n", name, event->seq,
                                     core::duration_words(event->offset_ms), event->step,
                                     event->step.empty() ? "" : ": ", event->words));
}

std::string end_words(const StepEnd* end) {
  if (end == nullptr) return "not reached";
  std::string words = fmt::format("{}, {}", end->stage, core::duration_words(end->took_ms));
  if (end->attempts > 1) words += fmt::format(", {} commands", end->attempts);
  if (end->holds > 0) words += fmt::format(", held {}x", end->holds);
  return words;
}

// Steps whose end, number of commands or holds differ; with `timing`, all of them.
struct StepPair {
  std::string host;
  std::string step;
  const StepEnd* a;
  const StepEnd* b;
};

std::vector<StepPair> pairs_of(const std::map<std::pair<std::string, std::string>, StepEnd>& a,
                               const std::map<std::pair<std::string, std::string>, StepEnd>& b,
                               bool timing) {
  std::map<std::pair<std::string, std::string>, StepPair> pairs;
  for (const auto& [key, end] : a) pairs[key] = {key.first, key.second, &end, nullptr};
  for (const auto& [key, end] : b) {
    StepPair& pair =
        pairs.try_emplace(key, StepPair{key.first, key.second, nullptr, nullptr}).first->second;
    pair.b = &end;
  }
  std::vector<StepPair> chosen;
  for (const auto& [key, pair] : pairs) {
    const bool differ = pair.a == nullptr || pair.b == nullptr || pair.a->stage != pair.b->stage ||
                        pair.a->attempts != pair.b->attempts || pair.a->holds != pair.b->holds;
    if (differ || timing) chosen.push_back(pair);
  }
  return chosen;
}

json::value to_json(const std::optional<Event>& event) {
  if (!event) return nullptr;
  return json::object{{"seq", event->seq},
                      {"offset_ms", event->offset_ms},
                      {"step", event->step},
                      {"words", event->words}};
}

void print_json(const std::vector<Parting>& partings, const std::vector<StepPair>& pairs) {
  json::array lanes;
  for (const Parting& parting : partings)
    lanes.push_back(
        json::object{{"host", parting.lane}, {"a", to_json(parting.a)}, {"b", to_json(parting.b)}});
  json::array steps;
  for (const StepPair& pair : pairs)
    steps.push_back(json::object{{"host", pair.host},
                                 {"step", pair.step},
                                 {"a", end_words(pair.a)},
                                 {"b", end_words(pair.b)}});
  fmt::print("{}\n", json::serialize(json::object{{"same", partings.empty()},
                                                  {"partings", std::move(lanes)},
                                                  {"steps", std::move(steps)}}));
}

void print_text(const DiffOptions& options, const std::vector<Parting>& partings,
                const std::vector<StepPair>& pairs) {
  fmt::print("A  {}\nB  {}\n\n", core::printable(options.a), core::printable(options.b));
  if (partings.empty())
    fmt::print("no difference: every lane has the same decisions and results\n");
  for (const Parting& parting : partings) {
    const std::string lane = parting.lane.empty() ? "(run)" : core::printable(parting.lane);
    fmt::print("{} {}\n{}{}",
               &parting == &partings.front() ? "first difference in lane" : "difference in lane",
               lane, side("A", parting.a), side("B", parting.b));
  }
  if (pairs.empty()) return;
  fmt::print("\n{:<14} {:<34} {:<34} {}\n", "HOST", "STEP", "A", "B");
  for (const StepPair& pair : pairs)
    fmt::print("{:<14} {:<34} {:<34} {}\n", core::printable(pair.host), core::printable(pair.step),
               end_words(pair.a), end_words(pair.b));
}

Exit diff(const DiffOptions& options) {
  const RunTrace a = read_course(options.a);
  const RunTrace b = read_course(options.b);
  const std::vector<Parting> partings = compare(a, b);
  const auto ends_a = a.steps();
  const auto ends_b = b.steps();
  const std::vector<StepPair> pairs = pairs_of(ends_a, ends_b, options.timing);
  if (options.output == "json") {
    print_json(partings, pairs);
  } else {
    print_text(options, partings, pairs);
  }
  return partings.empty() || !options.exit_code ? Exit::done : Exit::differ;
}

}  // namespace

void add_diff(Verb app) {
  auto options = std::make_shared<DiffOptions>();
  Verb verb = app.verb("diff", "Show where two runs diverge, and the consequences");
  verb.option("a", options->a, "A run, a journal.jsonl or a bundle").required();
  verb.option("b", options->b, "Another run, journal.jsonl or bundle").required();
  verb.flag("--timing", options->timing, "Compare the duration of every step");
  verb.flag("--exit-code", options->exit_code, "Exit with 6 if the runs differ");
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.footer(
      "Examples:\n"
      "  restorectl diff 20261123t101500z 20261124t090000z\n"
      "  restorectl diff rehearsal.tar real.tar --timing\n\n"
      "IDs, times, numbers and boot IDs are ignored: two undisturbed runs do not differ.\n");
  verb.does([options] { return diff(*options); });
}

}  // namespace restorectl
