// The run's two machines: which phase it is in, and who drives it. Its danger: a barrier that lets
// one host pass while another may still run etcd makes two clusters of one.
#include "states/engine/run_machine.hpp"

#include <map>

#include "states/engine/laws.hpp"
#include "states/profiles/procedure.hpp"

namespace states {

using core::Fact;
using core::FactBody;

namespace {

// ---- which phase -------------------------------------------------------------------------------

// clang-format off
struct Started       { static constexpr std::string_view name = "RunStarted"; };
struct PhaseDone     { static constexpr std::string_view name = "PhaseFinished"; };
struct Confirmed     { static constexpr std::string_view name = "Confirmed"; };
struct Declined      { static constexpr std::string_view name = "Declined"; };
struct Asked         { static constexpr std::string_view name = "ResumeAsked"; };
struct Ended         { static constexpr std::string_view name = "RunFinished"; };

constexpr std::string_view kPhaseNames[] = {
  "preflight", "weigh", "own-hosts", "stage-backup", "quiesce", "data-aside", "restore", "restart-recovery-kubelet",
  "restart-other-kubelets", "approve-csrs", "single-member", "redeploy-etcd",
  "rollout-kube-apiserver", "rollout-kube-controller-manager", "rollout-kube-scheduler",
  "verify-members", "release-hosts"};
constexpr std::size_t kPhases = std::size(kPhaseNames);

struct Unstarted : State { static constexpr std::string_view name = "unstarted"; };
struct Gate      : State { static constexpr std::string_view name = "gate"; };
struct AllDone   : State { static constexpr std::string_view name = "all-done"; };
struct Finished  : State { static constexpr std::string_view name = "finished"; };
template <std::size_t I>
struct InPhase   : State { static constexpr std::string_view name = kPhaseNames[I]; };
// clang-format on

// Actions say what is to be done next; the adapter below does it, since it owns the lanes.
struct EnterPhase {
  static constexpr std::string_view name = "EnterPhase";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    ++fsm.phase;
    fsm.enter = true;
  }
};
struct Ask {
  static constexpr std::string_view name = "AskOperator";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    fsm.ask = true;
  }
};

template <std::size_t I>
using row_after_phase = Row<InPhase<I>, PhaseDone, InPhase<I + 1>, EnterPhase>;

template <std::size_t From, class Indices>
struct ordinary_rows;
template <std::size_t From, std::size_t... I>
struct ordinary_rows<From, std::index_sequence<I...>> {
  using type = mp::mp_list<row_after_phase<From + I>...>;
};

// clang-format off
using phase_table = mp::mp_append<
  mp::mp_list<Row<Unstarted, Started, InPhase<0>, EnterPhase>>,
  ordinary_rows<0, std::make_index_sequence<kPhasesBeforeGate - 1>>::type,
  mp::mp_list<
    Row<InPhase<kPhasesBeforeGate - 1>, PhaseDone, Gate,                       Ask>,
    Row<Gate,                           Confirmed, InPhase<kPhasesBeforeGate>, EnterPhase>,
    Row<Gate,                           Declined,  None>,
    Row<Gate,                           Asked,     Gate,                       Ask>>,
  ordinary_rows<kPhasesBeforeGate, std::make_index_sequence<kPhases - kPhasesBeforeGate - 1>>::type,
  mp::mp_list<
    Row<InPhase<kPhases - 1>, PhaseDone, AllDone>,
    Row<AllDone,              Ended,     Finished>>>;
// clang-format on

static_assert(keys_are_unique<phase_table>);
static_assert(fits_in_a_head<phase_table>);
static_assert(!handles<phase_table, InPhase<kPhasesBeforeGate - 1>, Confirmed> &&
                  handles<phase_table, Gate, Confirmed>,
              "what comes behind the gate begins with a confirmation and nothing else");

struct PhasesDef : MachineDef<PhasesDef> {
  using initial_state = Unstarted;
  using transition_table = table_of<phase_table>;
  int phase = -1;
  bool enter = false;
  bool ask = false;
};

