// The timeline; see the header.
#include "tools/restorectl/view/replay_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/overload.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/view/narrator.hpp"

namespace restorectl {

namespace {

using postmortem::Gap;
using postmortem::GapKind;
using postmortem::Outage;
using postmortem::Span;
using postmortem::SpanKind;
using postmortem::Story;

std::string took(std::int64_t from_ms, std::int64_t to_ms) {
  return core::duration_words(std::max<std::int64_t>(0, to_ms - from_ms));
}

std::string gap_words(const Gap& gap) {
  switch (gap.kind) {
    case GapKind::died:
    case GapKind::stopped:
      return "the run had no driver";
    case GapKind::question:
      return "the run waited for confirmation";
    case GapKind::held:
      return "the run waited for the operator";
  }
  return "?";
}

// How a stretch of time is drawn.
char sign_of(SpanKind kind) {
  switch (kind) {
    case SpanKind::acting:
      return '#';
    case SpanKind::copying:
      return '=';
    case SpanKind::settling:
      return '?';
    case SpanKind::held:
      return 'H';
    default:
      return '.';
  }
}

}  // namespace

bool is_failure(const core::Record& record) {
  return std::visit(core::Overload{
                        [](const core::JobEnded& f) { return f.exit_code != 0; },
                        [](const core::JobFound& f) { return f.finding != core::Finding::running; },
                        [](const core::CopyEnded& f) { return !f.succeeded; },
                        [](const core::Expired&) { return true; },
                        [](const core::LinkLost&) { return true; },
                        [](const core::StepHeld&) { return true; },
                        [](const core::Declined&) { return true; },
                        [](const core::RunAbandoned&) { return true; },
                        [](const auto&) { return false; },
                    },
                    record.fact.body);
}

TimelinePrinter::TimelinePrinter(const Story& story, ReplayFilter filter)
    : story_(story), filter_(std::move(filter)) {}

bool TimelinePrinter::shown(const core::Record& record) const {
  const auto of_lane = [&](const core::Lane& lane) {
    return (filter_.host.empty() || lane.host == filter_.host) &&
           (filter_.step.empty() || lane.step == filter_.step);
  };
  bool here = of_lane(core::lane_of(record.fact.body));
  for (const core::Effect& intent : record.intents) here = here || of_lane(core::lane_of(intent));
  return here && filter_.longer_ms == 0 && (!filter_.failures || is_failure(record));
}

void TimelinePrinter::print(std::uint64_t seq, std::int64_t time_ms,
                            const std::string& words) const {
  const std::string mark =
      fmt::format("{:>5} {} {:>+9.1f}s ", seq, core::iso_time(time_ms).substr(11, 12),
                  static_cast<double>(time_ms - story_.state.first_ms) / 1000.0);
  std::size_t start = 0;
  while (start <= words.size()) {
    const std::size_t end = std::min(words.find('\n', start), words.size());
    fmt::print("{}{}\n", start == 0 ? mark : std::string(mark.size(), ' '),
               words.substr(start, end - start));
    start = end + 1;
  }
}

// What ended with this fact: outages, gaps, and, where they are asked for, long stretches.
void TimelinePrinter::print_ends(std::uint64_t seq) {
  const auto ended = [&](const auto& what) {
    return what.to_seq == seq && what.to_ms &&
           *what.to_ms - what.from_ms >= std::max<std::int64_t>(filter_.longer_ms, 1);
  };
  for (const Outage& outage : story_.outages) {
    if (!ended(outage) || (!filter_.host.empty() && outage.host != filter_.host)) continue;
    print(seq, *outage.to_ms,
          fmt::format("~~~~ the connection to {} was lost for {} (facts {} to {}, {} retries): {}",
                      core::printable(outage.host), took(outage.from_ms, *outage.to_ms),
                      outage.from_seq, outage.to_seq, outage.retries,
                      core::printable(outage.message)));
  }
  for (const Gap& gap : story_.gaps) {
    if (!ended(gap)) continue;
    print(seq, *gap.to_ms,
          fmt::format("~~~~ {} for {} (facts {} to {}): {}", gap_words(gap),
                      took(gap.from_ms, *gap.to_ms), gap.from_seq, gap.to_seq,
                      core::printable(gap.words)));
  }
  if (filter_.longer_ms == 0 || filter_.failures) return;
  for (const Span& span : story_.spans) {
    if (!ended(span) || (!filter_.host.empty() && span.host != filter_.host) ||
        (!filter_.step.empty() && span.step != filter_.step)) {
      continue;
    }
    print(
        seq, *span.to_ms,
        core::printable(fmt::format("{:<12} {:<28} {} for {} (from fact {}){}{}", span.host,
                                    span.step, name_of(span.kind), took(span.from_ms, *span.to_ms),
                                    span.from_seq, span.words.empty() ? "" : ": ", span.words)));
  }
}

void TimelinePrinter::take(const core::Record& record) {
  const core::Fact& fact = record.fact;
  print_ends(fact.seq);
  if (!shown(record)) return;
  std::string words = describe(record, states::profile_of(story_.state), &story_.state);
  if (words.empty()) {
    if (!filter_.all) return;
    const core::Lane lane = core::lane_of(fact.body);
    words = core::printable(
        fmt::format("{:<12} {:<28} {}", lane.host, lane.step, core::tag_of(fact.body)));
  }
  for (const core::Effect& intent : record.intents) {
    const auto* run = std::get_if<core::RunJob>(&intent);
    if (run == nullptr || !filter_.commands) continue;
    words += core::printable(fmt::format("\n  job {} on {}:", run->job, run->via));
    std::string script = core::printable(run->script);
    while (script.ends_with('\n')) script.pop_back();
    std::size_t start = 0;
    while (start <= script.size()) {
      const std::size_t end = std::min(script.find('\n', start), script.size());
      words += "\n    | " + script.substr(start, end - start);
      start = end + 1;
    }
  }
  print(fact.seq, fact.time_ms, words);
}

void print_chart(const Story& story, std::size_t columns) {
  const std::int64_t first_ms = story.state.first_ms;
  const std::int64_t whole_ms = std::max<std::int64_t>(1, story.state.last_ms - first_ms);
  std::size_t widest = 4;
  for (const auto& [host, known] : story.state.hosts) widest = std::max(widest, host.size());
  if (story.state.facts == 0 || columns < 16) return;
  // A name that leaves no room for its row stands above it.
  const bool above = widest > columns / 2;
  if (above) widest = 0;
  const std::size_t width = columns - widest - 2;
  const auto column = [&](std::int64_t at_ms) {
    const auto at =
        static_cast<std::size_t>((at_ms - first_ms) * static_cast<std::int64_t>(width) / whole_ms);
    return std::min(at, width - 1);
  };
  const auto fill = [&](std::string& row, std::int64_t from_ms, std::optional<std::int64_t> to_ms,
                        char sign) {
    for (std::size_t i = column(from_ms); i <= column(to_ms.value_or(story.state.last_ms)); ++i)
      row[i] = sign;
  };
  fmt::print("\n");
  for (const auto& [host, known] : story.state.hosts) {
    std::string row(width, ' ');
    // Work last, so that a short command is not hidden by the waits beside it.
    for (const bool work : {false, true}) {
      for (const Span& span : story.spans) {
        const bool acts = span.kind == SpanKind::acting || span.kind == SpanKind::copying;
        if (span.host == host && acts == work)
          fill(row, span.from_ms, span.to_ms, sign_of(span.kind));
      }
    }
    for (const Outage& outage : story.outages)
      if (outage.host == host) fill(row, outage.from_ms, outage.to_ms, 'x');
    for (const Gap& gap : story.gaps)
      if (gap.kind != GapKind::held)
        fill(row, gap.from_ms, gap.to_ms, gap.kind == GapKind::question ? 'Q' : '-');
    if (above) fmt::print("{}\n", core::printable(host));
    fmt::print("{:<{}}  {}\n", above ? "" : core::printable(host), widest, row);
  }
  fmt::print("{:<{}}  {:<{}}{}\n", "", widest, core::iso_time(first_ms).substr(11, 8), width - 8,
             core::iso_time(story.state.last_ms).substr(11, 8));
  fmt::print(
      "{:<{}}  # command running  = copying the backup  . waiting for the host  ? in doubt\n"
      "{:<{}}  H held  x connection lost  - no driver  Q awaiting confirmation\n",
      "", widest, "", widest);
}

void print_summary(const Story& story) {
  if (story.state.facts == 0) return;
  fmt::print("\n");
  for (const postmortem::Milestone& reached : story.milestones) {
    fmt::print("{:<12} after {:<14} {} (fact {})\n", reached.name,
               took(story.state.first_ms, reached.at_ms), core::printable(reached.title),
               reached.seq);
  }
  for (const std::string& finding : core::findings_of(story.state))
    fmt::print("finding: {}\n", core::printable(finding));
  fmt::print("\ntime spent, {} in total:\n", took(story.state.first_ms, story.state.last_ms));
  for (const postmortem::Share& share : story.shares) {
    fmt::print("  {:<22} {:>14}   longest: {} (from fact {})\n", share.what,
               core::duration_words(share.ms), core::printable(share.largest), share.seq);
  }
  const bool over = story.state.stage == core::RunStage::finished ||
                    story.state.stage == core::RunStage::abandoned;
  for (const postmortem::Command& command : story.commands) {
    if (command.fate != "in doubt" || over) continue;
    fmt::print("unknown result: {} on {}, started by fact {}\n", core::printable(command.step),
               core::printable(command.host), command.seq);
  }
}

void print_known(const core::RunState& state) {
  fmt::print("after fact {} ({}), run {}: {}\n", state.facts, core::iso_time(state.last_ms),
             state.start == nullptr ? "?" : core::printable(state.start->run_id),
             core::name_of(state.stage));
  for (const auto& [name, host] : state.hosts) {
    fmt::print("\n{}{}\n", core::printable(name),
               host.link_down_since_ms > 0
                   ? "  (connection lost since " + core::iso_time(host.link_down_since_ms) + ")"
                   : "");
    for (const auto& [step_name, step] : host.steps) {
      std::string words = step.stage == core::StepStage::verified ? step.evidence : step.reason;
      if (step.stage == core::StepStage::acting || step.stage == core::StepStage::settling) {
        words = fmt::format("job {}: {}", step.job, core::name_of(step.fate));
      }
      fmt::print("  {:<28} {:<10} commands: {}  {}\n", core::printable(step_name),
                 core::name_of(step.stage), step.attempts, core::printable(words));
    }
  }
}

}  // namespace restorectl
