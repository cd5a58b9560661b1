// StoryBuilder: from records to a story; see story.hpp. Time is explained interval by interval:
// what lies between two facts is attributed to what was under way after the first of them, unless
// the second says that nobody drove.
#include <algorithm>
#include <map>

#include "core/overload.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/lib/postmortem/lanes.hpp"
#include "tools/lib/postmortem/story.hpp"

namespace postmortem {

std::string_view name_of(SpanKind kind) {
  switch (kind) {
    case SpanKind::looking:
      return "looking";
    case SpanKind::waiting:
      return "waiting";
    case SpanKind::acting:
      return "acting";
    case SpanKind::copying:
      return "copying";
    case SpanKind::settling:
      return "settling";
    case SpanKind::held:
      return "held";
  }
  return "?";
}

std::string_view name_of(GapKind kind) {
  switch (kind) {
    case GapKind::died:
      return "died";
    case GapKind::stopped:
      return "stopped";
    case GapKind::question:
      return "question";
    case GapKind::held:
      return "held";
  }
  return "?";
}

namespace {

// Adds up intervals by their reason, and remembers the longest stretch of each.
class Clockwork {
 public:
  void spend(const std::string& what, const std::string& where, std::uint64_t seq,
             std::int64_t from_ms, std::int64_t to_ms) {
    const std::int64_t ms = to_ms - from_ms;
    Part& part = parts_[what];
    part.ms += ms;
    if (where != part.now_where || from_ms != part.now_end_ms) {
      part.now_where = where;
      part.now_ms = 0;
      part.now_seq = seq;
    }
    part.now_ms += ms;
    part.now_end_ms = to_ms;
    if (part.now_ms <= part.most_ms) return;
    part.most_ms = part.now_ms;
    part.most_seq = part.now_seq;
    part.most_where = where;
  }

  std::vector<Share> shares() const {
    std::vector<Share> all;
    for (const auto& [what, part] : parts_) {
      std::string largest = core::duration_words(part.most_ms);
      if (!part.most_where.empty()) largest = part.most_where + ", " + largest;
      all.push_back({what, part.ms, std::move(largest), part.most_seq});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Share& a, const Share& b) { return a.ms > b.ms; });
    return all;
  }

 private:
  struct Part {
    std::int64_t ms = 0;
    std::string now_where;  // the stretch that may go on
    std::int64_t now_end_ms = -1;
    std::int64_t now_ms = 0;
    std::uint64_t now_seq = 0;
    std::int64_t most_ms = 0;
    std::uint64_t most_seq = 0;
    std::string most_where;
  };
  std::map<std::string, Part> parts_;
};

std::string fate_words(const core::JobFound& found) {
  switch (found.finding) {
    case core::Finding::never_began:
      return "never began";
    case core::Finding::running:
      return "in doubt";
    case core::Finding::killed:
      return "killed";
    case core::Finding::rebooted:
      return "host rebooted";
  }
  return "?";
}

}  // namespace

struct StoryBuilder::Impl {
  Story story;
  Lanes lanes;
  Clockwork clockwork;
  std::map<std::string, std::size_t, std::less<>> command_of;  // index by job
  std::optional<std::size_t> question;                         // index of an open gap
  std::optional<std::size_t> gap;                              // the same, of a stop
  std::int64_t last_ms = 0;
  std::uint64_t last_seq = 0;

  void take(const core::Record& record);
  void spend(const core::Fact& fact);
  void take_drive(const core::Fact& fact);
  void take_host(const core::Fact& fact);
  void take_milestone(const core::Fact& fact);
  void take_intents(const core::Record& record);
  void take_command(const core::Fact& fact);
  Command* find(const std::string& job);
  bool does_more(const Command& command) const;