template <class StateT, class Fsm>
bool is_at(const Fsm& fsm) {
  return fsm.current_state()[0] == boost::msm::back::get_state_id<typename Fsm::stt, StateT>::value;
}

// ---- who drives --------------------------------------------------------------------------------

// clang-format off
struct Stop    { static constexpr std::string_view name = "StopAsked"; };
struct Abandon { static constexpr std::string_view name = "RunAbandoned"; };
struct Adopt   { static constexpr std::string_view name = "Adopted"; };

struct Driven    : State { static constexpr std::string_view name = "driven"; };
struct Stopped   : State { static constexpr std::string_view name = "stopped"; };
struct Done      : State { static constexpr std::string_view name = "done"; };
struct Abandoned : State { static constexpr std::string_view name = "abandoned"; };

using drive_table = mp::mp_list<
  Row<Driven,  Stop,    Stopped>,
  Row<Driven,  Asked,   Driven>,   // the process before died without a word
  Row<Driven,  Ended,   Done>,
  Row<Driven,  Abandon, Abandoned>,
  Row<Driven,  Adopt,   Stopped>,  // the driver before may live; the hosts no longer obey it
  Row<Stopped, Asked,   Driven>,
  Row<Stopped, Adopt,   Stopped>,
  Row<Stopped, Abandon, Abandoned>>;
// clang-format on
static_assert(keys_are_unique<drive_table>);

struct DriveDef : MachineDef<DriveDef> {
  using initial_state = Driven;
  using transition_table = table_of<drive_table>;
};

// ---- the whole ---------------------------------------------------------------------------------

class RunMachine final : public core::Machine {
 public:
  RunMachine() {
    phases_.start();
    drive_.start();
  }
  RunMachine(const RunMachine& other)
      : phases_(other.phases_), drive_(other.drive_), state_(other.state_) {
    for (const auto& [host, lane] : other.lanes_) lanes_.emplace_back(host, lane->clone());
  }
  RunMachine& operator=(const RunMachine&) = delete;

  std::unique_ptr<core::Machine> clone() const override {
    return std::make_unique<RunMachine>(*this);
  }

  core::Decision apply(const Fact& fact) override {
    core::Decision decision;
    if (std::holds_alternative<core::RunStarted>(fact.body) != (state_.start == nullptr)) {
      decision.refusal = state_.start ? "the run has started already" : "no run has started";
      return decision;
    }
    state_.note(fact);
    now_ms_ = fact.time_ms;
    decision.refusal = route(fact.body, decision.effects);
    if (decision.refusal) {
      decision.effects.clear();
      return decision;
    }
    for (const core::Effect& effect : decision.effects) state_.note(effect, fact.time_ms);
    return decision;
  }

  std::optional<FactBody> conclusion() const override {
    if (state_.start == nullptr || !is_at<Driven>(drive_)) return std::nullopt;
    if (is_at<AllDone>(phases_)) return core::RunFinished{};
    if (is_at<Gate>(phases_) || is_at<Finished>(phases_)) return std::nullopt;
    bool all_finished = true;
    for (const auto& [host, lane] : lanes_) {
      if (std::optional<FactBody> fact = lane->conclusion(host)) return fact;
      all_finished = all_finished && lane->finished();
    }
    if (all_finished) return core::PhaseFinished{std::string(current().spec.name)};
    return std::nullopt;
  }

  const core::RunState& state() const override { return state_; }

 private:
  using Complaint = std::optional<std::string>;

  const Phase& current() const { return procedure()[static_cast<std::size_t>(phases_.phase)]; }

  core::StepContext context_of(const std::string& host) const {
    return {state_, *core::find_host(state_.start->inventory, host), now_ms_};
  }

