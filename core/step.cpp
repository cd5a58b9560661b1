// Small look-ups over steps and phases; see the header.
#include "core/step.hpp"

#include <algorithm>

namespace core {

std::string_view name_of(Danger danger) {
  switch (danger) {
    case Danger::reads:
      return "reads";
    case Danger::reversible:
      return "reversible";
    case Danger::irreversible:
      return "irreversible";
  }
  return "?";
}

std::string_view name_of(HostSet hosts) {
  switch (hosts) {
    case HostSet::recovery:
      return "recovery host";
    case HostSet::others:
      return "every other host";
    case HostSet::all:
      return "every host";
  }
  return "?";
}

std::vector<std::string> hosts_of(const PhaseSpec& phase, const Inventory& inventory) {
  std::vector<std::string> names;
  for (const Host& host : inventory.hosts) {
    const bool recovers = host.name == inventory.recovery_host;
    const bool wanted =
        phase.hosts == HostSet::all || (phase.hosts == HostSet::recovery) == recovers;
    if (wanted) names.push_back(host.name);
  }
  return names;
}

std::int64_t deadline_ms(const StepSpec& step, std::int64_t own_ms, const Timing& timing) {
  for (const StepDeadline& raised : timing.steps) {
    if (raised.step == step.name) return std::max(own_ms, raised.deadline_ms);
  }
  return own_ms;
}

const StepSpec* find_step(std::span<const PhaseSpec> procedure, std::string_view name) {
  for (const PhaseSpec& phase : procedure) {
    for (const StepSpec* step : phase.steps) {
      if (step->name == name) return step;
    }
  }
  return nullptr;
}

std::string via_of(const StepSpec& step, const Inventory& inventory, const std::string& host) {
  if (step.where == Where::host) return host;
  return inventory.api.via == ApiVia::workstation ? std::string(kWorkstation)
                                                  : inventory.recovery_host;
}

}  // namespace core
