// Driver: the one loop. Facts come in; each is decided on, journaled, and only then acted on.
// Invariant: nothing is performed before the record that asks for it is durable (core/decision.hpp
// has the order). A journal that cannot be written ends the loop before the next effect.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/decision.hpp"
#include "core/ports.hpp"

namespace core {

// A fact that the machine refused: a defect, since every fact that can come has its row.
struct FactRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How far the wall clock may get away from the journal's time before that is a ClockStepped. It is
// more than an NTP client slews within a run.
inline constexpr std::int64_t kClockStepMs = 5'000;

class Driver {
 public:
  // `on_record` is called with each record after it is durable and before its effects begin. The
  // references must outlive the driver. `machine` holds what was replayed, or nothing yet.
  Driver(std::unique_ptr<Machine> machine, Journal& journal, EffectRunner& effects,
         const Clock& clock, std::function<void(const Record&)> on_record);

  // Takes one fact in, and then every conclusion that follows. Throws JournalError (nothing of the
  // fact counts) or FactRefused.
  void feed(FactBody body);

  // The effect runner's sink: the outcome of an effect that was started here. Outcomes that arrive
  // after a stop are dropped; the resume settles them.
  void on_outcome(FactBody body);

  // Journals the stop and cancels what is under way; remote jobs keep running on their hosts.
  void stop(const std::string& by, const std::string& cause);

  // True when nothing is under way: the run is finished, abandoned, stopped or holds.
  bool idle() const { return in_flight_ == 0; }
  bool stopped() const { return stopped_; }
  const RunState& state() const { return machine_->state(); }
  // Valid until the next fact.
  const Machine& machine() const { return *machine_; }

 private:
  void record(FactBody body);
  void record_clock_step();

  std::unique_ptr<Machine> machine_;
  Journal& journal_;
  EffectRunner& effects_;
  const Clock& clock_;
  std::function<void(const Record&)> on_record_;
  int in_flight_ = 0;
  bool stopped_ = false;
};

}  // namespace core
