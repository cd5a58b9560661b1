// See the header.
#include "tools/lib/postmortem/compare.hpp"

#include <algorithm>

#include "core/overload.hpp"

namespace postmortem {

namespace {

// Without what differs from run to run: the run's id, and every number, digest and id.
std::string normalised(const std::string& text, const std::string& run_id) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (!run_id.empty() && text.compare(i, run_id.size(), run_id) == 0) {
      out += "RUN";
      i += run_id.size();
      continue;
    }
    const auto is_hex = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
    };
    std::size_t end = i;
    bool digit = false;
    while (end < text.size() && is_hex(text[end]))
      digit = digit || (text[end] >= '0' && text[end] <= '9'), ++end;
    // "master-0" begins with a letter that is no hexadecimal digit; ids and numbers stand alone.
    const bool alone =
        i == 0 || !((text[i - 1] >= 'a' && text[i - 1] <= 'z') || text[i - 1] == '-');
    if (digit && alone && end > i) {
      out += "N";
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::string what_happened(const core::FactBody& body) {
  return std::visit(
      core::Overload{
          [](const core::JobEnded& f) {
            return "command ended with exit code " + std::to_string(f.exit_code);
          },
          [](const core::JobFound& f) {
            return "command: " + std::string(core::name_of(f.finding));
          },
          [](const core::CopyEnded& f) {
            return std::string(f.succeeded ? "copied" : "copy failed: " + f.message);
          },
          [](const core::Expired&) { return std::string("deadline passed"); },
          [](const core::LinkLost& f) {
            return std::string("connection lost") + (f.permanent ? " permanently" : "");
          },
          [](const core::StepVerified& f) { return "verified: " + f.evidence; },
          [](const core::StepHeld& f) { return "held: " + f.reason; },
          [](const core::PhaseFinished& f) { return f.phase + " finished"; },
          [](const core::RunFinished&) { return std::string("run finished"); },
          [](const core::Confirmed&) { return std::string("confirmed"); },
          [](const core::Declined&) { return std::string("not confirmed"); },
          [](const core::StopAsked& f) { return "stopped (" + f.cause + ")"; },
          [](const core::ResumeAsked& f) {
            return std::string("resumed") +
                   (f.run_again.empty() ? "" : ", allowed to run again: " + f.run_again) +
                   (f.end_with_findings.empty() ? "" : ", to end with findings");
          },
          [](const core::RunAbandoned&) { return std::string("abandoned"); },
          [](const core::Adopted&) { return std::string("adopted"); },
          [](const auto&) { return std::string(); },
      },
      body);
}

}  // namespace

void RunTrace::add(const core::Fact& fact, std::string host, std::string step, std::string words) {
  const std::string run_id = state_.start == nullptr ? "" : state_.start->run_id;
  std::string key = step + ": " + normalised(words, run_id);
  // A number that decides.
  if (const auto* ended = std::get_if<core::JobEnded>(&fact.body))
    key += " " + std::to_string(ended->exit_code);
  lanes_[host].push_back({fact.seq, fact.time_ms - state_.first_ms, host, std::move(step),
                          std::move(words), std::move(key)});
}

void RunTrace::take(const core::Record& record) {
  state_.note(record);
  const core::Fact& fact = record.fact;
  const core::Lane lane = core::lane_of(fact.body);
  const std::string host(lane.host);
  std::string words = what_happened(fact.body);
  if (!words.empty()) add(fact, host, std::string(lane.step), std::move(words));
  if (const auto* held = std::get_if<core::StepHeld>(&fact.body)) ++holds_[{host, held->step}];
  for (const core::Effect& intent : record.intents) {
    if (const auto* run = std::get_if<core::RunJob>(&intent)) {
      add(fact, run->host, run->step, "running the command");
      // Two versions may run other commands for the same step.
      lanes_[run->host].back().key +=
          " " + normalised(run->script, state_.start == nullptr ? "" : state_.start->run_id);
    } else if (const auto* copy = std::get_if<core::CopyBackup>(&intent)) {
      add(fact, copy->host, copy->step, "copying the backup");
    }
  }
}

std::map<std::pair<std::string, std::string>, StepEnd> RunTrace::steps() const {
  std::map<std::pair<std::string, std::string>, StepEnd> ends;
  for (const auto& [host, known] : state_.hosts) {
    for (const auto& [name, step] : known.steps) {
      const auto holds = holds_.find({host, name});
      ends[{host, name}] = {
          step.attempts, holds == holds_.end() ? 0 : holds->second,
          std::string(core::name_of(step.stage)),
          step.begun_ms == 0 ? 0 : std::max<std::int64_t>(0, step.since_ms - step.begun_ms)};
    }
  }
  return ends;
}

std::vector<Parting> compare(const RunTrace& a, const RunTrace& b) {
  std::vector<Parting> partings;
  static const std::vector<Event> kNone;
  const auto lane_of = [](const RunTrace& trace,
                          const std::string& name) -> const std::vector<Event>& {
    const auto at = trace.lanes().find(name);
    return at == trace.lanes().end() ? kNone : at->second;
  };
  std::map<std::string, int> names;
  for (const auto* trace : {&a, &b})
    for (const auto& [name, events] : trace->lanes()) names[name];
  for (const auto& [name, unused] : names) {
    const std::vector<Event>& left = lane_of(a, name);
    const std::vector<Event>& right = lane_of(b, name);
    std::size_t i = 0;
    while (i < left.size() && i < right.size() && left[i].key == right[i].key) ++i;
    if (i == left.size() && i == right.size()) continue;
    Parting parting{name, std::nullopt, std::nullopt, 0};
    if (i < left.size()) parting.a = left[i];
    if (i < right.size()) parting.b = right[i];
    // When the difference was there for both to see: what only followed from it comes later.
    parting.offset_ms =
        std::max(parting.a ? parting.a->offset_ms : 0, parting.b ? parting.b->offset_ms : 0);
    partings.push_back(std::move(parting));
  }
  std::stable_sort(partings.begin(), partings.end(),
                   [](const Parting& x, const Parting& y) { return x.offset_ms < y.offset_ms; });
  return partings;
}

}  // namespace postmortem
