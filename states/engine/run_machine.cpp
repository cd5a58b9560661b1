// The run's machines put together: where in its profile the run is, who drives it, and a lane for
// each host of the phase. Its danger: a barrier that lets one host pass while another may still run
// etcd makes two clusters of one.
#include "states/engine/run_machine.hpp"

#include "states/engine/laws.hpp"

namespace states {

using core::Fact;
using core::FactBody;

namespace {

// ---- who drives --------------------------------------------------------------------------------

// clang-format off
struct Asked   { static constexpr std::string_view name = "ResumeAsked"; };
struct Ended   { static constexpr std::string_view name = "RunFinished"; };
struct Stop    { static constexpr std::string_view name = "StopAsked"; };
struct Abandon { static constexpr std::string_view name = "RunAbandoned"; };
struct Adopt   { static constexpr std::string_view name = "Adopted"; };

struct Driven    : State { static constexpr std::string_view name = "driven"; };
struct Stopped   : State { static constexpr std::string_view name = "stopped"; };
struct Done      : State { static constexpr std::string_view name = "done"; };
struct Abandoned : State { static constexpr std::string_view name = "abandoned"; };

using drive_table = mp::mp_list<
  Row<Driven,  Stop,    Stopped>,
  Row<Driven,  Asked,   Driven>,   // the previous process died without a stop
  Row<Driven,  Ended,   Done>,
  Row<Driven,  Abandon, Abandoned>,
  Row<Driven,  Adopt,   Stopped>,  // the previous driver may live; the hosts refuse it
  Row<Stopped, Asked,   Driven>,
  Row<Stopped, Adopt,   Stopped>,
  Row<Stopped, Abandon, Abandoned>>;
// clang-format on
static_assert(keys_are_unique<drive_table>);

struct DriveDef : MachineDef<DriveDef> {
  using initial_state = Driven;
  using transition_table = table_of<drive_table>;
};

bool is_driven(const Engine<DriveDef>& drive) {
  return drive.current_state()[0] ==
         boost::msm::back::get_state_id<Engine<DriveDef>::stt, Driven>::value;
}

// ---- the whole ---------------------------------------------------------------------------------

class RunMachine final : public core::Machine {
 public:
  explicit RunMachine(FindProfile find) : find_(find) { drive_.start(); }
  RunMachine(const RunMachine& other)
      : find_(other.find_),
        profile_(other.profile_),
        sequence_(other.sequence_ ? other.sequence_->clone() : nullptr),
        drive_(other.drive_),
        state_(other.state_),
        now_ms_(other.now_ms_) {
    for (const auto& [host, lane] : other.lanes_) lanes_.emplace_back(host, lane->clone());
  }
  RunMachine& operator=(const RunMachine&) = delete;

  std::unique_ptr<core::Machine> clone() const override {
    return std::make_unique<RunMachine>(*this);
  }

  core::Decision apply(const Fact& fact) override {
    core::Decision decision;
    decision.refusal = begin(fact.body);
    if (decision.refusal) return decision;
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
    if (state_.start == nullptr || !is_driven(drive_)) return std::nullopt;
    if (sequence_->place() == RunSequence::Place::all_done) return core::RunFinished{};
    if (sequence_->place() != RunSequence::Place::in_phase) return std::nullopt;
    bool all_finished = true;
    for (const auto& [host, lane] : lanes_) {
      if (std::optional<FactBody> fact = lane->conclusion(host)) return fact;
      all_finished = all_finished && lane->finished();
    }
    if (all_finished) return core::PhaseFinished{std::string(current().spec.name)};
    return std::nullopt;
  }

  std::optional<At> at(std::string_view host) const override {
    for (const auto& [name, lane] : lanes_) {
      if (name == host) return lane->at();
    }
    return std::nullopt;
  }

  const core::RunState& state() const override { return state_; }

 private:
  using Refusal = std::optional<std::string>;
  using Event = RunSequence::Event;

  const Phase& current() const { return profile_->machines[sequence_->phase()]; }

  core::StepContext context_of(const std::string& host) const {
    return {state_, *core::find_host(state_.start->inventory, host), now_ms_, profile_->scripts};
  }

  // The first fact names the profile that the run follows.
  Refusal begin(const FactBody& body) {
    const auto* started = std::get_if<core::RunStarted>(&body);
    if ((started != nullptr) != (profile_ == nullptr))
      return started != nullptr ? "the run has already started" : "the run has not started";
    if (started == nullptr) return std::nullopt;
    profile_ = find_(started->profile);
    if (profile_ == nullptr) return "this version has no profile '" + started->profile + "'";
    if (std::optional<std::string> lack = lack_of_hosts(*profile_, started->inventory)) {
      profile_ = nullptr;
      return lack;
    }
    sequence_ = profile_->make_sequence();
    return std::nullopt;
  }

