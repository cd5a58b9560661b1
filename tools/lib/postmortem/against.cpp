// See the header.
#include "tools/lib/postmortem/against.hpp"

#include <algorithm>

namespace postmortem {

namespace {

std::string words_of(const core::FactBody& body) {
  const core::Lane lane = core::lane_of(body);
  std::string words(core::tag_of(body));
  if (!lane.host.empty())
    words += " of " + std::string(lane.step) + " on " + std::string(lane.host);
  if (const auto* held = std::get_if<core::StepHeld>(&body)) words += ": " + held->reason;
  if (const auto* verified = std::get_if<core::StepVerified>(&body))
    words += ": " + verified->evidence;
  if (const auto* phase = std::get_if<core::PhaseFinished>(&body)) words += " " + phase->phase;
  return words;
}

std::string script_of(const core::Effect& effect) {
  return std::visit(
      [](const auto& value) -> std::string {
        if constexpr (requires { value.script; }) return value.script;
        return {};
      },
      effect);
}

std::string line_at(const std::string& text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return text.substr(begin, std::min(text.find('\n', at), text.size()) - begin).substr(0, 120);
}

// What an effect is, and, where its script differs from the other's, the first line that does.
std::string words_of(const core::Effect& effect, const core::Effect* other) {
  const core::Lane lane = core::lane_of(effect);
  std::string words(core::tag_of(effect));
  if (!lane.host.empty())
    words += " of " + std::string(lane.step) + " on " + std::string(lane.host);
  if (other == nullptr || *other == effect) return words;
  const std::string script = script_of(effect);
  const std::string theirs = script_of(*other);
  const std::size_t common = std::min(script.size(), theirs.size());
  std::size_t at = 0;
  while (at < common && script[at] == theirs[at]) ++at;
  if (script == theirs) return words + " (with other fields)";
  return words + " (its script: `" + line_at(script, at) + "`)";
}

std::string words_of(const std::vector<core::Effect>& effects,
                     const std::vector<core::Effect>& others) {
  if (effects.empty()) return "nothing";
  std::string words;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const bool same_kind = i < others.size() && others[i].index() == effects[i].index();
    words += (words.empty() ? "" : ", ") + words_of(effects[i], same_kind ? &others[i] : nullptr);
  }
  return words;
}

}  // namespace

std::optional<Divergence> Against::take(const core::Record& record) {
  const std::optional<core::Mismatch> found = replayer_.compare(record);
  if (!found) return std::nullopt;
  const std::string fact = words_of(record.fact.body);
  switch (found->kind) {
    case core::Mismatch::Kind::refusal:
      return Divergence{found->seq, fact, words_of(record.intents, {}),
                        "refused: " + found->refusal};
    case core::Mismatch::Kind::conclusion:
      return Divergence{found->seq, fact, fact,
                        found->concludes ? words_of(*found->concludes) : "no decision yet"};
    case core::Mismatch::Kind::effects:
      break;
  }
  return Divergence{found->seq, fact, words_of(record.intents, found->effects),
                    words_of(found->effects, record.intents)};
}

}  // namespace postmortem
