// StepLife: how far one step has come on one host. Looking at the world, acting on it, settling a
// doubt, held, done.
// Invariant: a command is intended only after a look showed that it is needed, and a doubt is
// settled by the job's id and the witness, never by doing it again. The machine itself is in
// step_life.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/decision.hpp"
#include "core/step.hpp"
#include "states/engine/table.hpp"

namespace states {

using Outbox = std::vector<core::Effect>;

// Whether the step's command would begin, or begin once more, if the next look shows that it is
// needed. `known` is what the run knows of the step on that host; nullptr before it began.
bool may_act(const core::StepSpec& spec, const core::StepState* known);

class StepLife {
 public:
  // REQUIRES: spec outlives the life (steps are constants of the program).
  explicit StepLife(const core::StepSpec& spec);
  StepLife(const StepLife& other);
  StepLife& operator=(const StepLife& other);
  ~StepLife();

  const core::StepSpec& spec() const { return *spec_; }

  // Each writes its effects into the outbox, and returns a reason where no row takes the event.
  std::optional<std::string> begin(const core::StepContext& context, Outbox& out);
  std::optional<std::string> take(const core::FactBody& fact, const core::StepContext& context,
                                  Outbox& out);
  std::optional<std::string> halt(const core::StepContext& context, Outbox& out);
  std::optional<std::string> resume(const core::StepContext& context, Outbox& out);

  // StepVerified or StepHeld where the step has come to an end. REQUIRES: it was not stopped.
  std::optional<core::FactBody> conclusion(const std::string& host) const;

  core::StepStage stage() const;

  // The transition table as text.
  static std::vector<TableRow> table();

 private:
  struct Machine;
  const core::StepSpec* spec_;
  std::unique_ptr<Machine> machine_;
};

}  // namespace states
