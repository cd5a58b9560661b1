// The fold of facts and intents; see the header.
#include "core/run_state.hpp"

#include <type_traits>

#include "core/overload.hpp"

namespace core {

namespace {

template <class T>
concept HasLane = requires(const T& value) {
  value.host;
  value.step;
};

void enter(StepState& step, StepStage stage, std::int64_t time_ms) {
  if (step.stage == stage) return;
  step.stage = stage;
  step.since_ms = time_ms;
}

void note_step_fact(StepState& step, const FactBody& body, std::int64_t time_ms) {
  std::visit(
      Overload{
          [&](const Observed& seen) {
            if (seen.exit_code != 0) {
              step.answers_since_ms = 0;
            } else if (step.answers_since_ms == 0) {
              step.answers_since_ms = time_ms;
            }
            step.last = std::make_shared<const Observed>(seen);
            if (step.attempts == 0) step.before_acting = step.last;
          },
          [&](const LinkLost&) { step.answers_since_ms = 0; },
          [&](const LookTimedOut&) { step.answers_since_ms = 0; },
          [&](const JobEnded& ended) {
            step.fate = JobFate::ended;
            step.exit_code = ended.exit_code;
            step.acted_ms = time_ms;
          },
          [&](const JobProgressed& progressed) {
            step.output_offset = progressed.offset;
            step.last_line = progressed.line;
          },
          [&](const JobFound& found) {
            switch (found.finding) {
              case Finding::never_began:
                step.fate = JobFate::never_began;
                break;
              case Finding::running:
                step.fate = JobFate::in_doubt;
                break;
              case Finding::killed:
                step.fate = JobFate::killed;
                break;
              case Finding::rebooted:
                step.fate = JobFate::rebooted;
                break;
            }
            if (found.finding != Finding::running) step.acted_ms = time_ms;
          },
          [&](const CopyEnded& ended) {
            step.fate = JobFate::ended;
            step.exit_code = ended.succeeded ? 0 : 1;
            step.acted_ms = time_ms;
          },
          [&](const ChunkConfirmed& chunk) { add_chunk(step.confirmed, chunk.file, chunk.chunk); },
          [&](const StepVerified& verified) {
            enter(step, StepStage::verified, time_ms);
            step.evidence = verified.evidence;
            step.findings = verified.findings;
          },
          [&](const StepHeld& held) {
            enter(step, StepStage::held, time_ms);
            step.reason = held.reason;
            step.remedy = held.remedy;
            step.hold = held.kind;
          },
          [](const auto&) {},
      },
      body);
}

void note_resume(RunState& run, const ResumeAsked& asked) {
  ++run.resumes;
  run.stage = RunStage::running;
  for (auto& [name, host] : run.hosts) {
    // Nobody tried in the meantime: a link may be up, or only be coming up.
    if (asked.patience_anew) {
      host.link_down_since_ms = 0;
      host.link_is_slow = false;
    }
    for (auto& [step_name, step] : host.steps) {
      step.answers_since_ms = 0;  // no look since then
      if (step_name == asked.run_again) step.run_again_allowed = true;
      // The reason is for the step that waits now, and stays with it.
      if (!asked.end_with_findings.empty() && step_name == host.step &&
          step.stage != StepStage::verified) {
        step.end_with_findings = asked.end_with_findings;
      }
    }
  }
}

// From here on another workstation drives the run, with its own keys and directories.
void note_adoption(RunState& run, const Adopted& adopted) {
  run.owner = {run.owner.run_id, adopted.epoch, adopted.driver, adopted.by};
  run.stage = RunStage::stopped;
  if (run.start == nullptr) return;
  RunStarted start = *run.start;
  start.inventory.ssh = adopted.ssh;
  if (!adopted.backup_directory.empty()) start.backup.directory = adopted.backup_directory;
  run.start = std::make_shared<const RunStarted>(std::move(start));
}

}  // namespace

std::string_view name_of(StepStage stage) {
  switch (stage) {
    case StepStage::idle:
      return "idle";
    case StepStage::looking:
      return "looking";
    case StepStage::acting:
      return "acting";
    case StepStage::settling:
      return "settling";
    case StepStage::verified:
      return "verified";
    case StepStage::held:
      return "held";
  }
  return "?";
}

std::string_view name_of(JobFate fate) {
  switch (fate) {
    case JobFate::none:
      return "none";
    case JobFate::in_doubt:
      return "in doubt";
    case JobFate::ended:
      return "ended";
    case JobFate::never_began:
      return "never began";
    case JobFate::killed:
      return "killed";
    case JobFate::rebooted:
      return "host rebooted";
  }
  return "?";
}

std::string_view name_of(RunStage stage) {
  switch (stage) {
    case RunStage::unstarted:
      return "unstarted";
    case RunStage::running:
      return "running";
    case RunStage::awaiting_confirmation:
      return "awaiting confirmation";
    case RunStage::stopped:
      return "stopped";
    case RunStage::finished:
      return "finished";
    case RunStage::abandoned:
      return "abandoned";
  }
  return "?";
}

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::never_began:
      return "never_began";
    case Finding::running:
      return "running";
    case Finding::killed:
      return "killed";
    case Finding::rebooted:
      return "rebooted";
  }
  return "?";
}

