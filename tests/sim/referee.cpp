// The promises; see the header and docs/reliability.md.
#include "tests/sim/referee.hpp"

#include <algorithm>
#include <set>

#include "states/profiles/profiles.hpp"

namespace sim {

namespace {

constexpr std::int64_t kSlackMs = 90'000;  // a look that has begun may still take its minute

class Reader {
 public:
  explicit Reader(std::vector<std::string>& broken) : broken_(broken) {}

  void take(const core::Record& record) {
    check_time(record.fact);
    if (const auto* held = std::get_if<core::StepHeld>(&record.fact.body)) {
      if (held->reason.empty() || held->remedy.empty()) {
        broken_.push_back("held without a reason and a remedy: " + held->step);
      }
    }
    state_.note(record.fact);
    for (const core::Effect& intent : record.intents) {
      check_order(record.fact.seq, intent);
      state_.note(intent, record.fact.time_ms);
      note_deadline(intent);
    }
  }
  const core::RunState& state() const { return state_; }

 private:
  // Whatever was begun in a driver's life has its outcome before its deadline, or soon after.
  void check_time(const core::Fact& fact) {
    if (std::holds_alternative<core::ResumeAsked>(fact.body) ||
        std::holds_alternative<core::Adopted>(fact.body)) {
      due_.clear();
    }
    const std::string host(core::lane_of(fact.body).host);
    for (const auto& [lane, due_ms] : due_) {
      if (fact.time_ms <= due_ms + kSlackMs) continue;
      broken_.push_back("fact " + std::to_string(fact.seq) + ": the lane of " + lane +
                        " was silent past its deadline");
    }
    const bool ends = !std::holds_alternative<core::JobProgressed>(fact.body) &&
                      !std::holds_alternative<core::ChunkConfirmed>(fact.body);
    if (ends) due_.erase(host);
  }

  void note_deadline(const core::Effect& intent) {
    const std::string host(core::lane_of(intent).host);
    std::visit(
        [&](const auto& effect) {
          if constexpr (requires { effect.deadline_ms; }) due_[host] = effect.deadline_ms;
        },
        intent);
  }

  // No command before the witness of every step that the document puts before it.
  void check_order(std::uint64_t seq, const core::Effect& intent) {
    const bool acts = std::holds_alternative<core::RunJob>(intent) ||
                      std::holds_alternative<core::CopyBackup>(intent);
    if (!acts) return;
    const core::Lane lane = core::lane_of(intent);
    const std::string where = "fact " + std::to_string(seq) + ": " + std::string(lane.step) +
                              " on " + std::string(lane.host);
    if (const auto* job = std::get_if<core::RunJob>(&intent)) {
      if (!jobs_.insert(job->job).second) broken_.push_back(where + ": a job's id is used twice");
    }
    const states::Profile& profile = *states::profile_of(state_);
    std::size_t phases_before = 0;
    for (const core::PhaseSpec& phase : profile.phases) {
      const bool own_phase = phase_holds(phase, lane.step);
      for (const core::StepSpec* step : phase.steps) {
        if (own_phase && step->name == lane.step) {
          if (phases_before >= profile.phases_before_gate && !state_.confirmed) {
            broken_.push_back(where + " before the operator confirmed");
          }
          return;
        }
        for (const std::string& host : core::hosts_of(phase, state_.start->inventory)) {
          if (own_phase && host != lane.host) continue;  // lanes of a phase go side by side
          const core::StepState* known = state_.find(host, step->name);
          if (known != nullptr && known->stage == core::StepStage::verified) continue;
          broken_.push_back(where + " before " + std::string(step->name) + " on " + host +
                            " was verified");
        }
      }
      ++phases_before;
    }
  }

  static bool phase_holds(const core::PhaseSpec& phase, std::string_view name) {
    return std::any_of(phase.steps.begin(), phase.steps.end(),
                       [name](const core::StepSpec* step) { return step->name == name; });
  }

