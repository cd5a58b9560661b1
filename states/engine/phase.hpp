// Phase and PhaseLane: a phase of a procedure as the rest of the program sees it, and one host's
// way through it. Invariant: no MSM type passes this border; each phase's machine is compiled in
// one .cpp file, and every profile that has the phase shares it.
//
// A phase is a struct, with its steps in order:
//
//   struct Restore {
//     static constexpr std::string_view name = "restore";   // written to journals
//     static constexpr std::string_view title = "Restore etcd on the recovery host";
//     static constexpr core::HostSet hosts = core::HostSet::recovery;
//     using steps = StepList<kRunRestoreScript>;
//     static Phase machine();  // in its .cpp: return machine_of<Restore>();
//   };
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/step.hpp"
#include "states/engine/step_life.hpp"
#include "states/engine/table.hpp"

namespace states {

template <const core::StepSpec&... Steps>
struct StepList {
  static constexpr const core::StepSpec* specs[] = {&Steps...};
};

// One host's way through one phase: which step it is at. A value behind an interface.
class PhaseLane {
 public:
  virtual ~PhaseLane() = default;
  virtual std::unique_ptr<PhaseLane> clone() const = 0;

  // Each writes effects into the outbox and returns a reason where no row takes the event.
  virtual std::optional<std::string> begin(const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> take(const core::FactBody& fact,
                                          const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> halt(const core::StepContext& context, Outbox& out) = 0;
  virtual std::optional<std::string> resume(const core::StepContext& context, Outbox& out) = 0;

  // A conclusion that is not recorded yet, or nothing.
  virtual std::optional<core::FactBody> conclusion(const std::string& host) const = 0;
  virtual bool finished() const = 0;
  // The step that it is at, or, once finished, the last one.
  virtual core::Machine::At at() const = 0;
};

struct Phase {
  core::PhaseSpec spec;
  std::unique_ptr<PhaseLane> (*make_lane)();
  std::vector<TableRow> (*table)();
};

}  // namespace states