std::string_view name_of(HoldKind kind) {
  switch (kind) {
    case HoldKind::unrecorded:
      return "unrecorded";
    case HoldKind::unmet:
      return "unmet";
    case HoldKind::timed_out:
      return "timed_out";
    case HoldKind::link_lost:
      return "link_lost";
    case HoldKind::access_denied:
      return "access_denied";
    case HoldKind::ran_before:
      return "ran_before";
    case HoldKind::command_failed:
      return "command_failed";
    case HoldKind::copy_failed:
      return "copy_failed";
  }
  return "?";
}

Lane lane_of(const FactBody& body) {
  return std::visit(
      []<class T>(const T& fact) -> Lane {
        if constexpr (HasLane<T>) return {fact.host, fact.step};
        return {};
      },
      body);
}

Lane lane_of(const Effect& effect) {
  return std::visit(
      []<class T>(const T& value) -> Lane {
        if constexpr (HasLane<T>) return {value.host, value.step};
        return {};
      },
      effect);
}

std::string_view tag_of(const FactBody& body) {
  static constexpr std::string_view kTags[] = {
      "run_started",     "observed",       "job_ended",      "job_progressed", "job_found",
      "copy_ended",      "expired",        "link_lost",      "ticked",         "step_verified",
      "step_held",       "phase_finished", "run_finished",   "confirmed",      "declined",
      "stop_asked",      "resume_asked",   "run_abandoned",  "host_reached",   "adopted",
      "chunk_confirmed", "noted",          "look_timed_out", "clock_stepped"};
  static_assert(std::size(kTags) == std::variant_size_v<AnyFact>);
  return kTags[body.index()];
}

std::string_view tag_of(const Effect& effect) {
  static constexpr std::string_view kTags[] = {
      "look", "run_job", "follow_job", "settle_job", "copy_backup", "wait", "ask_operator"};
  static_assert(std::size(kTags) == std::variant_size_v<AnyEffect>);
  return kTags[effect.index()];
}

