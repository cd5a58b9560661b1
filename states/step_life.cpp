// The machine of a step's life, the same for every step. Its danger: between the intent of a
// command and its outcome the process may die or the link may break, and then nobody knows whether
// the host was changed. From there the only way on leads through Settling (what does the job's own
// directory say?) and Looking (does the witness hold?), never back to Acting by itself.
#include "states/step_life.hpp"

#include <algorithm>

#include "states/laws.hpp"

namespace states {

using core::StepContext;
using core::StepSpec;
using core::Verdict;

namespace {

// Events: what a fact means for the step. One kind for each way on, so that no row needs a guard.
// clang-format off
struct Begun          { static constexpr std::string_view name = "Begun"; };
struct Holds          { static constexpr std::string_view name = "Holds"; };
struct NotYet         { static constexpr std::string_view name = "NotYet"; };
struct NeedsAct       { static constexpr std::string_view name = "NeedsAct"; };
struct Wrong          { static constexpr std::string_view name = "Wrong"; };
struct Expired        { static constexpr std::string_view name = "Expired"; };
struct Progressed     { static constexpr std::string_view name = "Progressed"; };
struct Succeeded      { static constexpr std::string_view name = "Succeeded"; };
struct Failed         { static constexpr std::string_view name = "Failed"; };
struct NeverBegan     { static constexpr std::string_view name = "NeverBegan"; };
struct StillRunning   { static constexpr std::string_view name = "StillRunning"; };
struct Vanished       { static constexpr std::string_view name = "Vanished"; };
struct CopyCut        { static constexpr std::string_view name = "CopyCut"; };
struct LinkLost       { static constexpr std::string_view name = "LinkLost"; };
struct LinkRefused    { static constexpr std::string_view name = "LinkRefused"; };
struct Ticked         { static constexpr std::string_view name = "Ticked"; };
struct StopAsked      { static constexpr std::string_view name = "StopAsked"; };
struct ResumedInDoubt { static constexpr std::string_view name = "ResumedInDoubt"; };
struct ResumedClear   { static constexpr std::string_view name = "ResumedClear"; };

struct Idle     : State { static constexpr std::string_view name = "Idle"; };
struct Looking  : State { static constexpr std::string_view name = "Looking"; };
struct Acting   : State { static constexpr std::string_view name = "Acting"; };
struct Settling : State { static constexpr std::string_view name = "Settling"; };
struct Held     : State { static constexpr std::string_view name = "Held"; };
struct Done     : State { static constexpr std::string_view name = "Done"; };
// clang-format on

// What the actions need; lives in the machine and is copied with it. The pointers are set for the
// time of one event only.
struct Desk {
  const StepSpec* spec = nullptr;
  const StepContext* context = nullptr;
  Outbox* out = nullptr;
  std::int64_t deadline_ms = 0;  // of the witness; 0: starts with the next look
  std::int64_t recheck_ms = 0;
  int link_tries = 0;
  bool halted = false;  // held by StopAsked: no StepHeld is concluded
  std::string words;
  std::string remedy;

  const core::StepState* known() const {
    return context->run.find(context->host.name, spec->name);
  }
  std::string via() const {
    return core::via_of(*spec, context->inventory(), context->host.name);
  }
};

void look(Desk& desk, bool changed_only) {
  if (desk.deadline_ms == 0) desk.deadline_ms = desk.context->now_ms + desk.spec->verify_deadline_ms;
  desk.out->push_back(core::Look{desk.context->host.name, std::string(desk.spec->name), desk.via(),
                                 desk.spec->look(*desk.context), changed_only,
                                 desk.context->inventory().timing.poll_ms,
                                 changed_only ? desk.recheck_ms : 0, desk.deadline_ms});
}

// The random part of every id is the run's; the rest is derived, so a replay decides the same.
std::string job_id(const Desk& desk) {
  const core::StepState* known = desk.known();
  const int attempt = known == nullptr ? 1 : known->attempts + 1;
  return desk.context->start().run_id + "." + std::string(desk.spec->name) + "." +
         desk.context->host.name + "." + std::to_string(attempt);
}

// Actions: each writes into the outbox and nothing else.
struct Look {
  static constexpr std::string_view name = "Look";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    look(fsm.desk, false);
  }
};

struct LookAgain {
  static constexpr std::string_view name = "LookAgain";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    look(fsm.desk, true);
  }
};

// After an act the witness gets its whole time.
struct LookFresh {
  static constexpr std::string_view name = "LookFresh";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    fsm.desk.deadline_ms = 0;
    look(fsm.desk, false);
  }
};

