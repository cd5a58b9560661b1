// The report for a ticket or a wiki. Invariant: a host's words cannot begin a heading, a link, a
// table's cell or HTML: they stand escaped, on one line, or in a fence longer than any in them.
#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "tools/lib/postmortem/absent_words.hpp"
#include "tools/lib/report/report.hpp"

namespace report {

namespace {

using postmortem::Story;

std::string text(std::string_view words) {
  std::string safe;
  for (const char c : core::printable(words)) {
    if (c == '\n' || c == '\t') {
      safe += ' ';
      continue;
    }
    if (std::string_view("\\`*_{}[]<>()#|!~&").find(c) != std::string_view::npos) safe += '\\';
    safe += c;
  }
  return safe;
}

std::string fenced(const std::string& words) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : words) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "\n" + core::printable(words) + (words.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string clock(std::int64_t ms) { return core::iso_time(ms).substr(11, 8); }

std::string lasted(std::int64_t from_ms, std::optional<std::int64_t> to_ms) {
  return to_ms ? core::duration_words(std::max<std::int64_t>(0, *to_ms - from_ms)) : "end unknown";
}

std::string head_of(const Report& report) {
  const core::RunState& state = report.story.state;
  std::string out = fmt::format(
      "# Restore of {}\n\n", state.start == nullptr ? "?" : text(state.start->inventory.cluster));
  out += fmt::format(
      "* run {}, started {} by {}\n", state.start == nullptr ? "?" : text(state.start->run_id),
      core::iso_time(state.first_ms), state.start == nullptr ? "?" : text(state.start->started_by));
  out +=
      fmt::format("* {} after {}; {} facts, {} resume(s)\n", core::name_of(state.stage),
                  core::duration_words(state.last_ms - state.first_ms), state.facts, state.resumes);
  const bool without = state.start != nullptr && !state.start->absent.empty();
  if (without)
    out += fmt::format("* without {}, stated to be powered off for good\n",
                       text(core::names_of(state.start->absent)));
  for (const std::string& finding : core::findings_of(state))
    out += fmt::format("* finding: {}\n", text(finding));
  out += fmt::format("* journal {}; head `{}`\n", text(report.verdict.words),
                     report.verdict.head.sha256);
  if (without && state.stage == core::RunStage::finished)
    out += "\n## Hosts to re-create\n\n" +
           fenced(postmortem::after_a_run_without(state.start->absent));
  return out;
}

std::string milestones_of(const Story& story) {
  std::string out = "\n## Time to recovery\n\n| reached | after | at | fact |\n|---|---|---|---|\n";
  for (const postmortem::Milestone& known : story.milestones) {
    out += fmt::format("| {} | {} | {} | {} |\n", text(known.title),
                       core::duration_words(known.at_ms - story.state.first_ms), clock(known.at_ms),
                       known.seq);
  }
  return out;
}

std::string troubles_of(const Story& story) {
  std::string out = "\n## Interruptions\n\n";
  const std::size_t before = out.size();
  for (const postmortem::Gap& gap : story.gaps) {
    if (gap.kind == postmortem::GapKind::question) continue;
    out += fmt::format("* {} {}, {}: {} (fact {})\n", name_of(gap.kind), clock(gap.from_ms),
                       lasted(gap.from_ms, gap.to_ms), text(gap.words), gap.from_seq);
  }
  for (const postmortem::Outage& outage : story.outages) {
    out +=
        fmt::format("* connection to {} lost {}, {}, {} retries: {} (fact {})\n", text(outage.host),
                    clock(outage.from_ms), lasted(outage.from_ms, outage.to_ms), outage.retries,
                    text(outage.message), outage.from_seq);
  }
  for (const postmortem::Span& span : story.spans) {
    if (span.kind != postmortem::SpanKind::held) continue;
    out += fmt::format("* {} on {} held {}, {}: {} (fact {})\n", text(span.step), text(span.host),
                       clock(span.from_ms), lasted(span.from_ms, span.to_ms), text(span.words),
                       span.from_seq);
  }
  for (const postmortem::Moment& moment : story.moments) {
    out += fmt::format("* {} {} {} {}: {} (fact {})\n", text(moment.kind), clock(moment.at_ms),
                       text(moment.host), text(moment.step), text(moment.words), moment.seq);
  }
  return out.size() == before ? out + "Nothing.\n" : out;
}

std::string phases_of(const Story& story) {
  std::string table = "\n## Phases\n\n| phase | from | duration | fact |\n|---|---|---|---|\n";
  std::string chart = "\n```mermaid\ngantt\n  dateFormat x\n  axisFormat %H:%M:%S\n";
  for (const postmortem::PhaseSpan& phase : story.phases) {
    table += fmt::format("| {} | {} | {} | {} |\n", text(phase.title), clock(phase.from_ms),
                         lasted(phase.from_ms, phase.to_ms), phase.to_seq);
    // Names of phases are of journals too, and a colon would begin something else.
    std::string name;
    for (const char c : phase.name)
      if ((c >= 'a' && c <= 'z') || c == '-') name += c;
    chart += fmt::format("  {} :{}, {}\n", name, phase.from_ms,
                         phase.to_ms.value_or(story.state.last_ms));
  }
  return table + chart + "```\n";
}

std::string shares_of(const Story& story) {
  std::string out =
      "\n## Where the time went\n\n| activity | duration | longest | fact |\n|---|---|---|---|\n";
  for (const postmortem::Share& share : story.shares)
    out += fmt::format("| {} | {} | {} | {} |\n", text(share.what), core::duration_words(share.ms),
                       text(share.largest), share.seq);
  return out;
}

std::string commands_of(const Story& story) {
  std::string out = "\n## Commands that changed a host\n";
  for (const postmortem::Command& command : story.commands) {
    out += fmt::format(
        "\n### {} on {}, fact {}\n\n{}, {}\n\n", text(command.step), text(command.host),
        command.seq,
        command.exit_code ? fmt::format("exit code {}", *command.exit_code) : text(command.fate),
        lasted(command.intended_ms, command.ended_ms));
    out += fenced(command.script);
    std::string lines;
    for (const postmortem::Command::Line& line : command.lines)
      lines +=
          fmt::format("{:+9.1f} s  {}\n",
                      static_cast<double>(line.at_ms - command.intended_ms) / 1000.0, line.text);
    if (lines.empty()) lines = command.tail;
    if (!lines.empty()) out += "\n" + fenced(lines);
  }
  return out;
}

}  // namespace

std::string to_markdown(const Report& report) {
  const Story& story = report.story;
  return head_of(report) + milestones_of(story) + troubles_of(story) + phases_of(story) +
         shares_of(story) + commands_of(story) +
         fmt::format("\nWritten by restorectl {} from the journal alone. Times are UTC.\n",
                     report.tool_version);
}

}  // namespace report
