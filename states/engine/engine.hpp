// The only place that includes Boost.MSM: a later back-end changes this file and nothing else.
// Invariant: machines are values; their actions write into an outbox and touch nothing else, so a
// machine can be cloned, asked and thrown away. Never include this outside states/*.cpp and the
// two templates beside it (docs/architecture.md).
#pragma once

#include <boost/mp11.hpp>
#include <boost/mpl/vector.hpp>
#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "states/engine/table.hpp"

namespace states {

namespace mp = boost::mp11;

using None = boost::msm::front::none;

template <class Source, class Event, class Target, class Action = None>
using Row = boost::msm::front::Row<Source, Event, Target, Action, None>;

template <class Def>
using Engine = boost::msm::back::state_machine<Def>;

// Rows are kept as an mp11 list, since lists can be generated, walked and proved; MSM wants an MPL
// sequence. Folding them one by one has no 20- or 50-row limit and needs no macro.
template <class Vector, class R>
using push_row = typename boost::mpl::push_back<Vector, R>::type;
template <class Rows>
using table_of = mp::mp_fold<Rows, boost::mpl::vector0<>, push_row>;

// What every machine definition shares. `Derived` has `using rows = mp_list<Row...>`. An event
// without a row is remembered as a refusal (never an assertion, which release builds drop); an
// action that throws is a bug, and MSM has already left the source state: end the process.
template <class Derived>
struct MachineDef : boost::msm::front::state_machine_def<Derived> {
  using no_exception_thrown = int;
  using no_message_queue = int;
  bool refused = false;

  template <class Fsm, class Event>
  void no_transition(const Event&, Fsm&, int) {
    refused = true;
  }
  template <class Fsm, class Event>
  void exception_caught(const Event&, Fsm&, std::exception&) {
    std::abort();
  }
};

// A state of any machine: it has a name for plans, diagrams and the checker.
using State = boost::msm::front::state<>;

// Feeds one event. Returns whether a row took it (never MSM's return value: it is HANDLED for
// an action that threw and for a terminated machine).
template <class Fsm, class Event>
bool accept(Fsm& fsm, const Event& event) {
  fsm.refused = false;
  fsm.process_event(event);
  return !fsm.refused;
}

template <class Action>
constexpr std::string_view action_name() {
  if constexpr (std::is_same_v<Action, None>) {
    return "";
  } else {
    return Action::name;
  }
}

template <class R>
TableRow row_text() {
  // MSM reports an internal row's target as its source.
  return {R::Source::name, R::Evt::name, R::Target::name, action_name<typename R::Action>()};
}

template <class Rows>
std::vector<TableRow> rows_text() {
  std::vector<TableRow> table;
  mp::mp_for_each<mp::mp_transform<mp::mp_identity, Rows>>(
      [&](auto row) { table.push_back(row_text<typename decltype(row)::type>()); });
  return table;
}

}  // namespace states