struct Act {
  static constexpr std::string_view name = "Act";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    Desk& desk = fsm.desk;
    const std::int64_t deadline_ms = desk.context->now_ms + desk.spec->act_deadline_ms;
    const std::string& host = desk.context->host.name;
    std::string text = desk.spec->act(*desk.context);
    if (desk.spec->action == core::Action::copy) {
      desk.out->push_back(core::CopyBackup{host, std::string(desk.spec->name), desk.via(),
                                           std::move(text), deadline_ms});
    } else {
      desk.out->push_back(core::RunJob{host, std::string(desk.spec->name), desk.via(), job_id(desk),
                                       std::move(text), deadline_ms});
    }
  }
};

struct Follow {
  static constexpr std::string_view name = "Follow";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    Desk& desk = fsm.desk;
    const core::StepState* known = desk.known();
    desk.out->push_back(core::FollowJob{desk.context->host.name, std::string(desk.spec->name),
                                        desk.via(), known->job, known->output_offset,
                                        desk.context->now_ms + desk.spec->act_deadline_ms});
  }
};

struct Settle {
  static constexpr std::string_view name = "Settle";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    Desk& desk = fsm.desk;
    desk.out->push_back(core::SettleJob{desk.context->host.name, std::string(desk.spec->name),
                                        desk.via(), desk.known()->job});
  }
};

struct WaitForLink {
  static constexpr std::string_view name = "WaitForLink";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    Desk& desk = fsm.desk;
    desk.deadline_ms = 0;  // the time without a link is not the step's
    const std::int64_t pause_ms = std::min<std::int64_t>(
        desk.context->inventory().timing.link_backoff_max_ms, 500LL << std::min(desk.link_tries, 5));
    ++desk.link_tries;
    desk.out->push_back(core::Wait{desk.context->host.name, std::string(desk.spec->name),
                                   desk.context->now_ms + pause_ms});
  }
};

// clang-format off
using rows = mp::mp_list<
  //  in state  on                 to         doing
  Row<Idle,     Begun,             Looking,   LookFresh>,

  Row<Looking,  Holds,             Done>,
  Row<Looking,  NeedsAct,          Acting,    Act>,
  Row<Looking,  NotYet,            Looking,   LookAgain>,
  Row<Looking,  Wrong,             Held>,
  Row<Looking,  Expired,           Held>,
  Row<Looking,  LinkLost,          Looking,   WaitForLink>,
  Row<Looking,  LinkRefused,       Held>,
  Row<Looking,  Ticked,            Looking,   Look>,
  Row<Looking,  StopAsked,         Held>,
  Row<Looking,  ResumedClear,      Looking,   LookFresh>,

  Row<Acting,   Progressed,        None>,
  Row<Acting,   Succeeded,         Looking,   LookFresh>,
  Row<Acting,   Failed,            Held>,
  Row<Acting,   Expired,           Held>,
  Row<Acting,   Vanished,          Looking,   LookFresh>,
  Row<Acting,   CopyCut,           Looking,   WaitForLink>,
  Row<Acting,   LinkLost,          Settling,  WaitForLink>,
  Row<Acting,   LinkRefused,       Held>,
  Row<Acting,   StopAsked,         Held>,
  Row<Acting,   ResumedInDoubt,    Settling,  Settle>,
  Row<Acting,   ResumedClear,      Looking,   LookFresh>,

  Row<Settling, Succeeded,         Looking,   LookFresh>,
  Row<Settling, Failed,            Held>,
  Row<Settling, NeverBegan,        Looking,   LookFresh>,
  Row<Settling, StillRunning,      Acting,    Follow>,
  Row<Settling, Vanished,          Looking,   LookFresh>,
  Row<Settling, LinkLost,          Settling,  WaitForLink>,
  Row<Settling, LinkRefused,       Held>,
  Row<Settling, Ticked,            Settling,  Settle>,
  Row<Settling, StopAsked,         Held>,
  Row<Settling, ResumedInDoubt,    Settling,  Settle>,

  Row<Held,     ResumedInDoubt,    Settling,  Settle>,
  Row<Held,     ResumedClear,      Looking,   LookFresh>
>;
// clang-format on

using live = mp::mp_list<Looking, Acting, Settling>;
static_assert(keys_are_unique<rows>);
static_assert(all_handle<rows, live, StopAsked>, "^C must be taken in every live state");
static_assert(all_handle<rows, live, LinkLost>, "a link can break in every live state");
static_assert(all_handle<rows, live, LinkRefused>);
static_assert(!handles<rows, Settling, NeedsAct> && !handles<rows, Acting, NeedsAct>,
              "a doubt is never settled by acting again without a look");
static_assert(mp::mp_size<rows>::value <= kRowsMax + 3,
              "the one table that all steps share may be a little longer");

struct Def : MachineDef<Def> {
  using initial_state = Idle;
  using transition_table = table_of<rows>;
  Desk desk;
};