  void moment(std::string kind, const core::Fact& fact, std::string words, std::string host = {},
              std::string step = {}) {
    story.moments.push_back({std::move(kind), std::move(host), std::move(step), fact.time_ms,
                             fact.seq, std::move(words)});
  }
  void milestone(std::string name, std::string title, const core::Fact& fact) {
    const auto known = [&](const Milestone& have) { return have.name == name; };
    if (std::any_of(story.milestones.begin(), story.milestones.end(), known)) return;
    story.milestones.push_back({std::move(name), std::move(title), fact.time_ms, fact.seq});
  }
  std::size_t open_gap(GapKind kind, std::int64_t from_ms, std::uint64_t from_seq,
                       std::string words) {
    story.gaps.push_back({kind, from_ms, std::nullopt, from_seq, 0, std::move(words)});
    return story.gaps.size() - 1;
  }
  void close_gap(std::optional<std::size_t>& at, const core::Fact& fact) {
    if (at) {
      story.gaps[*at].to_ms = fact.time_ms;
      story.gaps[*at].to_seq = fact.seq;
    }
    at.reset();
  }
  // A driver ends by itself only where nothing is under way and something waits for the operator.
  bool driver_died() const { return lanes.in_flight() || (!lanes.any_held() && !question); }
  void driver_gone() { lanes.driver_gone(last_ms, last_seq); }
};

// The interval that ends with this fact.
void StoryBuilder::Impl::spend(const core::Fact& fact) {
  if (last_seq == 0 || fact.time_ms <= last_ms) return;
  const auto to = [&](const std::string& what, const std::string& where, std::uint64_t seq) {
    clockwork.spend(what, where, seq, last_ms, fact.time_ms);
  };
  if (story.state.stage == core::RunStage::finished ||
      story.state.stage == core::RunStage::abandoned) {
    return to("after the end", "", last_seq);
  }
  const bool taken_up = std::holds_alternative<core::ResumeAsked>(fact.body) ||
                        std::holds_alternative<core::Adopted>(fact.body);
  if (gap || (taken_up && driver_died())) return to("no driver", "", last_seq);
  if (question && !lanes.in_flight()) return to("awaiting confirmation", "", last_seq);
  const Lanes::Busy busy = lanes.busy();
  if (busy.what.empty()) return to("deciding", "", last_seq);
  to(busy.what, busy.step + " on " + busy.host, busy.seq);
}

void StoryBuilder::Impl::take_drive(const core::Fact& fact) {
  std::visit(
      core::Overload{
          [&](const core::StopAsked& asked) {
            driver_gone();
            gap = open_gap(GapKind::stopped, fact.time_ms, fact.seq,
                           asked.by + " (" + asked.cause + ")");
          },
          [&](const core::Declined& declined) {
            close_gap(question, fact);
            gap = open_gap(GapKind::stopped, fact.time_ms, fact.seq,
                           declined.by + " did not confirm");
          },
          [&](const core::Confirmed& confirmed) {
            close_gap(question, fact);
            milestone("confirmed", "confirmed by " + confirmed.by, fact);
          },
          [&](const core::Adopted& adopted) {
            if (!gap) {
              driver_gone();
              gap = open_gap(GapKind::died, last_ms, last_seq, "taken over by " + adopted.by);
            }
            moment("adopted", fact, adopted.by + ": " + adopted.reason);
          },
          [&](const core::ResumeAsked& asked) {
            if (!gap && driver_died()) {
              gap = open_gap(GapKind::died, last_ms, last_seq, "the driver ended unexpectedly");
            } else if (!gap && !question) {
              gap = open_gap(GapKind::held, last_ms, last_seq, "all lanes waited for the operator");
            }
            driver_gone();
            close_gap(gap, fact);
            close_gap(question, fact);
            std::string words = asked.by;
            if (!asked.run_again.empty()) words += ", allowed to run again: " + asked.run_again;
            if (!asked.end_with_findings.empty())
              words += ", to end with findings: " + asked.end_with_findings;
            moment("resumed", fact, std::move(words));
          },
          [&](const core::RunAbandoned& abandoned) {
            driver_gone();
            close_gap(gap, fact);
            moment("abandoned", fact, abandoned.by + ": " + abandoned.reason);
          },
          [&](const core::Noted& noted) {
            moment("note", fact, noted.by + ": " + noted.text, noted.about_host, noted.about_step);
          },
          [&](const core::ClockStepped& stepped) {
            moment("clock", fact, core::clock_words(stepped.ahead_ms));
          },
          [&](const core::StepVerified& verified) {
            for (const std::string& finding : verified.findings)
              moment("finding", fact, finding, verified.host, verified.step);
          },
          [&](const core::RunFinished&) {
            const std::size_t findings = core::findings_of(story.state).size();
            milestone("finished",
                      findings == 0 ? "the run is finished"
                                    : "the run is finished, with " + std::to_string(findings) +
                                          (findings == 1 ? " finding" : " findings"),
                      fact);
          },
          [](const auto&) {},
      },
      fact.body);
}

