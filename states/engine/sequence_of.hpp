// The machine of a run, generated from a profile's list of phases: one state a phase, the gate, the
// end. Its danger: a way around the gate. Invariant: the rows are made from the list and nothing
// else; adding a phase is one name in it. Included by states/profiles/*.cpp only.
#pragma once

#include <array>

#include "states/engine/laws.hpp"
#include "states/engine/profile.hpp"
#include "states/engine/run_sequence.hpp"

namespace states {

// Stands in a profile's list where the operator is asked to type the cluster's name.
struct TheGate {};

template <class... Entries>
using PhaseList = mp::mp_list<Entries...>;

namespace sequence {

// clang-format off
struct Started       { static constexpr std::string_view name = "RunStarted"; };
struct PhaseDone     { static constexpr std::string_view name = "PhaseFinished"; };
struct Confirmed     { static constexpr std::string_view name = "Confirmed"; };
struct Declined      { static constexpr std::string_view name = "Declined"; };
struct Asked         { static constexpr std::string_view name = "ResumeAsked"; };
struct Ended         { static constexpr std::string_view name = "RunFinished"; };

struct Unstarted : State { static constexpr std::string_view name = "unstarted"; };
struct Gate      : State { static constexpr std::string_view name = "gate"; };
struct AllDone   : State { static constexpr std::string_view name = "all-done"; };
struct Finished  : State { static constexpr std::string_view name = "finished"; };
template <class P, std::size_t I>
struct InPhase   : State {
  static constexpr std::string_view name = P::name;
  static constexpr std::size_t index = I;
};
// clang-format on

// Actions set what comes next; the run machine does it, since it owns the lanes.
struct EnterPhase {
  static constexpr std::string_view name = "EnterPhase";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    fsm.phase = T::index;
    fsm.next = RunSequence::Next::enter_phase;
  }
};
struct Ask {
  static constexpr std::string_view name = "AskOperator";
  template <class E, class F, class S, class T>
  void operator()(const E&, F& fsm, S&, T&) const {
    fsm.next = RunSequence::Next::ask_operator;
  }
};

template <class Entry>
using is_gate = std::is_same<Entry, TheGate>;
template <class Entries>
constexpr std::size_t gate_index = mp::mp_find<Entries, TheGate>::value;
template <class Entries>
using phases_of = mp::mp_remove<Entries, TheGate>;

template <class Phases, std::size_t I>
using in_phase = InPhase<mp::mp_at_c<Phases, I>, I>;

// The row that leads on from phase I: to the next one, to the gate, or to the end.
template <class Phases, std::size_t Gate_, std::size_t I>
constexpr auto row_after() {
  using Here = in_phase<Phases, I>;
  if constexpr (I + 1 == Gate_) {
    return mp::mp_identity<Row<Here, PhaseDone, Gate, Ask>>{};
  } else if constexpr (I + 1 == mp::mp_size<Phases>::value) {
    return mp::mp_identity<Row<Here, PhaseDone, AllDone>>{};
  } else {
    return mp::mp_identity<Row<Here, PhaseDone, in_phase<Phases, I + 1>, EnterPhase>>{};
  }
}

template <class Phases, std::size_t Gate_, class Indices>
struct rows_after;
template <class Phases, std::size_t Gate_, std::size_t... I>
struct rows_after<Phases, Gate_, std::index_sequence<I...>> {
  using type = mp::mp_list<typename decltype(row_after<Phases, Gate_, I>())::type...>;
};

// clang-format off
template <class Entries>
using rows = mp::mp_append<
  mp::mp_list<Row<Unstarted, Started, in_phase<phases_of<Entries>, 0>, EnterPhase>>,
  typename rows_after<phases_of<Entries>, gate_index<Entries>,
                      std::make_index_sequence<mp::mp_size<phases_of<Entries>>::value>>::type,
  mp::mp_list<
    Row<Gate,    Confirmed, in_phase<phases_of<Entries>, gate_index<Entries>>, EnterPhase>,
    Row<Gate,    Declined,  None>,
    Row<Gate,    Asked,     Gate,                                              Ask>,
    Row<AllDone, Ended,     Finished>>>;
// clang-format on

template <class Entries>
struct Def : MachineDef<Def<Entries>> {
  static_assert(mp::mp_count_if<Entries, is_gate>::value == 1, "a profile has one gate");
  static_assert(gate_index<Entries> > 0 &&
                    gate_index<Entries> < mp::mp_size<phases_of<Entries>>::value,
                "the gate stands between two phases");
  static_assert(keys_are_unique<rows<Entries>>, "a phase stands twice in the list");
  static_assert(mp::mp_size<rows<Entries>>::value <= kGeneratedRowsMax);
  static_assert(
      !handles<rows<Entries>, in_phase<phases_of<Entries>, gate_index<Entries> - 1>, Confirmed> &&
          handles<rows<Entries>, Gate, Confirmed>,
      "what comes after the gate begins with a confirmation and nothing else");
  using initial_state = Unstarted;
  using transition_table = table_of<rows<Entries>>;
  std::size_t phase = 0;
  RunSequence::Next next = RunSequence::Next::none;
};

template <class Entries>
class SequenceOf final : public RunSequence {
 public:
  SequenceOf() { fsm_.start(); }

