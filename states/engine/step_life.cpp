// The machine of a step's life, the same for every step. Its danger: between the intent of a
// command and its outcome the process may die or the link may break, and then nobody knows whether
// the host was changed. From there the only way on leads through Settling (what does the job's own
// directory show?) and Looking (is the step done?), never straight back to Acting.
#include "states/engine/step_life.hpp"

#include "core/text.hpp"
#include "states/engine/known_cure.hpp"
#include "states/engine/step_table.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

using namespace step_table;

// MSM numbers states by the order of the rows; a state is asked for by its type, never by a number.
template <class StateT>
bool is(const Engine<Def>& fsm) {
  return fsm.current_state()[0] ==
         boost::msm::back::get_state_id<typename Engine<Def>::stt, StateT>::value;
}

}  // namespace

struct StepLife::Machine {
  Engine<Def> fsm;

  template <class Event>
  std::optional<std::string> send(const Event& event, const StepContext& context, Outbox& out) {
    fsm.env.context = &context;
    fsm.env.out = &out;
    const bool taken = accept(fsm, event);
    fsm.env.context = nullptr;
    fsm.env.out = nullptr;
    if (taken) return std::nullopt;
    return "unexpected " + std::string(Event::name) + " in step " +
           std::string(fsm.env.spec->name) + " on " + context.host.name;
  }

  std::optional<std::string> judge(const core::Observed& seen, const StepContext& context,
                                   Outbox& out);
  // REQUIRES: what was awaited did not come by the step's deadline.
  std::optional<std::string> time_out(const std::string& awaited, const StepContext& context,
                                      Outbox& out) {
    StepEnv& env = fsm.env;
    env.hold = core::HoldKind::timed_out;
    env.detail = "timed out waiting for the condition: " + awaited;
    if (env.remedy.empty()) {
      env.remedy = "find the cause on " + context.host.name + ", then resume";
    }
    return send(Expired{}, context, out);
  }
  std::optional<std::string> lose_link(const core::LinkLost& lost, const StepContext& context,
                                       Outbox& out);
};

StepLife::StepLife(const StepSpec& spec) : spec_(&spec), machine_(std::make_unique<Machine>()) {
  machine_->fsm.start();
  machine_->fsm.env.spec = &spec;
}
StepLife::StepLife(const StepLife& other)
    : spec_(other.spec_), machine_(std::make_unique<Machine>(*other.machine_)) {}
StepLife& StepLife::operator=(const StepLife& other) {
  spec_ = other.spec_;
  machine_ = std::make_unique<Machine>(*other.machine_);
  return *this;
}
StepLife::~StepLife() = default;

std::vector<TableRow> StepLife::table() { return rows_text<rows>(); }

std::optional<std::string> StepLife::begin(const StepContext& context, Outbox& out) {
  return machine_->send(Begun{}, context, out);
}

std::optional<std::string> StepLife::halt(const StepContext& context, Outbox& out) {
  if (is<Held>(machine_->fsm) || is<Done>(machine_->fsm)) return std::nullopt;
  return machine_->send(StopAsked{}, context, out);
}

std::optional<std::string> StepLife::resume(const StepContext& context, Outbox& out) {
  if (is<Done>(machine_->fsm)) return std::nullopt;
  StepEnv& env = machine_->fsm.env;
  env.link_tries = 0;
  env.detail.clear();
  env.remedy.clear();
  env.stuck_since.clear();  // nobody watched in the meantime
  const core::StepState* known = context.run.find(context.host.name, spec_->name);
  // A copy has no job to settle: the digests on the host show everything.
  const bool in_doubt =
      known != nullptr && known->job_in_doubt() && spec_->action == core::Action::job;
  if (in_doubt) return machine_->send(ResumedInDoubt{}, context, out);
  return machine_->send(ResumedClear{}, context, out);
}