void StoryBuilder::Impl::take_host(const core::Fact& fact) {
  const auto* reached = std::get_if<core::HostReached>(&fact.body);
  if (reached == nullptr) return;
  const auto known = story.state.hosts.find(reached->host);
  if (known == story.state.hosts.end() || known->second.boot_id.empty()) return;
  if (known->second.boot_id != reached->boot_id)
    moment("reboot", fact,
           "boot ID changed: " + reached->boot_id +
               (reached->boot_cause.empty() ? "" : "; rebooted by " + reached->boot_cause),
           reached->host);
}

// Which step proves what stands in the run's profile; behind the first milestone, the API's first
// answer proves that it serves again.
void StoryBuilder::Impl::take_milestone(const core::Fact& fact) {
  const auto has = [&](std::string_view name) {
    return std::any_of(story.milestones.begin(), story.milestones.end(),
                       [&](const Milestone& known) { return known.name == name; });
  };
  if (const auto* verified = std::get_if<core::StepVerified>(&fact.body)) {
    const states::Profile* profile = states::profile_of(story.state);
    for (const states::Milestone& known :
         profile == nullptr ? std::span<const states::Milestone>() : profile->milestones) {
      if (known.step == verified->step)
        milestone(std::string(known.name), std::string(known.title), fact);
    }
  }
  const auto* seen = std::get_if<core::Observed>(&fact.body);
  if (seen == nullptr || seen->exit_code != 0 || !has("quorum") || has("api")) return;
  const core::StepSpec* step = core::find_step(states::phases_of(story.state), seen->step);
  if (step != nullptr && step->where == core::Where::api) milestone("api", "the API answers", fact);
}

Command* StoryBuilder::Impl::find(const std::string& job) {
  const auto at = command_of.find(job);
  return at == command_of.end() ? nullptr : &story.commands[at->second];
}

void StoryBuilder::Impl::take_command(const core::Fact& fact) {
  if (const auto* line = std::get_if<core::JobProgressed>(&fact.body)) {
    if (Command* command = find(line->job))
      command->lines.push_back({fact.seq, fact.time_ms, line->offset, line->line});
  } else if (const auto* found = std::get_if<core::JobFound>(&fact.body)) {
    Command* command = find(found->job);
    if (command == nullptr) return;
    command->fate = fate_words(*found);
    if (found->finding == core::Finding::running) return;
    command->ended_ms = fact.time_ms;
    command->ended_seq = fact.seq;
  } else if (const auto* ended = std::get_if<core::JobEnded>(&fact.body)) {
    Command* command = find(ended->job);
    if (command == nullptr) return;
    command->fate = "ended";
    command->exit_code = ended->exit_code;
    command->ended_ms = fact.time_ms;
    command->ended_seq = fact.seq;
    command->tail = ended->tail;
    command->output_bytes = ended->output_bytes;
    command->output_sha256 = ended->output_sha256;
  }
}

// Whether the step repeats by design and its last command ended well: there is more of the same to
// do, and nothing went wrong.
bool StoryBuilder::Impl::does_more(const Command& command) const {
  const core::StepSpec* spec = core::find_step(states::phases_of(story.state), command.step);
  if (spec == nullptr || !spec->repeats) return false;
  const auto last =
      std::find_if(story.commands.rbegin(), story.commands.rend(), [&](const Command& known) {
        return known.host == command.host && known.step == command.step;
      });
  return last != story.commands.rend() && last->exit_code == 0;
}