  std::unique_ptr<RunSequence> clone() const override {
    return std::make_unique<SequenceOf>(*this);
  }

  Next take(Event event) override {
    fsm_.next = Next::none;
    return send(event) ? fsm_.next : Next::refused;
  }

  Place place() const override {
    if (is<Unstarted>()) return Place::unstarted;
    if (is<Gate>()) return Place::at_gate;
    if (is<AllDone>()) return Place::all_done;
    return is<Finished>() ? Place::finished : Place::in_phase;
  }

  std::size_t phase() const override { return fsm_.phase; }

 private:
  bool send(Event event) {
    switch (event) {
      case Event::started:
        return accept(fsm_, Started{});
      case Event::phase_finished:
        return accept(fsm_, PhaseDone{});
      case Event::confirmed:
        return accept(fsm_, Confirmed{});
      case Event::declined:
        return accept(fsm_, Declined{});
      case Event::resume_asked:
        return accept(fsm_, Asked{});
      case Event::run_finished:
        return accept(fsm_, Ended{});
    }
    return false;
  }

  template <class StateT>
  bool is() const {
    return fsm_.current_state()[0] ==
           boost::msm::back::get_state_id<typename Engine<Def<Entries>>::stt, StateT>::value;
  }

  Engine<Def<Entries>> fsm_;
};

template <class Phases>
struct phase_arrays;
template <class... P>
struct phase_arrays<mp::mp_list<P...>> {
  static constexpr core::PhaseSpec specs[] = {{P::name, P::title, P::hosts, P::steps::specs}...};
  static std::span<const Phase> machines() {
    static const Phase list[] = {P::machine()...};
    return list;
  }
};

}  // namespace sequence

// Makes the profile that a definition describes. `D` has: name, releases, hosts_min, phases (a
// PhaseList with TheGate in it), milestones, markers, scripts, older_digests.
template <class D>
Profile make_profile() {
  using Entries = typename D::phases;
  using Arrays = sequence::phase_arrays<sequence::phases_of<Entries>>;
  Profile profile;
  profile.name = D::name;
  profile.releases = D::releases;
  profile.hosts_min = D::hosts_min;
  profile.phases = Arrays::specs;
  profile.phases_before_gate = sequence::gate_index<Entries>;
  profile.milestones = D::milestones;
  profile.markers = D::markers;
  profile.scripts = D::scripts;
  profile.older_digests = D::older_digests;
  profile.machines = Arrays::machines();
  profile.make_sequence = []() -> std::unique_ptr<RunSequence> {
    return std::make_unique<sequence::SequenceOf<Entries>>();
  };
  profile.sequence_table = [] { return rows_text<sequence::rows<Entries>>(); };
  return profile;
}

}  // namespace states