namespace {

// May a command that was intended before be intended again,
// now that a look shows that it is (still) needed?
enum class Again { yes, wait_for_witness, ask_operator };
Again may_act_again(const StepSpec& spec, const core::StepState& known) {
  if (known.attempts == 0 || known.run_again_allowed) return Again::yes;
  if (known.fate == core::JobFate::never_began) return Again::yes;
  if (known.fate == core::JobFate::ended && known.exit_code == 0) {
    return spec.repeats ? Again::yes : Again::wait_for_witness;
  }
  return spec.once ? Again::ask_operator : Again::yes;
}

std::string how_it_ended(const core::StepState& known) {
  if (known.fate == core::JobFate::ended) {
    return "exited with code " + std::to_string(known.exit_code);
  }
  if (known.fate == core::JobFate::rebooted) return "was interrupted by a reboot of the host";
  if (known.fate == core::JobFate::killed) return "was killed on the host";
  return "has an unknown outcome";
}

// Notes since when looks have shown each thing at which the step is stuck. Returns the first that
// has lasted for its time, or nullptr; the next look comes when the next one will have.
const core::Stuck* lasting(StepEnv& env, const std::vector<core::Stuck>& stuck,
                           std::int64_t now_ms) {
  std::map<std::string, std::int64_t> since;
  const core::Stuck* found = nullptr;
  for (const core::Stuck& one : stuck) {
    const auto known = env.stuck_since.find(one.at);
    const std::int64_t from_ms = known == env.stuck_since.end() ? now_ms : known->second;
    since[one.at] = from_ms;
    const std::int64_t until_ms = from_ms + one.hold_after_ms;
    if (now_ms >= until_ms) {
      if (found == nullptr) found = &one;
    } else {
      env.recheck_ms = env.recheck_ms == 0 ? until_ms : std::min(env.recheck_ms, until_ms);
    }
  }
  env.stuck_since = std::move(since);
  return found;
}

}  // namespace

bool may_act(const StepSpec& spec, const core::StepState* known) {
  return known == nullptr || may_act_again(spec, *known) == Again::yes;
}

std::optional<std::string> StepLife::Machine::judge(const core::Observed& seen,
                                                    const StepContext& context, Outbox& out) {
  StepEnv& env = fsm.env;
  const StepSpec& spec = *env.spec;
  env.link_tries = 0;
  Verdict verdict = seen.truncated
                        ? Verdict::wrong("the output of the check exceeds " +
                                             std::to_string(core::kObservationBytesMax) + " bytes",
                                         "inspect the host, then resume")
                        : spec.judge(context, seen);
  env.hold = core::HoldKind::unmet;
  env.detail = std::move(verdict.detail);
  env.remedy = std::move(verdict.remedy);
  env.recheck_ms = verdict.recheck_ms;
  env.findings = std::move(verdict.findings);
  if (const core::Stuck* stuck = lasting(env, verdict.stuck, context.now_ms)) {
    env.detail = "unchanged for " + core::duration_words(stuck->hold_after_ms) + ": " + env.detail;
    env.remedy = stuck->remedy;
    return send(Wrong{}, context, out);
  }
  switch (verdict.kind) {
    case Verdict::Kind::holds:
      return send(Holds{}, context, out);
    case Verdict::Kind::not_yet:
      return send(NotYet{}, context, out);
    case Verdict::Kind::wrong:
      return send(Wrong{}, context, out);
    case Verdict::Kind::needs_act:
      break;
  }
  const core::StepState& known = *context.run.find(context.host.name, spec.name);
  switch (may_act_again(spec, known)) {
    case Again::yes:
      return send(NeedsAct{}, context, out);
    case Again::wait_for_witness:
      return send(NotYet{}, context, out);
    case Again::ask_operator:
      break;
  }
  env.hold = core::HoldKind::ran_before;
  env.detail = "the command already ran and " + how_it_ended(known) +
               ", but its effect is missing (" + env.detail +
               "); it is never run again automatically";
  env.remedy = "check " + context.host.name +
               " and the job's output; if it is safe to run again: restorectl resume " +
               context.start().run_id + " --run-again " + std::string(spec.name);
  return send(Wrong{}, context, out);
}

std::optional<std::string> StepLife::Machine::lose_link(const core::LinkLost& lost,
                                                        const StepContext& context, Outbox& out) {
  StepEnv& env = fsm.env;
  env.stuck_since.clear();  // what nobody sees may have changed
  const auto host = context.run.hosts.find(context.host.name);
  // A step's own patience is for hosts that are not there; one that answers slowly has that of the
  // inventory, since each attempt waits longer than the one before.
  const std::int64_t patience_ms = env.spec->link_patience_ms > 0 && !host->second.link_is_slow
                                       ? env.spec->link_patience_ms
                                       : context.inventory().timing.link_patience_ms;
  const std::int64_t down_ms = context.now_ms - host->second.link_down_since_ms;
  if (lost.permanent || down_ms >= patience_ms) {
    env.hold = lost.permanent ? core::HoldKind::access_denied : core::HoldKind::link_lost;
    env.detail = lost.message;
    if (!lost.permanent) {
      env.detail += " (for " + std::to_string(down_ms / 1000) + " s)";
      env.remedy = "restore the connection to " + context.host.name + " (" + context.host.address +
                   "), check it with `ssh`, then resume";
      if (!env.spec->if_gone.empty() && !context.on_recovery_host() && !host->second.link_is_slow) {
        env.remedy += "; if the host is gone for good: " + std::string(env.spec->if_gone) + " " +
                      context.host.name;
        for (const core::AbsentHost& absent : context.absent())
          env.remedy += " --without " + absent.name;
      }
    } else {
      env.remedy = "fix SSH access to " + context.host.name + ", then resume";
    }
    return send(LinkRefused{}, context, out);
  }
  if (is<Acting>(fsm) && env.spec->action == core::Action::copy) {
    return send(CopyCut{}, context, out);
  }
  return send(LinkLost{}, context, out);
}