void StoryBuilder::Impl::take_intents(const core::Record& record) {
  const core::Fact& fact = record.fact;
  for (const core::Effect& intent : record.intents) {
    if (const auto* ask = std::get_if<core::AskOperator>(&intent)) {
      if (!question)
        question =
            open_gap(GapKind::question, fact.time_ms, fact.seq,
                     ask->question.empty() ? "confirmation: the name of cluster " + ask->expected
                                           : ask->question);
      continue;
    }
    const auto* run = std::get_if<core::RunJob>(&intent);
    if (run == nullptr) continue;
    const core::StepState* step = story.state.find(run->host, run->step);
    Command command;
    command.host = run->host;
    command.step = run->step;
    command.via = run->via;
    command.job = run->job;
    command.script = run->script;
    command.attempt = step == nullptr ? 1 : step->attempts;
    command.seq = fact.seq;
    command.intended_ms = fact.time_ms;
    command.fate = "in doubt";
    if (command.attempt > 1 && !does_more(command))
      moment("retry", fact, "command " + std::to_string(command.attempt) + " of the step",
             run->host, run->step);
    command_of[run->job] = story.commands.size();
    story.commands.push_back(std::move(command));
  }
}

void StoryBuilder::Impl::take(const core::Record& record) {
  const core::Fact& fact = record.fact;
  spend(fact);
  take_drive(fact);
  take_host(fact);
  take_milestone(fact);
  take_command(fact);
  if (const auto* finished = std::get_if<core::PhaseFinished>(&fact.body)) {
    const auto specs = states::phases_of(story.state);
    const auto spec = std::find_if(specs.begin(), specs.end(), [&](const core::PhaseSpec& known) {
      return known.name == finished->phase;
    });
    PhaseSpan phase;
    phase.name = finished->phase;
    phase.title = spec == specs.end() ? finished->phase : std::string(spec->title);
    // It began where the one before ended, or, behind the gate, with the operator's word.
    phase.from_ms = story.phases.empty() ? story.state.first_ms : *story.phases.back().to_ms;
    for (const Milestone& known : story.milestones)
      if (known.name == "confirmed") phase.from_ms = std::max(phase.from_ms, known.at_ms);
    phase.to_ms = fact.time_ms;
    phase.to_seq = fact.seq;
    story.phases.push_back(std::move(phase));
  }
  story.state.note(record);
  lanes.note(record);
  take_intents(record);
  last_ms = fact.time_ms;
  last_seq = fact.seq;
}

StoryBuilder::StoryBuilder() : impl_(std::make_unique<Impl>()) {}
StoryBuilder::~StoryBuilder() = default;

void StoryBuilder::take(const core::Record& record) { impl_->take(record); }
const core::RunState& StoryBuilder::state() const { return impl_->story.state; }

Story StoryBuilder::story() {
  Impl& now = *impl_;
  const std::size_t done = now.story.phases.size();
  const auto specs = states::phases_of(now.story.state);
  const bool over = now.story.state.stage == core::RunStage::finished;
  // The phase that it is in, where the journal's phases are today's.
  if (!over && now.last_seq != 0 && done < specs.size() && !now.question) {
    PhaseSpan phase;
    phase.name = std::string(specs[done].name);
    phase.title = std::string(specs[done].title);
    phase.from_ms = done == 0 ? now.story.state.first_ms : *now.story.phases.back().to_ms;
    for (const Milestone& known : now.story.milestones)
      if (known.name == "confirmed") phase.from_ms = std::max(phase.from_ms, known.at_ms);
    now.story.phases.push_back(std::move(phase));
  }
  now.story.spans = now.lanes.spans();
  now.story.outages = now.lanes.outages();
  now.story.shares = now.clockwork.shares();
  return std::move(now.story);
}

}  // namespace postmortem