  template <class Event>
  Complaint send_phases(const Event& event, Outbox& out) {
    phases_.enter = false;
    phases_.ask = false;
    if (!accept(phases_, event)) return "the run takes no " + std::string(Event::name) + " now";
    if (phases_.ask) {
      const core::StepState* const need =
          state_.find(state_.start->inventory.recovery_host, "weigh-need");
      out.push_back(core::AskOperator{
          (need == nullptr ? std::string() : need->evidence + ". ") +
              "The next step stops etcd and the API on every control-plane host of cluster '" +
              state_.start->inventory.cluster + "'. Type the cluster's name to go on.",
          state_.start->inventory.cluster});
    }
    return phases_.enter ? enter_phase(out) : std::nullopt;
  }

  template <class Event>
  Complaint send_drive(const Event& event) {
    if (accept(drive_, event)) return std::nullopt;
    return "a run that is over takes no " + std::string(Event::name);
  }

  Complaint enter_phase(Outbox& out) {
    lanes_.clear();
    for (const std::string& host : core::hosts_of(current().spec, state_.start->inventory)) {
      lanes_.emplace_back(host, current().make_lane());
    }
    for (auto& [host, lane] : lanes_) {
      if (Complaint complaint = lane->begin(context_of(host), out)) return complaint;
    }
    return std::nullopt;
  }

  Complaint halt(Outbox& out) {
    if (Complaint complaint = send_drive(Stop{})) return complaint;
    for (auto& [host, lane] : lanes_) {
      if (Complaint complaint = lane->halt(context_of(host), out)) return complaint;
    }
    return std::nullopt;
  }

  Complaint resume(Outbox& out) {
    if (Complaint complaint = send_drive(Asked{})) return complaint;
    if (is_at<Gate>(phases_)) return send_phases(Asked{}, out);
    for (auto& [host, lane] : lanes_) {
      if (Complaint complaint = lane->resume(context_of(host), out)) return complaint;
    }
    return std::nullopt;
  }

  Complaint route(const FactBody& body, Outbox& out) {
    if (std::holds_alternative<core::RunStarted>(body)) return send_phases(Started{}, out);
    if (std::holds_alternative<core::Noted>(body)) return std::nullopt;  // no event of any table
    if (std::holds_alternative<core::StopAsked>(body)) return halt(out);
    if (std::holds_alternative<core::ResumeAsked>(body)) return resume(out);
    if (std::holds_alternative<core::RunAbandoned>(body)) return send_drive(Abandon{});
    if (std::holds_alternative<core::Adopted>(body)) return send_drive(Adopt{});
    if (!is_at<Driven>(drive_)) return "nobody drives the run";
    if (std::holds_alternative<core::HostReached>(body)) return std::nullopt;
    if (const auto* finished = std::get_if<core::PhaseFinished>(&body)) {
      if (finished->phase != current().spec.name)
        return "the run is in " + std::string(current().spec.name);
      return send_phases(PhaseDone{}, out);
    }
    if (std::holds_alternative<core::RunFinished>(body)) {
      if (Complaint complaint = send_drive(Ended{})) return complaint;
      return send_phases(Ended{}, out);
    }
    if (const auto* confirmed = std::get_if<core::Confirmed>(&body)) {
      if (confirmed->typed != state_.start->inventory.cluster) return "another name was typed";
      return send_phases(Confirmed{}, out);
    }
    if (std::holds_alternative<core::Declined>(body)) return send_phases(Declined{}, out);
    const core::Lane at = core::lane_of(body);
    for (auto& [host, lane] : lanes_) {
      if (host == at.host) return lane->take(body, context_of(host), out);
    }
    return "no lane for host '" + std::string(at.host) + "' in this phase";
  }

  Engine<PhasesDef> phases_;
  Engine<DriveDef> drive_;
  std::vector<std::pair<std::string, std::unique_ptr<Lane>>> lanes_;
  core::RunState state_;
  std::int64_t now_ms_ = 0;
};

}  // namespace

std::unique_ptr<core::Machine> make_run_machine() { return std::make_unique<RunMachine>(); }
std::vector<TableRow> run_phases_table() { return rows_text<phase_table>(); }
std::vector<TableRow> run_drive_table() { return rows_text<drive_table>(); }

}  // namespace states
