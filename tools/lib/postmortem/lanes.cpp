// See the header.
#include "tools/lib/postmortem/lanes.hpp"

#include <algorithm>
#include <array>

#include "core/overload.hpp"

namespace postmortem {

namespace {

// What explains best that time passes, when several hosts are at something.
int weight(SpanKind kind, bool link_down) {
  if (kind == SpanKind::held) return 0;
  if (link_down) return 1;
  switch (kind) {
    case SpanKind::looking:
      return 2;
    case SpanKind::waiting:
      return 3;
    case SpanKind::settling:
      return 4;
    default:
      return 5;  // acting, copying
  }
}

bool is_answer(const core::FactBody& body) {
  return !std::holds_alternative<core::LinkLost>(body) &&
         !std::holds_alternative<core::Ticked>(body) &&
         !std::holds_alternative<core::Expired>(body) &&
         !std::holds_alternative<core::LookTimedOut>(body) &&
         !std::holds_alternative<core::StepHeld>(body) &&
         !std::holds_alternative<core::StepVerified>(body);
}

std::optional<SpanKind> kind_of(const core::Effect& intent) {
  return std::visit(
      core::Overload{
          [](const core::Look& look) -> std::optional<SpanKind> {
            return look.changed_only ? SpanKind::waiting : SpanKind::looking;
          },
          [](const core::RunJob&) -> std::optional<SpanKind> { return SpanKind::acting; },
          [](const core::FollowJob&) -> std::optional<SpanKind> { return SpanKind::acting; },
          [](const core::SettleJob&) -> std::optional<SpanKind> { return SpanKind::settling; },
          [](const core::CopyBackup&) -> std::optional<SpanKind> { return SpanKind::copying; },
          [](const core::Wait&) -> std::optional<SpanKind> { return SpanKind::waiting; },
          [](const core::AskOperator&) -> std::optional<SpanKind> { return std::nullopt; },
      },
      intent);
}

}  // namespace

void Lanes::close(Track& lane, std::int64_t at_ms, std::uint64_t seq, std::string words) {
  if (!lane.open) return;
  Span& span = lane.spans.back();
  span.to_ms = at_ms;
  span.to_seq = seq;
  if (!words.empty()) span.words = std::move(words);
  lane.open = false;
}

void Lanes::open(Track& lane, Span span) {
  // A look that is repeated, a job that is followed again: one stretch for people.
  if (lane.open && lane.spans.back().kind == span.kind && lane.spans.back().step == span.step &&
      lane.spans.back().attempt == span.attempt) {
    return;
  }
  close(lane, span.from_ms, span.from_seq, {});
  lane.spans.push_back(std::move(span));
  lane.open = true;
}

void Lanes::note_link(Track& lane, const core::Fact& fact, const std::string& host) {
  if (const auto* lost = std::get_if<core::LinkLost>(&fact.body)) {
    if (lane.link_down) {
      ++lane.outages.back().retries;
    } else {
      lane.outages.push_back({host, fact.time_ms, std::nullopt, fact.seq, 0, 0, lost->message});
      lane.link_down = true;
    }
  } else if (lane.link_down && is_answer(fact.body)) {
    lane.outages.back().to_ms = fact.time_ms;
    lane.outages.back().to_seq = fact.seq;
    lane.link_down = false;
  }
}

void Lanes::take_fact(const core::Fact& fact) {
  if (const auto* reached = std::get_if<core::HostReached>(&fact.body)) {
    note_link(lanes_[reached->host], fact, reached->host);
    return;
  }
  const core::Lane at = core::lane_of(fact.body);
  if (at.host.empty()) return;
  const std::string host(at.host);
  Track& lane = lanes_[host];
  note_link(lane, fact, host);
  const bool goes_on = std::holds_alternative<core::JobProgressed>(fact.body) ||
                       std::holds_alternative<core::ChunkConfirmed>(fact.body);
  if (!goes_on) lane.in_flight = false;
  if (const auto* verified = std::get_if<core::StepVerified>(&fact.body)) {
    close(lane, fact.time_ms, fact.seq, {});
    // The look that proved it has ended with its own fact, just before.
    if (!lane.spans.empty() && lane.spans.back().step == verified->step)
      lane.spans.back().words = verified->evidence;
  } else if (const auto* held = std::get_if<core::StepHeld>(&fact.body)) {
    close(lane, fact.time_ms, fact.seq, {});
    open(lane, {host, held->step, SpanKind::held, fact.time_ms, std::nullopt, fact.seq, 0, 0,
                held->reason});
  }
}

void Lanes::take_intent(const core::Effect& intent, std::int64_t at_ms, std::uint64_t seq) {
  const std::optional<SpanKind> kind = kind_of(intent);
  const core::Lane at = core::lane_of(intent);
  if (!kind || at.host.empty()) return;
  const std::string host(at.host);
  const std::string step(at.step);
  Track& lane = lanes_[host];
  int& attempts = lane.attempts[step];
  if (std::holds_alternative<core::RunJob>(intent)) ++attempts;
  std::string words;
  if (std::holds_alternative<core::Wait>(intent)) words = "reconnecting";
  const bool of_a_command = *kind == SpanKind::acting || *kind == SpanKind::settling;
  open(lane, {host, step, *kind, at_ms, std::nullopt, seq, 0, of_a_command ? attempts : 0,
              std::move(words)});
  lane.in_flight = true;
}

void Lanes::note(const core::Record& record) {
  take_fact(record.fact);
  for (const core::Effect& intent : record.intents)
    take_intent(intent, record.fact.time_ms, record.fact.seq);
  // What ended and was followed by nothing has ended here.
  for (auto& [host, lane] : lanes_) {
    if (!lane.open || lane.in_flight || lane.spans.back().kind == SpanKind::held) continue;
    if (core::lane_of(record.fact.body).host == host)
      close(lane, record.fact.time_ms, record.fact.seq, {});
  }
}

void Lanes::driver_gone(std::int64_t at_ms, std::uint64_t seq) {
  for (auto& [host, lane] : lanes_) {
    lane.in_flight = false;
    if (!lane.open) continue;
    const SpanKind kind = lane.spans.back().kind;
    if (kind != SpanKind::held && kind != SpanKind::acting) close(lane, at_ms, seq, {});
  }
}

Lanes::Busy Lanes::busy() const {
  static constexpr std::array<const char*, 6> kWhat = {"held",    "link down", "looking",
                                                       "waiting", "settling",  "acting"};
  int most = -1;
  Busy busy;
  for (const auto& [host, lane] : lanes_) {
    if (!lane.open) continue;
    const Span& span = lane.spans.back();
    const int now = weight(span.kind, lane.link_down);
    if (now <= most) continue;
    most = now;
    const char* what = kWhat[static_cast<std::size_t>(now)];
    busy = {span.kind == SpanKind::copying && !lane.link_down ? "copying" : what, host, span.step,
            span.from_seq};
  }
  return busy;
}

bool Lanes::in_flight() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const auto& lane) { return lane.second.in_flight; });
}

bool Lanes::any_held() const {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
    return lane.second.open && lane.second.spans.back().kind == SpanKind::held;
  });
}

std::vector<Span> Lanes::spans() const {
  std::vector<Span> all;
  for (const auto& [host, lane] : lanes_)
    all.insert(all.end(), lane.spans.begin(), lane.spans.end());
  return all;
}

std::vector<Outage> Lanes::outages() const {
  std::vector<Outage> all;
  for (const auto& [host, lane] : lanes_)
    all.insert(all.end(), lane.outages.begin(), lane.outages.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const Outage& a, const Outage& b) { return a.from_seq < b.from_seq; });
  return all;
}

}  // namespace postmortem
