// Changes, times to look again and deadlines; see the header.
#include "transports/look_poll.hpp"

#include <algorithm>

#include "transports/limits.hpp"

namespace transports {

namespace {

constexpr std::size_t kAwaitedBytesMax = 300;

}  // namespace

std::int64_t LookPoll::limit_ms(const core::Look& look, std::int64_t now_ms) const {
  const std::int64_t left_ms = std::max(look.deadline_ms - now_ms, limits::kLookTimeoutMinMs);
  const auto lane = lanes_.find(key(look));
  std::int64_t limit_ms = limits::kLookTimeoutMs;
  for (int i = lane == lanes_.end() ? 0 : lane->second.timed_out; i > 0 && limit_ms < left_ms; --i)
    limit_ms *= limits::kLookTimeoutGrowth;
  return std::min(limit_ms, left_ms);
}

LookPoll::Next LookPoll::take(const core::Look& look, core::Observed seen, std::int64_t now_ms) {
  Lane& lane = lanes_[key(look)];
  lane.timed_out = 0;
  const bool changed =
      !lane.told || lane.told->exit_code != seen.exit_code || lane.told->out != seen.out;
  const bool due = changed || (look.recheck_ms > 0 && now_ms >= look.recheck_ms);
  const bool late = now_ms >= look.deadline_ms;
  // What prints something else at each poll would otherwise be awaited without an end.
  const bool told_late = late && lane.told_behind_ms == look.deadline_ms;
  if (!look.changed_only || (due && !told_late)) {
    if (late) lane.told_behind_ms = look.deadline_ms;
    lane.told = seen;
    return {std::move(seen), 0};
  }
  if (late) {
    const std::string& awaited = seen.out.empty() ? seen.err : seen.out;
    return {core::Expired{look.host, look.step, awaited.substr(0, kAwaitedBytesMax)}, 0};
  }
  std::int64_t next_ms = std::min(now_ms + look.poll_ms, look.deadline_ms);
  if (look.recheck_ms > 0) next_ms = std::min(next_ms, look.recheck_ms);
  return {std::nullopt, next_ms};
}

core::LookTimedOut LookPoll::time_out(const core::Look& look, std::int64_t after_ms) {
  ++lanes_[key(look)].timed_out;
  return {look.host, look.step, after_ms};
}

}  // namespace transports
