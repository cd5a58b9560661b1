// The list of profiles; see the header.
#include "states/profiles/profiles.hpp"

#include <algorithm>

namespace states {

std::span<const Profile* const> profiles() {
  static const Profile* const list[] = {&okd_4_7_v1(), &okd_4_7_v2(), &okd_4_7_v3()};
  return list;
}

const Profile& newest_profile() { return *profiles().back(); }

const Profile* find_profile(std::string_view name) {
  const auto list = profiles();
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const Profile* profile) { return profile->name == name; });
  return at == list.end() ? nullptr : *at;
}

const Profile* profile_of(const core::RunState& run) {
  return run.start == nullptr ? nullptr : find_profile(run.start->profile);
}

std::span<const core::PhaseSpec> phases_of(const core::RunState& run) {
  const Profile* profile = profile_of(run);
  return profile == nullptr ? std::span<const core::PhaseSpec>() : profile->phases;
}

std::unique_ptr<core::Machine> make_run_machine() { return make_run_machine(&find_profile); }

}  // namespace states
