// Look-ups in a profile; see the header.
#include "states/engine/profile.hpp"

#include <algorithm>

namespace states {

std::optional<std::string> lack_of_hosts(const Profile& profile, const core::Inventory& inventory) {
  if (inventory.hosts.size() >= profile.hosts_min) return std::nullopt;
  return "profile " + std::string(profile.name) + " needs " + std::to_string(profile.hosts_min) +
         " control-plane hosts; the inventory has " + std::to_string(inventory.hosts.size());
}

const core::StepSpec* find_step(const Profile& profile, std::string_view name) {
  return core::find_step(profile.phases, name);
}

const core::StepSpec* find_step(const Profile& profile, core::Role role) {
  for (const core::PhaseSpec& phase : profile.phases) {
    for (const core::StepSpec* step : phase.steps) {
      if (step->role == role) return step;
    }
  }
  return nullptr;
}

const Marker* find_marker(const Profile& profile, std::string_view line) {
  const auto at =
      std::find_if(profile.markers.begin(), profile.markers.end(),
                   [&](const Marker& marker) { return line.starts_with(marker.line_start); });
  return at == profile.markers.end() ? nullptr : &*at;
}

}  // namespace states
