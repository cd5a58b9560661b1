// Decision and Machine: the contract between the pure machine and the
// loop that drives it. Invariant: a machine performs nothing. It is a
// value that is cloned, asked, journaled and only then believed:
//   1. next = machine.clone()
//   2. decision = next.apply(fact)
//   3. journal.append(fact + decision.effects), synced      -- a throw here: nothing has happened
//   4. machine = next
//   5. the effects are started                              -- never before 3 is on disk
// The same order stands in core/driver.cpp, the only caller.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/run_state.hpp"

namespace core {

// What follows from a fact. Where `refusal` is set, the machine did not know what to do with the
// fact: a defect of the program or of the journal, never a normal case; `effects` is then empty.
struct Decision {
  std::vector<Effect> effects;
  std::optional<std::string> refusal;
};

class Machine {
 public:
  virtual ~Machine() = default;
  virtual std::unique_ptr<Machine> clone() const = 0;

  // Takes a fact and decides. Pure: the same facts give the same decisions, for ever.
  virtual Decision apply(const Fact& fact) = 0;

  // A fact that follows from what is known and is not recorded yet
  // (StepVerified, StepHeld, PhaseFinished, RunFinished), or nothing.
  // The driver journals and applies it before it awaits anything else.
  virtual std::optional<FactBody> conclusion() const = 0;

  // The step that a host's lane is at and how far that has come, or nothing where the host has no
  // lane in this phase. The machine owns this; what else shows it is derived, and compared with it
  // by the simulator after every fact.
  struct At {
    std::string_view step;
    StepStage stage = StepStage::idle;
  };
  virtual std::optional<At> at(std::string_view host) const = 0;

  // The fold of the facts applied so far.
  virtual const RunState& state() const = 0;
};

}  // namespace core
