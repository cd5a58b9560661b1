// The loop; see the header.
#include "core/driver.hpp"

#include <algorithm>

namespace core {

namespace {

// Facts that may come while an effect is under way and are not its outcome.
bool ends_effect(const FactBody& body) {
  return !std::holds_alternative<JobProgressed>(body) &&
         !std::holds_alternative<ChunkConfirmed>(body) &&
         !std::holds_alternative<HostReached>(body);
}

}  // namespace

Driver::Driver(std::unique_ptr<Machine> machine, Journal& journal, EffectRunner& effects,
               const Clock& clock, std::function<void(const Record&)> on_record)
    : machine_(std::move(machine)),
      journal_(journal),
      effects_(effects),
      clock_(clock),
      on_record_(std::move(on_record)) {}

void Driver::record(FactBody body) {
  const RunState& known = machine_->state();
  // A clock that was set back must not reverse the order of facts.
  const std::int64_t now_ms = std::max(clock_.now_ms(), known.last_ms);
  Record record{{known.facts + 1, now_ms, known.owner.epoch, std::move(body)}, {}};

  std::unique_ptr<Machine> next = machine_->clone();
  Decision decision = next->apply(record.fact);
  if (decision.refusal) {
    throw FactRefused("fact " + std::to_string(record.fact.seq) + " (" +
                      std::string(tag_of(record.fact.body)) + "): " + *decision.refusal);
  }
  record.intents = std::move(decision.effects);
  journal_.append(record);
  machine_ = std::move(next);
  if (on_record_) on_record_(record);
  if (stopped_) return;  // the stop itself is recorded; its intents are left to the resume
  for (const Effect& effect : record.intents) {
    ++in_flight_;
    effects_.start(effect);
  }
}

void Driver::record_clock_step() {
  const std::int64_t ahead_ms = clock_.wall_ahead_ms();
  const std::int64_t change_ms = ahead_ms - machine_->state().wall_ahead_ms;
  if (change_ms <= -kClockStepMs || change_ms >= kClockStepMs) record(ClockStepped{ahead_ms});
}

void Driver::feed(FactBody body) {
  // The time before a resume is nobody's: its own fact is the first of the new process.
  const bool begins = machine_->state().facts == 0 || std::holds_alternative<ResumeAsked>(body);
  if (!begins) record_clock_step();
  record(std::move(body));
  if (begins) record_clock_step();
  while (!stopped_) {
    std::optional<FactBody> conclusion = machine_->conclusion();
    if (!conclusion) return;
    record(std::move(*conclusion));
  }
}

void Driver::on_outcome(FactBody body) {
  if (stopped_) return;
  if (ends_effect(body)) --in_flight_;
  feed(std::move(body));
}

void Driver::stop(const std::string& by, const std::string& cause) {
  if (stopped_) return;
  stopped_ = true;
  effects_.cancel_all();
  in_flight_ = 0;
  record(StopAsked{by, cause});
}

}  // namespace core
