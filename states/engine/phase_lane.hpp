// The machine of a phase, generated from its list of steps: at a step, held at it, on to the next.
// Invariant: the rows are made from the steps and nothing else; adding a step to a phase is one
// struct and one name in its list. Included by states/<phase>_phase.cpp only.
#pragma once

#include <array>

#include "states/engine/laws.hpp"
#include "states/engine/phase.hpp"

namespace states {

// Events of a phase. Every fact of a step's own life comes as a StepFact; a broken link is one.
// clang-format off
struct LaneBegun    { static constexpr std::string_view name = "LaneBegun"; };
struct StepVerified { static constexpr std::string_view name = "StepVerified"; };
struct StepHeld     { static constexpr std::string_view name = "StepHeld"; };
struct StepFact     { static constexpr std::string_view name = "StepFact"; };
struct LinkLost     { static constexpr std::string_view name = "LinkLost"; };
struct StopAsked    { static constexpr std::string_view name = "StopAsked"; };
struct ResumeAsked  { static constexpr std::string_view name = "ResumeAsked"; };

struct Waiting  : State { static constexpr std::string_view name = "Waiting"; };
struct Finished : State { static constexpr std::string_view name = "Finished"; };
// clang-format on

// "At move-etcd-manifest", joined at compile time, since names must live as long as the program.
template <const core::StepSpec& S, char Mark>
struct MarkedName {
  static constexpr auto text = [] {
    std::array<char, S.name.size() + 1> joined{};
    joined[0] = Mark;
    for (std::size_t i = 0; i < S.name.size(); ++i) joined[i + 1] = S.name[i];
    return joined;
  }();
  static constexpr std::string_view value{text.data(), text.size()};
};

template <const core::StepSpec& S>
struct At : State {
  static constexpr std::string_view name = S.name;
};
template <const core::StepSpec& S>
struct HeldAt : State {
  static constexpr std::string_view name = MarkedName<S, '!'>::value;
};

// What the actions of a phase need. The pointers are set for the time of one event only.
struct LaneDesk {
  std::optional<StepLife> life;
  const core::StepContext* context = nullptr;
  const core::FactBody* fact = nullptr;
  Outbox* out = nullptr;
  std::optional<std::string> complaint;
};

template <const core::StepSpec& S>
struct BeginStep {
  static constexpr std::string_view name = "BeginStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.desk.life.emplace(S);
    fsm.desk.complaint = fsm.desk.life->begin(*fsm.desk.context, *fsm.desk.out);
  }
};

struct PassOn {
  static constexpr std::string_view name = "PassOn";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.desk.complaint = fsm.desk.life->take(*fsm.desk.fact, *fsm.desk.context, *fsm.desk.out);
  }
};

struct HaltStep {
  static constexpr std::string_view name = "HaltStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.desk.complaint = fsm.desk.life->halt(*fsm.desk.context, *fsm.desk.out);
  }
};

struct ResumeStep {
  static constexpr std::string_view name = "ResumeStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.desk.complaint = fsm.desk.life->resume(*fsm.desk.context, *fsm.desk.out);
  }
};

template <const core::StepSpec& S, class Next, class Action>
using rows_of_step = mp::mp_list<
    // clang-format off
    Row<At<S>,     StepVerified, Next,      Action>,
    Row<At<S>,     StepHeld,     HeldAt<S>>,
    Row<At<S>,     StepFact,     None,      PassOn>,
    Row<At<S>,     LinkLost,     None,      PassOn>,
    Row<At<S>,     StopAsked,    HeldAt<S>, HaltStep>,
    Row<At<S>,     ResumeAsked,  None,      ResumeStep>,
    Row<HeldAt<S>, ResumeAsked,  At<S>,     ResumeStep>>;
// clang-format on

template <const core::StepSpec&... Steps>
struct rows_from;
template <const core::StepSpec& Last>
struct rows_from<Last> {
  using type = rows_of_step<Last, Finished, None>;
};
template <const core::StepSpec& S, const core::StepSpec& Next, const core::StepSpec&... More>
struct rows_from<S, Next, More...> {
  using type = mp::mp_append<rows_of_step<S, At<Next>, BeginStep<Next>>,
                             typename rows_from<Next, More...>::type>;
};

template <const core::StepSpec&... Steps>
struct phase_rows_from;
template <const core::StepSpec& First, const core::StepSpec&... More>
struct phase_rows_from<First, More...> {
  using type = mp::mp_push_front<typename rows_from<First, More...>::type,
                                 Row<Waiting, LaneBegun, At<First>, BeginStep<First>>>;
};
template <const core::StepSpec&... Steps>
using phase_rows = typename phase_rows_from<Steps...>::type;

