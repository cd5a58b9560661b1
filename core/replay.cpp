// Comparing records with decisions; see the header.
#include "core/replay.hpp"

#include <algorithm>

#include "core/overload.hpp"

namespace core {

namespace {

bool is_conclusion(const FactBody& body) {
  return std::holds_alternative<StepVerified>(body) || std::holds_alternative<StepHeld>(body) ||
         std::holds_alternative<PhaseFinished>(body) || std::holds_alternative<RunFinished>(body);
}

// A driver may end before it has drawn its conclusion; then the next one draws it, and meanwhile
// somebody may have noted something down.
bool cuts_in(const FactBody& body) {
  return std::holds_alternative<ResumeAsked>(body) || std::holds_alternative<StopAsked>(body) ||
         std::holds_alternative<Adopted>(body) || std::holds_alternative<RunAbandoned>(body) ||
         std::holds_alternative<Noted>(body) || std::holds_alternative<ClockStepped>(body);
}

// Older journals do not record a hold's kind.
bool same_hold(const StepHeld& a, const StepHeld& b) {
  return a.kind == b.kind || a.kind == HoldKind::unrecorded || b.kind == HoldKind::unrecorded;
}

std::string describe(const Effect& effect) {
  const Lane lane = lane_of(effect);
  std::string text(tag_of(effect));
  if (!lane.host.empty()) {
    text += " of ";
    text += lane.step;
    text += " on ";
    text += lane.host;
  }
  return text;
}

std::string describe(const std::vector<Effect>& effects) {
  if (effects.empty()) return "nothing";
  std::string text;
  for (const Effect& effect : effects) text += (text.empty() ? "" : ", ") + describe(effect);
  return text;
}

std::string describe(const Mismatch& mismatch, const Record& record) {
  const std::string where =
      "fact " + std::to_string(mismatch.seq) + " (" + std::string(tag_of(record.fact.body)) + "): ";
  if (mismatch.kind == Mismatch::Kind::refusal) return where + mismatch.refusal;
  if (mismatch.kind == Mismatch::Kind::conclusion) {
    return where + "this version would act differently: it expects " +
           (mismatch.concludes ? std::string(tag_of(*mismatch.concludes))
                               : std::string("no conclusion")) +
           " here";
  }
  const std::string then = describe(record.intents);
  const std::string now = describe(mismatch.effects);
  return where + "this version would act differently: the journal intends " + then +
         ", this version " + now + (then == now ? " (same kinds, different fields)" : "");
}

}  // namespace

bool same_conclusion(const FactBody& a, const FactBody& b) {
  if (a.index() != b.index()) return false;
  const Lane lane = lane_of(a);
  const Lane other = lane_of(b);
  if (lane.host != other.host || lane.step != other.step) return false;
  if (const auto* held = std::get_if<StepHeld>(&a)) return same_hold(*held, std::get<StepHeld>(b));
  if (const auto* phase = std::get_if<PhaseFinished>(&a))
    return *phase == std::get<PhaseFinished>(b);
  return true;
}

bool same_decision(const std::vector<Effect>& a, const std::vector<Effect>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Effect& x, const Effect& y) {
    const auto* asks = std::get_if<AskOperator>(&x);
    const auto* other = std::get_if<AskOperator>(&y);
    if (asks != nullptr && other != nullptr) return asks->expected == other->expected;
    return x == y;
  });
}

std::optional<Mismatch> Replayer::compare(const Record& record) {
  const FactBody& body = record.fact.body;
  std::optional<Mismatch> found;
  const bool due = concludes_.has_value() || is_conclusion(body);
  if (due && !cuts_in(body) && !(concludes_ && same_conclusion(*concludes_, body))) {
    found = Mismatch{record.fact.seq, Mismatch::Kind::conclusion, {}, {}, concludes_};
  }
  Decision decision = machine_->apply(record.fact);
  if (decision.refusal) {
    concludes_.reset();
    return Mismatch{record.fact.seq, Mismatch::Kind::refusal, *decision.refusal, {}, {}};
  }
  if (!found && !same_decision(decision.effects, record.intents)) {
    found = Mismatch{record.fact.seq, Mismatch::Kind::effects, {}, std::move(decision.effects), {}};
  }
  concludes_ = machine_->conclusion();
  return found;
}

void Replayer::feed(const Record& record) {
  if (const std::optional<Mismatch> found = compare(record))
    throw ReplayMismatch(found->seq, describe(*found, record));
}

}  // namespace core