  std::vector<std::string>& broken_;
  core::RunState state_;
  std::set<std::string> jobs_;
  std::map<std::string, std::int64_t> due_;
};

// A change may be made anew only where the host itself cut the first one short.
void check_once(const Evidence& evidence, std::vector<std::string>& broken) {
  ControlPlane& plane = evidence.steps.plane();
  const auto cut_short = [&](const std::string& host) {
    return std::count_if(evidence.faults.begin(), evidence.faults.end(), [&](const Fault& fault) {
      return fault.host == host &&
             (fault.kind == Fault::Kind::reboot || fault.kind == Fault::Kind::kill_job);
    });
  };
  for (const auto& [what, times] : evidence.steps.commands_done) {
    if (times > 1 + cut_short(what.substr(0, what.find('/')))) {
      broken.push_back("done " + std::to_string(times) + " times: " + what);
    }
  }
  if (plane.script_starts > 1 + evidence.words_given) {
    broken.push_back("cluster-restore.sh was started " + std::to_string(plane.script_starts) +
                     " times");
  }
  for (const auto& [name, op] : plane.operators()) {
    if (op.redeployments > 1 + evidence.words_given) {
      broken.push_back(name + " was redeployed " + std::to_string(op.redeployments) + " times");
    }
  }
  for (const auto& [name, host] : plane.hosts()) {
    for (const auto& [id, job] : host.jobs) {
      if (job.times_begun > 1) broken.push_back("begun twice: job " + id);
    }
  }
}

void check_kept(ControlPlane& plane, std::vector<std::string>& broken) {
  for (const std::string& token : plane.precious) {
    const bool kept = std::any_of(plane.hosts().begin(), plane.hosts().end(),
                                  [&](const auto& host) { return host.second.files.holds(token); });
    if (!kept) broken.push_back("on no disk any more: " + token);
  }
}

void check_finished(const Evidence& evidence, const core::RunState& state,
                    std::vector<std::string>& broken) {
  ControlPlane& plane = evidence.steps.plane();
  if (!plane.restored) broken.push_back("finished, and nothing is restored");
  if (evidence.steps.has_alarm()) broken.push_back("finished, and etcd refuses writes");
  for (const auto& entry : plane.operators()) {
    const Operator& op = entry.second;
    const bool ours = op.reason.starts_with("restorectl-" + state.start->run_id);
    const bool everywhere = std::all_of(op.node_revision.begin(), op.node_revision.end(),
                                        [&](const auto& node) { return node.second == op.latest; });
    if (!ours || !everywhere) {
      broken.push_back("finished, and " + entry.first + " was not redeployed");
    }
  }
  const std::size_t hosts = state.start->inventory.hosts.size();
  if (plane.members() != hosts) {
    broken.push_back("finished with " + std::to_string(plane.members()) + " members of " +
                     std::to_string(hosts));
  }
  for (const core::AbsentHost& host : state.start->absent) {
    if (!plane.node_ready(host.name).empty())
      broken.push_back("finished, and the API has a Node of " + host.name);
  }
}

// Only what was degraded before the backup, or what the operator gave a word for, is let pass; and
// both are told at the end.
void check_findings(const core::RunState& state, std::vector<std::string>& broken) {
  const core::StepState* last = state.find(ControlPlane::recovery(), "operators-settled");
  const std::vector<std::string> findings = core::findings_of(state);
  const auto told = [&](std::string_view name) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const std::string& one) { return one.find(name) != one.npos; });
  };
  const bool word = last != nullptr && !last->end_with_findings.empty();
  const bool before = !state.start->backup.content.unsettled.empty();
  if (told(kDegradedBefore) != before)
    broken.push_back("the operator that was degraded before is told otherwise than it is");
  if (told(kNeverSettles) != word)
    broken.push_back("an operator that never settled was let pass without a word, or not told");
  const std::size_t at_most = (before ? 1U : 0U) + (word ? 2U : 0U);
  if (findings.size() > at_most) broken.push_back("finished with findings that nobody allowed");
}

}  // namespace

std::vector<std::string> judge(const Evidence& evidence) {
  ControlPlane& plane = evidence.steps.plane();
  std::vector<std::string> broken = plane.violations;
  Reader reader(broken);
  for (const core::Record& record : evidence.records) reader.take(record);
  check_once(evidence, broken);
  check_kept(plane, broken);
  if (reader.state().stage == core::RunStage::finished) {
    check_finished(evidence, reader.state(), broken);
    check_findings(reader.state(), broken);
  }
  return broken;
}

namespace {

std::string chunks_of(const core::StepState& step) {
  std::string text;
  for (const core::FileChunks& file : step.confirmed) {
    text += file.file;
    for (const core::ChunkRange& range : file.ranges)
      text += ' ' + std::to_string(range.first) + '-' + std::to_string(range.last);
  }
  return text;
}

}  // namespace

std::string text_of(const core::RunState& state) {
  std::string text(core::name_of(state.stage));
  const auto add = [&text](const auto&... parts) {
    ((text += '|', text += parts), ...);
    text += '\n';
  };
  const auto number = [](auto value) { return std::to_string(value); };
  add(number(state.facts), number(state.first_ms), number(state.last_ms),
      number(state.wall_ahead_ms), number(state.resumes), number(state.confirmed),
      number(state.owner.epoch), state.owner.driver);
  for (const std::string& phase : state.phases_finished) add(phase);
  for (const auto& [name, host] : state.hosts) {
    add(name, host.step, number(host.link_down_since_ms), host.link_message);
    for (const auto& [step_name, step] : host.steps) {
      add(step_name, core::name_of(step.stage), number(step.since_ms), number(step.begun_ms),
          number(step.attempts), step.job, core::name_of(step.fate), number(step.exit_code),
          number(step.acted_ms), number(step.output_offset), step.last_line,
          number(step.answers_since_ms), number(step.run_again_allowed), step.end_with_findings,
          number(step.findings.size()), step.evidence, step.reason, step.remedy, chunks_of(step),
          step.before_acting ? step.before_acting->out : "-", step.last ? step.last->out : "-");
    }
  }
  return text;
}

}  // namespace sim