void RunState::note(const Fact& fact) {
  ++facts;
  if (facts == 1) first_ms = fact.time_ms;
  last_ms = fact.time_ms;

  const Lane lane = lane_of(fact.body);
  if (!lane.host.empty()) {
    auto host_at = hosts.find(lane.host);
    if (host_at == hosts.end()) host_at = hosts.emplace(std::string(lane.host), HostState{}).first;
    HostState& host = host_at->second;
    if (const auto* lost = std::get_if<LinkLost>(&fact.body)) {
      if (host.link_down_since_ms == 0) host.link_down_since_ms = fact.time_ms;
      host.link_message = lost->message;
      host.link_is_slow = host.link_is_slow || lost->cut_short;
    } else if (!std::holds_alternative<Ticked>(fact.body) &&
               !std::holds_alternative<Expired>(fact.body) &&
               !std::holds_alternative<LookTimedOut>(fact.body) &&
               !std::holds_alternative<StepHeld>(fact.body)) {
      host.link_down_since_ms = 0;  // an answer from the host: the link is up
      host.link_is_slow = false;
    }
    auto step_at = host.steps.find(lane.step);
    if (step_at == host.steps.end()) {
      step_at = host.steps.emplace(std::string(lane.step), StepState{}).first;
    }
    note_step_fact(step_at->second, fact.body, fact.time_ms);
    return;
  }

  std::visit(Overload{
                 [&](const RunStarted& started) {
                   start = std::make_shared<const RunStarted>(started);
                   owner = {started.run_id, 1, started.run_id, started.started_by};
                   stage = RunStage::running;
                   for (const Host& host : started.inventory.hosts) hosts[host.name];
                 },
                 [&](const PhaseFinished& finished) { phases_finished.push_back(finished.phase); },
                 [&](const RunFinished&) { stage = RunStage::finished; },
                 [&](const Confirmed&) {
                   confirmed = true;
                   stage = RunStage::running;
                 },
                 [&](const Declined&) { stage = RunStage::stopped; },
                 [&](const StopAsked&) { stage = RunStage::stopped; },
                 [&](const ResumeAsked& asked) { note_resume(*this, asked); },
                 [&](const RunAbandoned&) { stage = RunStage::abandoned; },
                 [&](const HostReached& reached) {
                   HostState& host = hosts[reached.host];
                   if (host.boot_id != reached.boot_id) {
                     for (auto& [step_name, step] : host.steps) step.confirmed.clear();
                   }
                   host.machine_id = reached.machine_id;
                   host.boot_id = reached.boot_id;
                   host.host_key = reached.host_key;
                   host.link_down_since_ms = 0;
                   host.link_is_slow = false;
                 },
                 [&](const Adopted& adopted) { note_adoption(*this, adopted); },
                 [&](const Noted& noted) { notes.insert(noted.id); },
                 [&](const ClockStepped& stepped) { wall_ahead_ms = stepped.ahead_ms; },
                 [](const auto&) {},
             },
             fact.body);
}

void RunState::note(const Effect& intent, std::int64_t time_ms) {
  if (std::holds_alternative<AskOperator>(intent)) {
    stage = RunStage::awaiting_confirmation;
    return;
  }
  const Lane lane = lane_of(intent);
  auto host_at = hosts.find(lane.host);
  if (host_at == hosts.end()) host_at = hosts.emplace(std::string(lane.host), HostState{}).first;
  HostState& host = host_at->second;
  if (host.step != lane.step) host.step = lane.step;
  auto step_at = host.steps.find(lane.step);
  if (step_at == host.steps.end()) {
    step_at = host.steps.emplace(std::string(lane.step), StepState{}).first;
  }
  StepState& step = step_at->second;
  if (step.begun_ms == 0) step.begun_ms = time_ms;
  const auto begin_attempt = [&](std::string job) {
    enter(step, StepStage::acting, time_ms);
    ++step.attempts;
    step.job = std::move(job);
    step.fate = JobFate::in_doubt;
    step.output_offset = 0;
    step.run_again_allowed = false;
  };
  std::visit(Overload{
                 [&](const Look&) { enter(step, StepStage::looking, time_ms); },
                 [&](const RunJob& run) { begin_attempt(run.job); },
                 [&](const CopyBackup&) { begin_attempt({}); },
                 [&](const FollowJob&) { enter(step, StepStage::acting, time_ms); },
                 [&](const SettleJob&) { enter(step, StepStage::settling, time_ms); },
                 [](const auto&) {},
             },
             intent);
}

void RunState::note(const Record& record) {
  note(record.fact);
  for (const Effect& intent : record.intents) note(intent, record.fact.time_ms);
}

std::vector<std::string> findings_of(const RunState& run) {
  std::vector<std::string> all;
  for (const auto& [name, host] : run.hosts) {
    for (const auto& [step_name, step] : host.steps) {
      if (step.stage != StepStage::verified) continue;
      all.insert(all.end(), step.findings.begin(), step.findings.end());
    }
  }
  return all;
}

const StepState* RunState::find(std::string_view host, std::string_view step) const {
  const auto host_at = hosts.find(host);
  if (host_at == hosts.end()) return nullptr;
  const auto step_at = host_at->second.steps.find(step);
  return step_at == host_at->second.steps.end() ? nullptr : &step_at->second;
}

}  // namespace core
