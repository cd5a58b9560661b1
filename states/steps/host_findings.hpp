// Everything on a host that prevents a restore, found at once. Invariant: the look only reads; each
// problem has its evidence and its remedy; what is only worth knowing is a notice and holds
// nothing.
#pragma once

#include <string>
#include <vector>

#include "core/step.hpp"

namespace states {

// When the backup was taken, "2026-11-23 10:15:00", by its snapshot's name: as date(1) reads it, in
// the host's own time, as cluster-backup.sh wrote it. Empty where the name has no time.
std::string time_of_backup(const core::StepContext& context);

struct Findings {
  std::vector<std::string> problems;  // with the evidence
  std::vector<std::string> remedies;  // one for each of them
  std::vector<std::string> notices;
  bool ends_run = false;  // a remedy is to abandon this run and start a new one
};

// What is to be done about all of them: then the run is resumed, unless it is to be abandoned.
std::string remedy_of(const Findings& found);

Findings read_findings(const core::StepContext& context, const core::Observed& seen);

}  // namespace states
