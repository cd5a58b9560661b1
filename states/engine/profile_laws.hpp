// The laws that hold for a whole profile, as constexpr functions over its phases: a profile that
// breaks one does not compile. The laws of a table stand in laws.hpp, those of a step here too.
#pragma once

#include "states/engine/sequence_of.hpp"

namespace states {

// That a step has its functions is tried at run time (tests/states/profiles_test.cpp): under
// sanitizers GCC takes no function's address for a constant.
constexpr bool is_lawful(const core::StepSpec& step) {
  const bool acts = step.action != core::Action::none;
  return !step.name.empty() && !step.source.empty() && !step.purpose.empty() &&
         acts == (step.act_deadline_ms > 0) && step.verify_deadline_ms > 0 &&
         (acts || step.danger == core::Danger::reads) &&
         (step.danger != core::Danger::irreversible || !step.no_undo.empty()) &&
         (step.danger != core::Danger::reversible || !step.undo.empty());
}

namespace laws {

// Calls f(phase, step) for each step in order, until it returns false; returns whether none did.
template <class F>
constexpr bool all_steps(std::span<const core::PhaseSpec> phases, F f) {
  for (const core::PhaseSpec& phase : phases) {
    for (const core::StepSpec* step : phase.steps) {
      if (!f(phase, *step)) return false;
    }
  }
  return true;
}

constexpr bool steps_are_lawful(std::span<const core::PhaseSpec> phases) {
  return all_steps(phases, [](const auto&, const core::StepSpec& s) { return is_lawful(s); });
}

constexpr bool names_are_unique(std::span<const core::PhaseSpec> phases) {
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (std::size_t k = i + 1; k < phases.size(); ++k) {
      if (phases[i].name == phases[k].name) return false;
    }
  }
  return all_steps(phases, [&](const auto&, const core::StepSpec& step) {
    int same = 0;
    all_steps(phases, [&](const auto&, const core::StepSpec& other) {
      same += step.name == other.name ? 1 : 0;
      return true;
    });
    return same == 1;
  });
}

constexpr bool nothing_irreversible_before_the_gate(std::span<const core::PhaseSpec> phases,
                                                    std::size_t before_gate) {
  return all_steps(phases.first(before_gate), [](const auto&, const core::StepSpec& step) {
    return step.danger != core::Danger::irreversible;
  });
}

// Every host is claimed before the first command begins anywhere.
constexpr bool owner_comes_first(std::span<const core::PhaseSpec> phases) {
  bool claimed = false;
  return all_steps(phases, [&](const core::PhaseSpec& phase, const core::StepSpec& step) {
    if (step.role == core::Role::claim) claimed = phase.hosts == core::HostSet::all;
    return claimed || step.action == core::Action::none;
  });
}

// Every host is released by the last step, and by no other.
constexpr bool release_comes_last(std::span<const core::PhaseSpec> phases) {
  const core::PhaseSpec& last = phases.back();
  int releases = 0;
  all_steps(phases, [&](const auto&, const core::StepSpec& step) {
    releases += step.role == core::Role::release ? 1 : 0;
    return true;
  });
  return releases == 1 && last.hosts == core::HostSet::all &&
         last.steps.back()->role == core::Role::release;
}

// One step restores, once; before it every other host was proven unable to run etcd.
constexpr bool restores_once_on_quiet_hosts(std::span<const core::PhaseSpec> phases) {
  bool quiet = false;
  int restores = 0;
  return all_steps(phases,
                   [&](const core::PhaseSpec& phase, const core::StepSpec& step) {
                     if (step.role == core::Role::quiet)
                       quiet = phase.hosts != core::HostSet::recovery;
                     if (step.role != core::Role::restore) return true;
                     ++restores;
                     return quiet && step.once && restores == 1 &&
                            phase.hosts == core::HostSet::recovery;
                   }) &&
         restores == 1;
}

}  // namespace laws

// All of them for a profile's definition; static_assert(profile_is_lawful<D>()).
template <class D>
constexpr bool profile_is_lawful() {
  using Entries = typename D::phases;
  constexpr std::span<const core::PhaseSpec> phases =
      sequence::phase_arrays<sequence::phases_of<Entries>>::specs;
  static_assert(laws::steps_are_lawful(phases), "a step lacks a name, deadline or undo");
  static_assert(laws::names_are_unique(phases), "two phases or two steps share a name");
  static_assert(laws::nothing_irreversible_before_the_gate(phases, sequence::gate_index<Entries>),
                "an irreversible step stands before the gate");
  static_assert(laws::owner_comes_first(phases), "a command comes before its host is claimed");
  static_assert(laws::release_comes_last(phases), "hosts are released by the last step only");
  static_assert(laws::restores_once_on_quiet_hosts(phases),
                "the restore runs once, with every other host proven quiet");
  return true;
}

}  // namespace states
