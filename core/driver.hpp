// Driver: the one loop. Facts come in; each is decided upon, journaled, and only then acted on.
// Invariant: nothing is performed before the record that asks for it is durable (core/decision.hpp
// has the order). A journal that cannot be written ends the loop before the next effect.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "core/decision.hpp"
#include "core/ports.hpp"

namespace core {

// A journal whose intents are not what today's machine decides upon the same facts.
struct ReplayMismatch : std::runtime_error {
  ReplayMismatch(std::uint64_t at_seq, const std::string& what)
      : std::runtime_error(what), seq(at_seq) {}
  std::uint64_t seq;
};

// A fact that the machine refused: a defect, since every fact that can come has its row.
struct FactRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Feeds journaled records to a fresh machine, comparing decisions with intents. Nothing is
// performed. Throws ReplayMismatch at the first difference, with both sides in its text.
class Replayer {
 public:
  explicit Replayer(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
  void feed(const Record& record);
  Machine& machine() { return *machine_; }
  std::unique_ptr<Machine> take() { return std::move(machine_); }

 private:
  std::unique_ptr<Machine> machine_;
};

class Driver {
 public:
  // `on_record` is told each record after it is durable and before its effects begin. The
  // references must outlive the driver. `machine` holds what was replayed, or nothing yet.
  Driver(std::unique_ptr<Machine> machine, Journal& journal, Interpreter& interpreter,
         const Clock& clock, std::function<void(const Record&)> on_record);

  // Takes one fact in, and then every conclusion that follows. Throws JournalError (nothing of the
  // fact counts) or FactRefused.
  void feed(FactBody body);

  // The interpreter's sink: the outcome of an effect that was started here. Outcomes that come
  // after a stop are dropped; the resume finds out for itself.
  void on_outcome(FactBody body);

  // Journals the stop and gives up what is under way; remote jobs go on at their hosts.
  void stop(const std::string& by, const std::string& cause);

  // True when nothing is under way: the run is finished, abandoned, stopped or holds.
  bool idle() const { return in_flight_ == 0; }
  bool stopped() const { return stopped_; }
  const RunState& state() const { return machine_->state(); }

 private:
  void record(FactBody body);

  std::unique_ptr<Machine> machine_;
  Journal& journal_;
  Interpreter& interpreter_;
  const Clock& clock_;
  std::function<void(const Record&)> on_record_;
  int in_flight_ = 0;
  bool stopped_ = false;
};

}  // namespace core
