// Replayer: a journal's decisions beside those of a fresh machine. Nothing is performed.
// Invariant: what decides is compared (which effects, which conclusion), messages are not: the text
// of a reason, of evidence or of a question may change between versions without changing a
// decision.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/decision.hpp"

namespace core {

// Whether two facts conclude the same step, phase or run in the same way.
bool same_conclusion(const FactBody& a, const FactBody& b);

// Whether the same effects are intended, in the same order.
bool same_decision(const std::vector<Effect>& a, const std::vector<Effect>& b);

// One record for which the machine decides differently from the journal.
struct Mismatch {
  std::uint64_t seq = 0;
  enum class Kind { refusal, effects, conclusion };
  Kind kind = Kind::effects;
  std::string refusal;                // for refusal: why the machine does not take the fact
  std::vector<Effect> effects;        // for effects: what the machine decides
  std::optional<FactBody> concludes;  // for conclusion: the expected one; nothing: none is due
};

// A journal for which this version would act differently.
struct ReplayMismatch : std::runtime_error {
  ReplayMismatch(std::uint64_t at_seq, const std::string& what)
      : std::runtime_error(what), seq(at_seq) {}
  std::uint64_t seq;
};

class Replayer {
 public:
  explicit Replayer(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}

  // Feeds the next record. Returns how it differs from the machine, if it does; the machine goes on
  // with what was journaled, so that one difference is not reported again with each later record.
  std::optional<Mismatch> compare(const Record& record);

  // The same, and throws ReplayMismatch, with both sides in its text.
  void feed(const Record& record);

  const Machine& machine() const { return *machine_; }
  std::unique_ptr<Machine> take() { return std::move(machine_); }

 private:
  std::unique_ptr<Machine> machine_;
  std::optional<FactBody> concludes_;  // what must come next
};

}  // namespace core
