// What every file with an effect shares; see the header.
#include "core/effect.hpp"

namespace core {

Effect::Effect() = default;
Effect::Effect(const Effect& other) = default;
Effect::Effect(Effect&& other) noexcept = default;
Effect& Effect::operator=(const Effect& other) = default;
Effect& Effect::operator=(Effect&& other) noexcept = default;
Effect::~Effect() = default;

template <AlternativeOf<AnyEffect> T>
Effect::Effect(T effect) : AnyEffect(std::in_place_type<T>, std::move(effect)) {}

template Effect::Effect(Look);
template Effect::Effect(RunJob);
template Effect::Effect(FollowJob);
template Effect::Effect(SettleJob);
template Effect::Effect(CopyBackup);
template Effect::Effect(Wait);
template Effect::Effect(AskOperator);

bool Effect::operator==(const Effect& other) const {
  return static_cast<const AnyEffect&>(*this) == static_cast<const AnyEffect&>(other);
}

}  // namespace core