// MSM numbers states in the order in which the rows first name them as sources, then as targets;
// flags are its own way to ask by name without knowing that order.
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
    return "step " + std::string(fsm.desk.spec->name) + " on " + context.host.name +
           " takes no " + std::string(Event::name) + " now";
  }

  std::optional<std::string> judge(const core::Observed& seen, const StepContext& context,
                                   Outbox& out);
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
  machine_->fsm.desk.halted = true;
  return machine_->send(StopAsked{}, context, out);
}

std::optional<std::string> StepLife::resume(const StepContext& context, Outbox& out) {
  if (is<Done>(machine_->fsm)) return std::nullopt;
  Desk& desk = machine_->fsm.desk;
  desk.halted = false;
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

// May a command that was intended before be intended once more, now that the witness says that it
// is (still) needed?
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
  desk.words = std::move(verdict.words);
  desk.remedy = std::move(verdict.remedy);
  desk.recheck_ms = verdict.recheck_ms;
  switch (verdict.kind) {
    case Verdict::Kind::holds: return send(Holds{}, context, out);
    case Verdict::Kind::not_yet: return send(NotYet{}, context, out);
    case Verdict::Kind::wrong: return send(Wrong{}, context, out);
    case Verdict::Kind::needs_act: break;
  }
  const core::StepState& known = *context.run.find(context.host.name, spec.name);
  switch (may_act_again(spec, known)) {
    case Again::yes: return send(NeedsAct{}, context, out);
    case Again::wait_for_witness: return send(NotYet{}, context, out);
    case Again::ask_operator: break;
  }
  desk.words = "its command ran before and " + how_it_ended(known) +
               "; the witness does not hold (" + desk.words +
               "), and it is never started a second time by itself";
  desk.remedy = "look at " + context.host.name + " and at the job's output; if a second start is right, " +
                "restorectl resume " + context.start().run_id + " --run-again " +
                std::string(spec.name);
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
    desk.words = lost.message;
    if (!lost.permanent) {
      desk.words += " (for " + std::to_string(down_ms / 1000) + " s)";
      desk.remedy = "mend the way to " + context.host.name + " (" + context.host.address +
                    "), try `ssh`, then resume";
    } else {
      desk.remedy = "put the SSH access to " + context.host.name + " right, then resume";
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
    return "a fact of step '" + std::string(core::lane_of(fact).step) + "' came while " + context.host.name +
           " is at " + std::string(spec_->name);
  }
  if (const auto* seen = std::get_if<core::Observed>(&fact)) {
    return machine.judge(*seen, context, out);
  }
  if (const auto* lost = std::get_if<core::LinkLost>(&fact)) {
    return machine.lose_link(*lost, context, out);
  }
  if (std::holds_alternative<core::Ticked>(fact)) return machine.send(Ticked{}, context, out);
  if (const auto* expired = std::get_if<core::Expired>(&fact)) {
    desk.words = "not within its time: " + (desk.words.empty() ? expired->awaited : desk.words);
    desk.remedy = "find out what hinders it on " + context.host.name + ", then resume";
    return machine.send(Expired{}, context, out);
  }
  if (std::holds_alternative<core::JobProgressed>(fact)) {
    return machine.send(Progressed{}, context, out);
  }
  desk.link_tries = 0;
  if (const auto* ended = std::get_if<core::JobEnded>(&fact)) {
    if (ended->exit_code == 0) return machine.send(Succeeded{}, context, out);
    desk.words = "its command ended with code " + std::to_string(ended->exit_code) + ": " +
                 (ended->tail.empty() ? "it printed nothing" : ended->tail);
    desk.remedy = "put right what it says, then resume";
    return machine.send(Failed{}, context, out);
  }
  if (const auto* copied = std::get_if<core::CopyEnded>(&fact)) {
    if (copied->succeeded) return machine.send(Succeeded{}, context, out);
    desk.words = "the copy failed: " + copied->message;
    desk.remedy = "put right what it says, then resume";
    return machine.send(Failed{}, context, out);
  }
  if (const auto* found = std::get_if<core::JobFound>(&fact)) {
    switch (found->finding) {
      case core::Finding::never_began: return machine.send(NeverBegan{}, context, out);
      case core::Finding::running: return machine.send(StillRunning{}, context, out);
      case core::Finding::killed:
      case core::Finding::rebooted: return machine.send(Vanished{}, context, out);
    }
  }
  return "a " + std::string(core::tag_of(fact)) + " is not a step's fact";
}

std::optional<core::FactBody> StepLife::conclusion(const std::string& host) const {
  const Desk& desk = machine_->fsm.desk;
  if (is<Done>(machine_->fsm)) {
    return core::StepVerified{host, std::string(spec_->name), desk.words};
  }
  if (is<Held>(machine_->fsm) && !desk.halted) {
    return core::StepHeld{host, std::string(spec_->name), desk.words, desk.remedy};
  }
  return std::nullopt;
}

}  // namespace states