std::optional<std::string> StepLife::take(const core::FactBody& fact, const StepContext& context,
                                          Outbox& out) {
  Machine& machine = *machine_;
  StepEnv& env = machine.fsm.env;
  if (core::lane_of(fact).step != spec_->name) {
    return "unexpected fact of step '" + std::string(core::lane_of(fact).step) +
           "': " + context.host.name + " is at step " + std::string(spec_->name);
  }
  if (const auto* seen = std::get_if<core::Observed>(&fact)) {
    return machine.judge(*seen, context, out);
  }
  if (const auto* lost = std::get_if<core::LinkLost>(&fact)) {
    return machine.lose_link(*lost, context, out);
  }
  if (std::holds_alternative<core::Ticked>(fact)) return machine.send(Ticked{}, context, out);
  if (const auto* expired = std::get_if<core::Expired>(&fact)) {
    return machine.time_out(env.detail.empty() ? expired->awaited : env.detail, context, out);
  }
  if (const auto* late = std::get_if<core::LookTimedOut>(&fact)) {
    env.link_tries = 0;
    env.stuck_since.clear();
    env.detail = "the check did not finish within " + std::to_string(late->after_ms / 1000) +
                 " s; a command on the host may hang";
    if (context.now_ms >= env.deadline_ms) return machine.time_out(env.detail, context, out);
    return machine.send(Ticked{}, context, out);
  }
  if (std::holds_alternative<core::JobProgressed>(fact) ||
      std::holds_alternative<core::ChunkConfirmed>(fact)) {
    return machine.send(Progressed{}, context, out);
  }
  env.link_tries = 0;
  if (const auto* ended = std::get_if<core::JobEnded>(&fact)) {
    if (ended->exit_code == 0) return machine.send(Succeeded{}, context, out);
    env.hold = core::HoldKind::command_failed;
    env.detail = "the command exited with code " + std::to_string(ended->exit_code) + ": " +
                 (ended->tail.empty() ? "no output" : ended->tail);
    env.remedy = "fix the reported problem, then resume";
    return machine.send(Failed{}, context, out);
  }
  if (const auto* copied = std::get_if<core::CopyEnded>(&fact)) {
    if (copied->succeeded) return machine.send(Succeeded{}, context, out);
    env.hold = core::HoldKind::copy_failed;
    env.detail = "the copy failed: " + copied->message;
    env.remedy = "fix the reported problem, then resume";
    return machine.send(Failed{}, context, out);
  }
  if (const auto* found = std::get_if<core::JobFound>(&fact)) {
    switch (found->finding) {
      case core::Finding::never_began:
        return machine.send(NeverBegan{}, context, out);
      case core::Finding::running:
        return machine.send(StillRunning{}, context, out);
      case core::Finding::killed:
      case core::Finding::rebooted:
        return machine.send(Vanished{}, context, out);
    }
  }
  return std::string(core::tag_of(fact)) + " is not a fact of a step";
}

std::optional<core::FactBody> StepLife::conclusion(const std::string& host) const {
  const StepEnv& env = machine_->fsm.env;
  if (is<Done>(machine_->fsm)) {
    return core::StepVerified{host, std::string(spec_->name), env.detail, env.findings};
  }
  if (is<Held>(machine_->fsm)) {
    return core::StepHeld{host, std::string(spec_->name), env.detail,
                          remedy_with_cure(env.detail, env.remedy), env.hold};
  }
  return std::nullopt;
}

core::StepStage StepLife::stage() const {
  const Engine<Def>& fsm = machine_->fsm;
  if (is<Looking>(fsm)) return core::StepStage::looking;
  if (is<Acting>(fsm)) return core::StepStage::acting;
  if (is<Settling>(fsm)) return core::StepStage::settling;
  if (is<Held>(fsm)) return core::StepStage::held;
  return is<Done>(fsm) ? core::StepStage::verified : core::StepStage::idle;
}

}  // namespace states
