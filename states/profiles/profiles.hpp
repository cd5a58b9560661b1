// The procedures that this program knows. Invariant: profiles are append-only. A journal names its
// profile and is replayed by it for ever; a change in what it decides is a new version beside the
// old one (CONTRIBUTING.md).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/run_state.hpp"
#include "states/engine/run_machine.hpp"

namespace states {

// One function a file of this folder, each in the order of its versions.
const Profile& okd_4_7_v1();
const Profile& okd_4_7_v2();
const Profile& okd_4_7_v3();

// Returns all of them, oldest first. They live as long as the program.
std::span<const Profile* const> profiles();

// What a new run follows.
const Profile& newest_profile();

// Returns the profile of that name ("okd-4.7/1"), or nullptr.
const Profile* find_profile(std::string_view name);

// Returns the profile that a run follows; nullptr before its first fact, and where this version
// does not know it: readers then use the names in the journal.
const Profile* profile_of(const core::RunState& run);

// The same for readers that only need the phases: empty where there is no profile.
std::span<const core::PhaseSpec> phases_of(const core::RunState& run);

// Returns a machine that follows whichever of these profiles its first fact names.
std::unique_ptr<core::Machine> make_run_machine();

}  // namespace states
