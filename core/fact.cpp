// What every file with a fact shares; see the header.
#include "core/fact.hpp"

namespace core {

FactBody::FactBody() = default;
FactBody::FactBody(const FactBody& other) = default;
FactBody::FactBody(FactBody&& other) noexcept = default;
FactBody& FactBody::operator=(const FactBody& other) = default;
FactBody& FactBody::operator=(FactBody&& other) noexcept = default;
FactBody::~FactBody() = default;

template <AlternativeOf<AnyFact> T>
FactBody::FactBody(T fact) : AnyFact(std::in_place_type<T>, std::move(fact)) {}

template FactBody::FactBody(RunStarted);
template FactBody::FactBody(Observed);
template FactBody::FactBody(JobEnded);
template FactBody::FactBody(JobProgressed);
template FactBody::FactBody(JobFound);
template FactBody::FactBody(CopyEnded);
template FactBody::FactBody(Expired);
template FactBody::FactBody(LinkLost);
template FactBody::FactBody(Ticked);
template FactBody::FactBody(StepVerified);
template FactBody::FactBody(StepHeld);
template FactBody::FactBody(PhaseFinished);
template FactBody::FactBody(RunFinished);
template FactBody::FactBody(Confirmed);
template FactBody::FactBody(Declined);
template FactBody::FactBody(StopAsked);
template FactBody::FactBody(ResumeAsked);
template FactBody::FactBody(RunAbandoned);
template FactBody::FactBody(HostReached);
template FactBody::FactBody(Adopted);
template FactBody::FactBody(ChunkConfirmed);
template FactBody::FactBody(Noted);
template FactBody::FactBody(LookTimedOut);
template FactBody::FactBody(ClockStepped);

bool FactBody::operator==(const FactBody& other) const {
  return static_cast<const AnyFact&>(*this) == static_cast<const AnyFact&>(other);
}

std::string_view state_of(std::string_view condition) {
  if (condition == "Available") return "not available";
  return condition == "Degraded" ? "degraded" : "progressing";
}

}  // namespace core