// The laws of a single step, whatever phase it is in. That it has its functions is tried at run
// time (tests/states/run_machine_test.cpp): under sanitizers GCC takes no function's address for a
// constant.
constexpr bool is_lawful(const core::StepSpec& step) {
  const bool acts = step.action != core::Action::none;
  return !step.name.empty() && !step.source.empty() && !step.purpose.empty() &&
         acts == (step.act_deadline_ms > 0) && step.verify_deadline_ms > 0 &&
         (acts || step.danger == core::Danger::reads) &&
         (step.danger != core::Danger::irreversible || !step.no_undo.empty()) &&
         (step.danger != core::Danger::reversible || !step.undo.empty());
}

// The laws of a phase. `behind_gate`: whether the operator has typed the cluster's name before it.
template <bool behind_gate, const core::StepSpec&... Steps>
constexpr bool phase_is_lawful() {
  using rows = phase_rows<Steps...>;
  static_assert(keys_are_unique<rows>, "two rows for one state and event");
  static_assert(fits_in_a_head<rows>, "split the phase: its table is too long");
  static_assert((is_lawful(Steps) && ...),
                "a step lacks a name, source, witness, deadline or undo");
  static_assert(behind_gate || ((Steps.danger != core::Danger::irreversible) && ...),
                "an irreversible step stands before the gate");
  static_assert(all_handle<rows, mp::mp_list<At<Steps>...>, StopAsked>);
  static_assert(all_handle<rows, mp::mp_list<At<Steps>...>, LinkLost>);
  static_assert(all_handle<rows, mp::mp_list<HeldAt<Steps>...>, ResumeAsked>);
  return true;
}

template <const core::StepSpec&... Steps>
struct PhaseDef : MachineDef<PhaseDef<Steps...>> {
  using rows = phase_rows<Steps...>;
  using initial_state = Waiting;
  using transition_table = table_of<rows>;
  LaneDesk desk;
};

template <const core::StepSpec&... Steps>
class PhaseLane final : public Lane {
 public:
  PhaseLane() { fsm_.start(); }

  std::unique_ptr<Lane> clone() const override { return std::make_unique<PhaseLane>(*this); }

  std::optional<std::string> begin(const core::StepContext& context, Outbox& out) override {
    return send(LaneBegun{}, nullptr, context, out);
  }

  std::optional<std::string> take(const core::FactBody& fact, const core::StepContext& context,
                                  Outbox& out) override {
    if (std::holds_alternative<core::StepVerified>(fact)) {
      return send(StepVerified{}, &fact, context, out);
    }
    if (std::holds_alternative<core::StepHeld>(fact)) {
      held_ = true;
      return send(StepHeld{}, &fact, context, out);
    }
    if (std::holds_alternative<core::LinkLost>(fact)) return send(LinkLost{}, &fact, context, out);
    return send(StepFact{}, &fact, context, out);
  }

  std::optional<std::string> halt(const core::StepContext& context, Outbox& out) override {
    if (held_ || finished()) return std::nullopt;  // nothing of this lane is under way
    held_ = true;
    return send(StopAsked{}, nullptr, context, out);
  }

  std::optional<std::string> resume(const core::StepContext& context, Outbox& out) override {
    if (finished()) return std::nullopt;
    held_ = false;
    return send(ResumeAsked{}, nullptr, context, out);
  }

  std::optional<core::FactBody> conclusion(const std::string& host) const override {
    if (held_ || finished() || !fsm_.desk.life) return std::nullopt;
    return fsm_.desk.life->conclusion(host);
  }

  bool finished() const override {
    return fsm_.current_state()[0] ==
           boost::msm::back::get_state_id<typename Engine<PhaseDef<Steps...>>::stt,
                                          Finished>::value;
  }

 private:
  template <class Event>
  std::optional<std::string> send(const Event& event, const core::FactBody* fact,
                                  const core::StepContext& context, Outbox& out) {
    LaneDesk& desk = fsm_.desk;
    desk.context = &context;
    desk.fact = fact;
    desk.out = &out;
    desk.complaint.reset();
    const bool taken = accept(fsm_, event);
    desk.context = nullptr;
    desk.fact = nullptr;
    desk.out = nullptr;
    if (!taken) return "the lane of " + context.host.name + " takes no " + std::string(Event::name);
    return desk.complaint;
  }

  Engine<PhaseDef<Steps...>> fsm_;
  bool held_ = false;
};

// What a phase's file hands out. The steps' addresses are constants of the program.
template <const core::StepSpec&... Steps>
Phase make_phase(std::string_view name, std::string_view title, core::HostSet hosts) {
  static constexpr const core::StepSpec* kSteps[] = {&Steps...};
  return {{name, title, hosts, kSteps},
          []() -> std::unique_ptr<Lane> { return std::make_unique<PhaseLane<Steps...>>(); },
          [] { return rows_text<phase_rows<Steps...>>(); }};
}

}  // namespace states
