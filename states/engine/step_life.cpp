// The machine of a step's life, the same for every step. Its danger: between the intent of a
// command and its outcome the process may die or the link may break, and then nobody knows whether
// the host was changed. From there the only way on leads through Settling (what does the job's own
// directory say?) and Looking (does the witness hold?), never back to Acting by itself.
#include "states/engine/step_life.hpp"

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
    fsm.desk.context = &context;
    fsm.desk.out = &out;
    const bool taken = accept(fsm, event);
    fsm.desk.context = nullptr;
    fsm.desk.out = nullptr;
    if (taken) return std::nullopt;
    return "step " + std::string(fsm.desk.spec->name) + " on " + context.host.name + " takes no " +
           std::string(Event::name) + " now";
  }

  std::optional<std::string> judge(const core::Observed& seen, const StepContext& context,
                                   Outbox& out);
  // REQUIRES: what was awaited did not come by the step's deadline.
  std::optional<std::string> time_out(const std::string& awaited, const StepContext& context,
                                      Outbox& out) {
    Desk& desk = fsm.desk;
    desk.hold = core::HoldKind::timed_out;
    desk.words = "timed out waiting for: " + awaited;
    if (desk.remedy.empty()) {
      desk.remedy = "find out what hinders it on " + context.host.name + ", then resume";
    }
    return send(Expired{}, context, out);
  }
  std::optional<std::string> lose_link(const core::LinkLost& lost, const StepContext& context,
                                       Outbox& out);
};

StepLife::StepLife(const StepSpec& spec) : spec_(&spec), machine_(std::make_unique<Machine>()) {
  machine_->fsm.start();
  machine_->fsm.desk.spec = &spec;
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
  Desk& desk = machine_->fsm.desk;
  desk.link_tries = 0;
  desk.words.clear();
  desk.remedy.clear();
  const core::StepState* known = context.run.find(context.host.name, spec_->name);
  // A copy has no job to ask: its witness, the digests, tells everything.
  const bool in_doubt =
      known != nullptr && known->job_in_doubt() && spec_->action == core::Action::job;
  if (in_doubt) return machine_->send(ResumedInDoubt{}, context, out);
  return machine_->send(ResumedClear{}, context, out);
}

namespace {

// May a command that was intended before be intended once
// more, now that the witness says that it is (still) needed?
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
    return "ended with code " + std::to_string(known.exit_code);
  }
  if (known.fate == core::JobFate::rebooted) return "was cut short by a reboot of the host";
  if (known.fate == core::JobFate::killed) return "was killed on the host";
  return "has an unknown end";
}

}  // namespace

std::optional<std::string> StepLife::Machine::judge(const core::Observed& seen,
                                                    const StepContext& context, Outbox& out) {
  Desk& desk = fsm.desk;
  const StepSpec& spec = *desk.spec;
  desk.link_tries = 0;
  Verdict verdict = seen.truncated
                        ? Verdict::wrong("the host printed more than " +
                                             std::to_string(core::kObservationBytesMax) + " bytes",
                                         "look at the host by hand; then resume")
                        : spec.judge(context, seen);
  desk.hold = core::HoldKind::unmet;
  desk.words = std::move(verdict.words);
  desk.remedy = std::move(verdict.remedy);
  desk.recheck_ms = verdict.recheck_ms;
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
  desk.hold = core::HoldKind::ran_before;
  desk.words = "its command ran before and " + how_it_ended(known) +
               "; the witness does not hold (" + desk.words +
               "), and it is never started a second time by itself";
  desk.remedy = "look at " + context.host.name +
                " and at the job's output; if a second start is right, " + "restorectl resume " +
                context.start().run_id + " --run-again " + std::string(spec.name);
  return send(Wrong{}, context, out);
}

