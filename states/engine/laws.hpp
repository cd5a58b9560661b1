// The laws that every transition table satisfies, checked by static_assert beside the table.
// Invariant: a table that breaks one of them does not compile.
#pragma once

#include "states/engine/engine.hpp"

namespace states {

template <class R>
using row_key = mp::mp_list<typename R::Source, typename R::Evt>;

// MSM would silently try the later of two rows for one (state, event) first.
template <class Rows>
constexpr bool keys_are_unique = mp::mp_is_set<mp::mp_transform<row_key, Rows>>::value;

template <class Rows, class StateT, class Event>
constexpr bool handles =
    mp::mp_contains<mp::mp_transform<row_key, Rows>, mp::mp_list<StateT, Event>>::value;

// Every state of the list has a row for the event.
template <class Rows, class States, class Event>
constexpr bool all_handle = [] {
  bool all = true;
  mp::mp_for_each<mp::mp_transform<mp::mp_identity, States>>(
      [&](auto state) { all = all && handles<Rows, typename decltype(state)::type, Event>; });
  return all;
}();

// A written table must stay readable; a generated one must compile in seconds
// (60 rows: 13 s and 1.4 GB were measured).
inline constexpr std::size_t kWrittenRowsMax = 36;
inline constexpr std::size_t kGeneratedRowsMax = 60;

}  // namespace states
