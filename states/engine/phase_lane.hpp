// The machine of a phase, generated from its list of steps: at a step, held at it, on to the next.
// Invariant: the rows are made from the steps and nothing else; adding a step to a phase is one
// struct and one name in its list. Included by states/steps/*.cpp only.
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
struct StopAsked    { static constexpr std::string_view name = "StopAsked"; };
struct ResumeAsked  { static constexpr std::string_view name = "ResumeAsked"; };

struct Waiting  : State { static constexpr std::string_view name = "Waiting"; };
struct Finished : State { static constexpr std::string_view name = "Finished"; };
// clang-format on

// "!move-etcd-manifest", joined at compile time, since names must live as long as the program.
template <const core::StepSpec& S>
struct HeldName {
  static constexpr auto text = [] {
    std::array<char, S.name.size() + 1> joined{'!'};
    for (std::size_t i = 0; i < S.name.size(); ++i) joined[i + 1] = S.name[i];
    return joined;
  }();
  static constexpr std::string_view value{text.data(), text.size()};
};

template <const core::StepSpec& S>
struct At : State {
  static constexpr std::string_view name = S.name;
  static constexpr const core::StepSpec& spec = S;
};
template <const core::StepSpec& S>
struct HeldAt : State {
  static constexpr std::string_view name = HeldName<S>::value;
};

// What the actions of a phase need. The pointers are set for the time of one event only.
struct LaneEnv {
  std::optional<StepLife> life;
  const core::StepContext* context = nullptr;
  const core::FactBody* fact = nullptr;
  Outbox* out = nullptr;
  std::optional<std::string> refusal;
};

// Begins the step that the row leads to.
struct BeginStep {
  static constexpr std::string_view name = "BeginStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.env.life.emplace(B::spec);
    fsm.env.refusal = fsm.env.life->begin(*fsm.env.context, *fsm.env.out);
  }
};

struct PassOn {
  static constexpr std::string_view name = "PassOn";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.env.refusal = fsm.env.life->take(*fsm.env.fact, *fsm.env.context, *fsm.env.out);
  }
};

struct HaltStep {
  static constexpr std::string_view name = "HaltStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.env.refusal = fsm.env.life->halt(*fsm.env.context, *fsm.env.out);
  }
};

struct ResumeStep {
  static constexpr std::string_view name = "ResumeStep";
  template <class E, class F, class A, class B>
  void operator()(const E&, F& fsm, A&, B&) const {
    fsm.env.refusal = fsm.env.life->resume(*fsm.env.context, *fsm.env.out);
  }
};

template <const core::StepSpec& S, class Next, class Action>
using rows_of_step = mp::mp_list<
    // clang-format off
    Row<At<S>,     StepVerified, Next,      Action>,
    Row<At<S>,     StepHeld,     HeldAt<S>>,
    Row<At<S>,     StepFact,     None,      PassOn>,
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
  using type =
      mp::mp_append<rows_of_step<S, At<Next>, BeginStep>, typename rows_from<Next, More...>::type>;
};

template <class Steps>
struct phase_rows_of;
template <const core::StepSpec& First, const core::StepSpec&... More>
struct phase_rows_of<StepList<First, More...>> {
  using type = mp::mp_push_front<typename rows_from<First, More...>::type,
                                 Row<Waiting, LaneBegun, At<First>, BeginStep>>;
};
template <class Steps>
using phase_rows = typename phase_rows_of<Steps>::type;

template <class Steps>
struct PhaseDef : MachineDef<PhaseDef<Steps>> {
  using rows = phase_rows<Steps>;
  using initial_state = Waiting;
  using transition_table = table_of<rows>;
  LaneEnv env;
};

template <class Steps>
class LaneOf;

template <const core::StepSpec&... Steps>
class LaneOf<StepList<Steps...>> final : public PhaseLane {
  using Def = PhaseDef<StepList<Steps...>>;
  using rows = typename Def::rows;
  static_assert(keys_are_unique<rows>, "two rows for one state and event");
  static_assert(mp::mp_size<rows>::value <= kGeneratedRowsMax, "split the phase");
  static_assert(all_handle<rows, mp::mp_list<At<Steps>...>, StopAsked>);
  static_assert(all_handle<rows, mp::mp_list<At<Steps>...>, StepFact>, "a broken link is one");
  static_assert(all_handle<rows, mp::mp_list<At<Steps>..., HeldAt<Steps>...>, ResumeAsked>);

 public:
  LaneOf() { fsm_.start(); }

  std::unique_ptr<PhaseLane> clone() const override { return std::make_unique<LaneOf>(*this); }

  std::optional<std::string> begin(const core::StepContext& context, Outbox& out) override {
    return send(LaneBegun{}, nullptr, context, out);
  }

  std::optional<std::string> take(const core::FactBody& fact, const core::StepContext& context,
                                  Outbox& out) override {
    if (std::holds_alternative<core::StepVerified>(fact))
      return send(StepVerified{}, &fact, context, out);
    if (std::holds_alternative<core::StepHeld>(fact)) return send(StepHeld{}, &fact, context, out);
    return send(StepFact{}, &fact, context, out);
  }

  std::optional<std::string> halt(const core::StepContext& context, Outbox& out) override {
    if (held() || finished()) return std::nullopt;  // nothing of this lane is under way
    return send(StopAsked{}, nullptr, context, out);
  }

  std::optional<std::string> resume(const core::StepContext& context, Outbox& out) override {
    if (finished()) return std::nullopt;
    return send(ResumeAsked{}, nullptr, context, out);
  }

  std::optional<core::FactBody> conclusion(const std::string& host) const override {
    if (held() || finished() || !fsm_.env.life) return std::nullopt;
    return fsm_.env.life->conclusion(host);
  }

  bool finished() const override { return is<Finished>(); }

  core::Machine::At at() const override {
    if (!fsm_.env.life) return {};
    const std::string_view step = fsm_.env.life->spec().name;
    if (finished()) return {step, core::StepStage::verified};
    return {step, held() ? core::StepStage::held : fsm_.env.life->stage()};
  }

 private:
  template <class StateT>
  bool is() const {
    return fsm_.current_state()[0] ==
           boost::msm::back::get_state_id<typename Engine<Def>::stt, StateT>::value;
  }
  bool held() const { return (is<HeldAt<Steps>>() || ...); }

  template <class Event>
  std::optional<std::string> send(const Event& event, const core::FactBody* fact,
                                  const core::StepContext& context, Outbox& out) {
    LaneEnv& env = fsm_.env;
    env.context = &context;
    env.fact = fact;
    env.out = &out;
    env.refusal.reset();
    const bool taken = accept(fsm_, event);
    env.context = nullptr;
    env.fact = nullptr;
    env.out = nullptr;
    if (!taken)
      return "unexpected " + std::string(Event::name) + " in the lane of " + context.host.name;
    return env.refusal;
  }

  Engine<Def> fsm_;
};

// What a phase's file hands out. The steps' addresses are constants of the program.
template <class P>
Phase machine_of() {
  return {
      {P::name, P::title, P::hosts, P::steps::specs},
      []() -> std::unique_ptr<PhaseLane> { return std::make_unique<LaneOf<typename P::steps>>(); },
      [] { return rows_text<phase_rows<typename P::steps>>(); }};
}

}  // namespace states
