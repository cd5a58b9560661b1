// Words for facts; see the header.
#include "tools/restorectl/narrator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/overload.hpp"
#include "core/text.hpp"
#include "states/procedure.hpp"
#include "states/restore_progress.hpp"

namespace restorectl {

namespace {

std::string lane_words(const std::string& host, const std::string& step) {
  return fmt::format("{:<12} {:<28} ", host, step);
}

// What a person wants to know of the intents: commands that change something.
std::string intent_words(const core::Record& record) {
  std::string words;
  for (const core::Effect& effect : record.intents) {
    const core::Lane lane = core::lane_of(effect);
    std::string what;
    if (std::holds_alternative<core::RunJob>(effect)) what = "runs its command";
    if (std::holds_alternative<core::FollowJob>(effect)) what = "still runs there, following it";
    if (std::holds_alternative<core::SettleJob>(effect))
      what = "in doubt, asking the host what became of it";
    if (std::holds_alternative<core::CopyBackup>(effect)) what = "copies the backup";
    if (what.empty()) continue;
    if (!words.empty()) words += "\n";
    words += lane_words(std::string(lane.host), std::string(lane.step)) + what;
  }
  return words;
}

std::string fact_words(const core::FactBody& body) {
  return std::visit(
      core::Overload{
          [](const core::RunStarted& f) {
            return fmt::format("run {} of cluster {} by {}", f.run_id, f.inventory.cluster,
                               f.started_by);
          },
          [](const core::JobEnded& f) {
            return lane_words(f.host, f.step) +
                   fmt::format("command ended with code {}", f.exit_code);
          },
          [](const core::JobProgressed& f) {
            const auto phase = states::restore_phase_of(f.line);
            return lane_words(f.host, f.step) +
                   (phase ? fmt::format("{:<3} {}: {}", phase->id, phase->title, f.line)
                          : fmt::format("    {}", f.line));
          },
          [](const core::JobFound& f) {
            return lane_words(f.host, f.step) +
                   fmt::format("its command: {}", core::name_of(f.finding));
          },
          [](const core::CopyEnded& f) {
            return lane_words(f.host, f.step) + (f.succeeded
                                                     ? fmt::format("{} bytes sent", f.sent_bytes)
                                                     : "failed: " + f.message);
          },
          [](const core::Expired& f) { return lane_words(f.host, f.step) + "its time is over"; },
          [](const core::LinkLost& f) {
            return lane_words(f.host, f.step) + "link lost: " + f.message;
          },
          [](const core::StepVerified& f) {
            return lane_words(f.host, f.step) + "verified: " + f.evidence;
          },
          [](const core::StepHeld& f) {
            return lane_words(f.host, f.step) + "HELD: " + f.reason + "\n" + lane_words("", "") +
                   "what to do: " + f.remedy;
          },
          [](const core::PhaseFinished& f) {
            return fmt::format("---- {} finished ----", f.phase);
          },
          [](const core::RunFinished&) { return std::string("the run is finished"); },
          [](const core::Confirmed& f) { return fmt::format("confirmed by {}", f.by); },
          [](const core::Declined& f) { return fmt::format("not confirmed by {}", f.by); },
          [](const core::StopAsked& f) { return fmt::format("stopped by {} ({})", f.by, f.cause); },
          [](const core::ResumeAsked& f) {
            return fmt::format("resumed by {}{}", f.by,
                               f.run_again.empty() ? "" : ", may run again: " + f.run_again);
          },
          [](const core::RunAbandoned& f) {
            return fmt::format("abandoned by {}: {}", f.by, f.reason);
          },
          [](const core::HostReached& f) {
            return fmt::format("{:<12} answers: machine {}, boot {}, key {}", f.host, f.machine_id,
                               f.boot_id, f.host_key);
          },
          [](const core::Adopted& f) {
            return fmt::format("adopted by {} (epoch {}): {}", f.by, f.epoch, f.reason);
          },
          [](const core::Observed&) { return std::string(); },
          [](const core::Ticked&) { return std::string(); },
      },
      body);
}

}  // namespace

std::string describe(const core::Record& record) {
  std::string words = fact_words(record.fact.body);
  const std::string intents = intent_words(record);
  if (!words.empty() && !intents.empty()) words += "\n";
  return core::printable(words + intents);
}

std::string awaited_words(const core::RunState& state, const std::string& host,
                          std::int64_t now_ms) {
  const auto at = state.hosts.find(host);
  if (at == state.hosts.end() || state.start == nullptr) return {};
  const core::HostState& known = at->second;
  const auto step_at = known.steps.find(known.step);
  if (step_at == known.steps.end()) return {};
  const core::StepState& step = step_at->second;
  if (known.link_down_since_ms > 0) return "the link is lost, trying again: " + known.link_message;
  if (step.stage == core::StepStage::acting) {
    return step.last_line.empty() ? "its command runs" : "its command runs: " + step.last_line;
  }
  const core::StepSpec* spec = core::find_step(states::phase_specs(), known.step);
  const core::Host* entry = core::find_host(state.start->inventory, host);
  if (spec == nullptr || entry == nullptr || !step.last) return {};
  return spec->judge({state, *entry, now_ms}, *step.last).words;
}

void Narrator::say(const std::string& line) {
  std::fprintf(out_, "%s\n", line.c_str());
  std::fflush(out_);
}

void Narrator::tell(const core::Record& record) {
  const std::string words = describe(record);
  if (words.empty()) return;
  const std::string time = core::iso_time(record.fact.time_ms).substr(11, 8);
  std::size_t start = 0;
  while (start <= words.size()) {
    const std::size_t end = std::min(words.find('\n', start), words.size());
    say(time + " " + words.substr(start, end - start));
    start = end + 1;
  }
  last_said_ms_ = record.fact.time_ms;
}

void Narrator::on_copied(const core::Lane& lane, std::uint64_t sent_bytes) {
  copied_bytes_[std::string(lane.host)] = sent_bytes;
}

void Narrator::heartbeat(const core::RunState& state, std::int64_t now_ms) {
  if (now_ms - last_said_ms_ < 5'000) return;
  for (const auto& [host, known] : state.hosts) {
    const auto step = known.steps.find(known.step);
    if (step == known.steps.end()) continue;
    const core::StepStage stage = step->second.stage;
    if (stage == core::StepStage::verified || stage == core::StepStage::held) continue;
    std::string words = awaited_words(state, host, now_ms);
    const auto copied = copied_bytes_.find(host);
    if (stage == core::StepStage::acting && copied != copied_bytes_.end()) {
      words = fmt::format("{} MiB sent", copied->second >> 20);
    }
    say(core::iso_time(now_ms).substr(11, 8) + " " + lane_words(host, known.step) +
        core::printable(fmt::format("waiting for {}: {}",
                                    core::duration_words(now_ms - step->second.since_ms),
                                    words.empty() ? "an answer" : words)));
  }
  last_said_ms_ = now_ms;
}

}  // namespace restorectl
