// RunSequence: which phase of its profile a run is in, and the gate. A value behind an interface;
// its machine is generated from the profile's list of phases (sequence_of.hpp).
#pragma once

#include <cstddef>
#include <memory>

namespace states {

class RunSequence {
 public:
  enum class Event { started, phase_finished, confirmed, declined, resume_asked, run_finished };
  enum class Place { unstarted, in_phase, at_gate, all_done, finished };

  // What the event asks for: nothing, that the phase at phase() is entered, or the gate's question.
  enum class Next { none, enter_phase, ask_operator, refused };

  virtual ~RunSequence() = default;
  virtual std::unique_ptr<RunSequence> clone() const = 0;
  virtual Next take(Event event) = 0;
  virtual Place place() const = 0;
  virtual std::size_t phase() const = 0;  // REQUIRES: a phase was entered; else the last one
};

}  // namespace states
