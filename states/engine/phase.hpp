// Phase and Lane: a phase of the procedure as the rest of the program sees it, and one host's way
// through it. Invariant: no MSM type passes this border; each phase's machine stands in its own
// .cpp file, so that an edit costs one of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/step.hpp"
#include "states/engine/step_life.hpp"
#include "states/engine/table.hpp"

namespace states {

// One host's way through one phase: which step it is at. A value behind an interface.
class Lane {
 public:
  virtual ~Lane() = default;
  virtual std::unique_ptr<Lane> clone() const = 0;

  // Each writes effects into the outbox and returns a reason where no row takes the event.
  virtual std::optional<std::string> begin(const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> take(const core::FactBody& fact,
                                          const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> halt(const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> resume(const core::StepContext& context, Outbox& out) = 0;

  // A conclusion that is not recorded yet, or nothing.
  virtual std::optional<core::FactBody> conclusion(const std::string& host) const = 0;
  virtual bool finished() const = 0;
};

struct Phase {
  core::PhaseSpec spec;
  std::unique_ptr<Lane> (*make_lane)();
  std::vector<TableRow> (*table)();
};

}  // namespace states