std::optional<std::string> StepLife::Machine::lose_link(const core::LinkLost& lost,
                                                        const StepContext& context, Outbox& out) {
  Desk& desk = fsm.desk;
  const auto host = context.run.hosts.find(context.host.name);
  const std::int64_t patience_ms = desk.spec->link_patience_ms > 0
                                       ? desk.spec->link_patience_ms
                                       : context.inventory().timing.link_patience_ms;
  const std::int64_t down_ms = context.now_ms - host->second.link_down_since_ms;
  if (lost.permanent || down_ms >= patience_ms) {
    desk.hold = lost.permanent ? core::HoldKind::access_denied : core::HoldKind::link_lost;
    desk.words = lost.message;
    if (!lost.permanent) {
      desk.words += " (for " + std::to_string(down_ms / 1000) + " s)";
      desk.remedy = "restore the connection to " + context.host.name + " (" + context.host.address +
                    "), try `ssh`, then resume";
    } else {
      desk.remedy = "fix SSH access to " + context.host.name + ", then resume";
    }
    return send(LinkRefused{}, context, out);
  }
  if (is<Acting>(fsm) && desk.spec->action == core::Action::copy) {
    return send(CopyCut{}, context, out);
  }
  return send(LinkLost{}, context, out);
}

std::optional<std::string> StepLife::take(const core::FactBody& fact, const StepContext& context,
                                          Outbox& out) {
  Machine& machine = *machine_;
  Desk& desk = machine.fsm.desk;
  if (core::lane_of(fact).step != spec_->name) {
    return "a fact of step '" + std::string(core::lane_of(fact).step) + "' came while " +
           context.host.name + " is at " + std::string(spec_->name);
  }
  if (const auto* seen = std::get_if<core::Observed>(&fact)) {
    return machine.judge(*seen, context, out);
  }
  if (const auto* lost = std::get_if<core::LinkLost>(&fact)) {
    return machine.lose_link(*lost, context, out);
  }
  if (std::holds_alternative<core::Ticked>(fact)) return machine.send(Ticked{}, context, out);
  if (const auto* expired = std::get_if<core::Expired>(&fact)) {
    return machine.time_out(desk.words.empty() ? expired->awaited : desk.words, context, out);
  }
  if (const auto* late = std::get_if<core::LookTimedOut>(&fact)) {
    desk.link_tries = 0;
    desk.words = "a look at the host did not end within " + std::to_string(late->after_ms / 1000) +
                 " s; something that it asks there may hang";
    if (context.now_ms >= desk.deadline_ms) return machine.time_out(desk.words, context, out);
    return machine.send(Ticked{}, context, out);
  }
  if (std::holds_alternative<core::JobProgressed>(fact) ||
      std::holds_alternative<core::ChunkConfirmed>(fact)) {
    return machine.send(Progressed{}, context, out);
  }
  desk.link_tries = 0;
  if (const auto* ended = std::get_if<core::JobEnded>(&fact)) {
    if (ended->exit_code == 0) return machine.send(Succeeded{}, context, out);
    desk.hold = core::HoldKind::command_failed;
    desk.words = "its command ended with code " + std::to_string(ended->exit_code) + ": " +
                 (ended->tail.empty() ? "it printed nothing" : ended->tail);
    desk.remedy = "put right what it says, then resume";
    return machine.send(Failed{}, context, out);
  }
  if (const auto* copied = std::get_if<core::CopyEnded>(&fact)) {
    if (copied->succeeded) return machine.send(Succeeded{}, context, out);
    desk.hold = core::HoldKind::copy_failed;
    desk.words = "the copy failed: " + copied->message;
    desk.remedy = "put right what it says, then resume";
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
  return "a " + std::string(core::tag_of(fact)) + " is not a step's fact";
}

std::optional<core::FactBody> StepLife::conclusion(const std::string& host) const {
  const Desk& desk = machine_->fsm.desk;
  if (is<Done>(machine_->fsm)) {
    return core::StepVerified{host, std::string(spec_->name), desk.words};
  }
  if (is<Held>(machine_->fsm)) {
    return core::StepHeld{host, std::string(spec_->name), desk.words, desk.remedy, desk.hold};
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