  Refusal send_sequence(Event event, std::string_view name, Outbox& out) {
    switch (sequence_->take(event)) {
      case RunSequence::Next::none:
        return std::nullopt;
      case RunSequence::Next::enter_phase:
        return enter_phase(out);
      case RunSequence::Next::ask_operator:
        out.push_back(core::AskOperator{"", state_.start->inventory.cluster});
        return std::nullopt;
      case RunSequence::Next::refused:
        break;
    }
    return "unexpected " + std::string(name) + " in the current state of the run";
  }

  template <class Event>
  Refusal send_drive(const Event& event) {
    if (accept(drive_, event)) return std::nullopt;
    return "unexpected " + std::string(Event::name) + ": the run is stopped or has ended";
  }

  Refusal enter_phase(Outbox& out) {
    lanes_.clear();
    for (const std::string& host : core::hosts_of(current().spec, state_.start->inventory)) {
      lanes_.emplace_back(host, current().make_lane());
    }
    for (auto& [host, lane] : lanes_) {
      if (Refusal refusal = lane->begin(context_of(host), out)) return refusal;
    }
    return std::nullopt;
  }

  Refusal halt(Outbox& out) {
    if (Refusal refusal = send_drive(Stop{})) return refusal;
    for (auto& [host, lane] : lanes_) {
      if (Refusal refusal = lane->halt(context_of(host), out)) return refusal;
    }
    return std::nullopt;
  }

  Refusal resume(Outbox& out) {
    if (Refusal refusal = send_drive(Asked{})) return refusal;
    if (sequence_->place() == RunSequence::Place::at_gate)
      return send_sequence(Event::resume_asked, Asked::name, out);
    for (auto& [host, lane] : lanes_) {
      if (Refusal refusal = lane->resume(context_of(host), out)) return refusal;
    }
    return std::nullopt;
  }

  Refusal route(const FactBody& body, Outbox& out) {
    const std::string_view name = core::tag_of(body);
    if (std::holds_alternative<core::RunStarted>(body))
      return send_sequence(Event::started, name, out);
    if (std::holds_alternative<core::Noted>(body) ||
        std::holds_alternative<core::ClockStepped>(body))
      return std::nullopt;  // no event of any table
    if (std::holds_alternative<core::StopAsked>(body)) return halt(out);
    if (std::holds_alternative<core::ResumeAsked>(body)) return resume(out);
    if (std::holds_alternative<core::RunAbandoned>(body)) return send_drive(Abandon{});
    if (std::holds_alternative<core::Adopted>(body)) return send_drive(Adopt{});
    if (!is_driven(drive_)) return "the run is stopped: resume it first";
    if (std::holds_alternative<core::HostReached>(body)) return std::nullopt;
    if (const auto* finished = std::get_if<core::PhaseFinished>(&body)) {
      if (finished->phase != current().spec.name)
        return "the current phase is " + std::string(current().spec.name);
      return send_sequence(Event::phase_finished, name, out);
    }
    if (std::holds_alternative<core::RunFinished>(body)) {
      if (Refusal refusal = send_drive(Ended{})) return refusal;
      return send_sequence(Event::run_finished, name, out);
    }
    if (const auto* confirmed = std::get_if<core::Confirmed>(&body)) {
      if (confirmed->typed != state_.start->inventory.cluster)
        return "the typed name is not the cluster's name";
      return send_sequence(Event::confirmed, name, out);
    }
    if (std::holds_alternative<core::Declined>(body))
      return send_sequence(Event::declined, name, out);
    const core::Lane lane_of_fact = core::lane_of(body);
    for (auto& [host, lane] : lanes_) {
      if (host == lane_of_fact.host) return lane->take(body, context_of(host), out);
    }
    return "host '" + std::string(lane_of_fact.host) + "' has no lane in this phase";
  }

  FindProfile find_;
  const Profile* profile_ = nullptr;
  std::unique_ptr<RunSequence> sequence_;
  Engine<DriveDef> drive_;
  std::vector<std::pair<std::string, std::unique_ptr<PhaseLane>>> lanes_;
  core::RunState state_;
  std::int64_t now_ms_ = 0;
};

}  // namespace

std::unique_ptr<core::Machine> make_run_machine(FindProfile find) {
  return std::make_unique<RunMachine>(find);
}
std::vector<TableRow> run_drive_table() { return rows_text<drive_table>(); }

}  // namespace states
