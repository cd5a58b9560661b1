// Words for facts; see the header.
#include "tools/restorectl/view/narrator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/overload.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/lib/postmortem/absent_words.hpp"
#include "tools/restorectl/error_codes.hpp"

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
    if (std::holds_alternative<core::RunJob>(effect)) what = "running the command";
    if (std::holds_alternative<core::FollowJob>(effect))
      what = "the command still runs; following it";
    if (std::holds_alternative<core::SettleJob>(effect))
      what = "in doubt; checking the command on the host";
    if (std::holds_alternative<core::CopyBackup>(effect)) what = "copying the backup";
    if (what.empty()) continue;
    if (!words.empty()) words += "\n";
    words += lane_words(std::string(lane.host), std::string(lane.step)) + what;
  }
  return words;
}

std::string copy_end_words(const core::CopyEnded& ended) {
  if (!ended.succeeded) return "failed: " + ended.message;
  std::string words = fmt::format("{} bytes sent", ended.sent_bytes);
  if (!ended.message.empty()) words += ", found the same file on the host: " + ended.message;
  return words;
}

std::string resume_words(const core::ResumeAsked& asked) {
  std::string words = "resumed by " + asked.by;
  if (!asked.run_again.empty()) words += ", allowed to run again: " + asked.run_again;
  if (!asked.end_with_findings.empty())
    words += ", to end with findings: " + asked.end_with_findings;
  return words;
}

std::string fact_words(const core::FactBody& body, const states::Profile* profile,
                       const core::RunState* state) {
  return std::visit(
      core::Overload{
          [](const core::RunStarted& f) {
            return fmt::format("run {} of cluster {} by {}{}", f.run_id, f.inventory.cluster,
                               f.started_by,
                               f.absent.empty() ? "" : ", without " + core::names_of(f.absent));
          },
          [](const core::JobEnded& f) {
            return lane_words(f.host, f.step) +
                   fmt::format("command ended with exit code {}", f.exit_code);
          },
          [&](const core::JobProgressed& f) {
            const states::Marker* phase =
                profile == nullptr ? nullptr : states::find_marker(*profile, f.line);
            return lane_words(f.host, f.step) +
                   (phase != nullptr ? fmt::format("{:<3} {}: {}", phase->id, phase->title, f.line)
                                     : fmt::format("    {}", f.line));
          },
          [](const core::JobFound& f) {
            return lane_words(f.host, f.step) +
                   fmt::format("command: {}", core::name_of(f.finding));
          },
          [](const core::CopyEnded& f) { return lane_words(f.host, f.step) + copy_end_words(f); },
          [](const core::ChunkConfirmed&) { return std::string(); },
          [](const core::Expired& f) { return lane_words(f.host, f.step) + "deadline passed"; },
          [](const core::LinkLost& f) {
            return lane_words(f.host, f.step) + "connection lost: " + f.message;
          },
          [](const core::StepVerified& f) {
            return lane_words(f.host, f.step) + "verified: " + f.evidence;
          },
          [](const core::StepHeld& f) {
            const Code code = code_of(states::kind_of_hold(f.kind, f.reason, f.remedy));
            return lane_words(f.host, f.step) + "HELD: " + text_of(code) + ": " + f.reason + "\n" +
                   lane_words("", "") + "remedy: " + f.remedy;
          },
          [](const core::PhaseFinished& f) {
            return fmt::format("---- {} finished ----", f.phase);
          },
          [&](const core::RunFinished&) {
            const std::size_t findings = state == nullptr ? 0 : core::findings_of(*state).size();
            return "the run is finished" + findings_words(findings);
          },
          [](const core::Confirmed& f) { return fmt::format("confirmed by {}", f.by); },
          [](const core::Declined& f) { return fmt::format("not confirmed by {}", f.by); },
          [](const core::StopAsked& f) { return fmt::format("stopped by {} ({})", f.by, f.cause); },
          [](const core::ResumeAsked& f) { return resume_words(f); },
          [](const core::RunAbandoned& f) {
            return fmt::format("abandoned by {}: {}", f.by, f.reason);
          },
          [](const core::HostReached& f) {
            return fmt::format("{:<12} connected: machine {}, boot {}, key {}{}", f.host,
                               f.machine_id, f.boot_id, f.host_key,
                               f.boot_cause.empty() ? "" : "; rebooted by " + f.boot_cause);
          },
          [](const core::Adopted& f) {
            return fmt::format("adopted by {} (epoch {}): {}", f.by, f.epoch, f.reason);
          },
          [](const core::Noted& f) {
            const std::string about =
                f.about_host.empty() ? "" : lane_words(f.about_host, f.about_step);
            return fmt::format("{}note by {}: {}{}", about, f.by, f.text,
                               f.evidence.empty() ? "" : "\n    evidence: " + f.evidence);
          },
          [](const core::ClockStepped& f) { return core::clock_words(f.ahead_ms); },
          [](const core::Observed&) { return std::string(); },
          [](const core::LookTimedOut& f) {
            return lane_words(f.host, f.step) +
                   fmt::format("timed out waiting for the host after {}",
                               core::duration_words(f.after_ms));
          },
          [](const core::Ticked&) { return std::string(); },
      },
      body);
}

}  // namespace

std::string gate_question(const core::RunState& state) {
  const core::Inventory& inventory = state.start->inventory;
  const states::Profile* profile = states::profile_of(state);
  const core::StepSpec* weigh =
      profile == nullptr ? nullptr : states::find_step(*profile, core::Role::weigh);
  const core::StepState* need =
      weigh == nullptr ? nullptr : state.find(inventory.recovery_host, weigh->name);
  const auto& absent = state.start->absent;
  return fmt::format(
      "{}{}The next step stops etcd and the API server on every control-plane host of cluster "
      "'{}'. Type the name of the cluster to continue.",
      need == nullptr || need->evidence.empty() ? "" : need->evidence + ". ",
      absent.empty()
          ? ""
          : fmt::format("The run is without {}: nothing answered there. ", core::names_of(absent)),
      inventory.cluster);
}

std::string absent_words(const core::RunState& state) {
  if (state.start == nullptr || state.start->absent.empty()) return {};
  return core::printable(postmortem::after_a_run_without(state.start->absent));
}

std::string findings_words(std::size_t findings) {
  if (findings == 0) return {};
  return fmt::format(", with {} finding{}", findings, findings == 1 ? "" : "s");
}

std::string describe(const core::Record& record, const states::Profile* profile,
                     const core::RunState* state) {
  std::string words = fact_words(record.fact.body, profile, state);
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
  if (known.link_down_since_ms > 0) return "connection lost, retrying: " + known.link_message;
  if (step.stage == core::StepStage::acting) {
    return step.last_line.empty() ? "command running" : "command running: " + step.last_line;
  }
  const states::Profile* profile = states::profile_of(state);
  const core::StepSpec* spec =
      profile == nullptr ? nullptr : states::find_step(*profile, known.step);
  const core::Host* entry = core::find_host(state.start->inventory, host);
  if (spec == nullptr || entry == nullptr || !step.last) return {};
  return spec->judge({state, *entry, now_ms, profile->scripts}, *step.last).detail;
}

void Narrator::say(const std::string& line) {
  std::fprintf(out_, "%s\n", line.c_str());
  std::fflush(out_);
}

void Narrator::tell(const core::Record& record, const core::RunState& state) {
  for (const core::Effect& intent : record.intents) {
    if (const auto* copy = std::get_if<core::CopyBackup>(&intent)) copies_.erase(copy->host);
  }
  const std::string words = describe(record, profile_, &state);
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

void Narrator::on_copied(const core::Lane& lane, std::uint64_t bytes, std::uint64_t of_bytes) {
  copies_.try_emplace(std::string(lane.host), Copy{bytes, 0, of_bytes}).first->second.bytes = bytes;
}

std::string Narrator::Copy::words(std::int64_t taken_ms) const {
  std::string words = fmt::format("{} of {} MiB", bytes >> 20, of_bytes >> 20);
  const std::uint64_t came = bytes > at_first ? bytes - at_first : 0;
  if (taken_ms <= 0 || came == 0 || bytes > of_bytes) return words;
  const double per_ms = static_cast<double>(came) / static_cast<double>(taken_ms);
  const auto left_ms = static_cast<std::int64_t>(static_cast<double>(of_bytes - bytes) / per_ms);
  return words + fmt::format(", {:.1f} MiB/s, {} left", per_ms * 1000 / (1 << 20),
                             core::duration_words(left_ms));
}

void Narrator::heartbeat(const core::RunState& state, std::int64_t now_ms) {
  if (now_ms - last_said_ms_ < 5'000) return;
  for (const auto& [host, known] : state.hosts) {
    const auto step = known.steps.find(known.step);
    if (step == known.steps.end()) continue;
    const core::StepStage stage = step->second.stage;
    if (stage == core::StepStage::verified || stage == core::StepStage::held) continue;
    std::string words = awaited_words(state, host, now_ms);
    const auto copy = copies_.find(host);
    if (stage == core::StepStage::acting && copy != copies_.end()) {
      words = copy->second.words(now_ms - step->second.since_ms);
    }
    say(core::iso_time(now_ms).substr(11, 8) + " " + lane_words(host, known.step) +
        core::printable(fmt::format("waiting for {}: {}",
                                    core::duration_words(now_ms - step->second.since_ms),
                                    words.empty() ? "no answer yet" : words)));
  }
  last_said_ms_ = now_ms;
}

}  // namespace restorectl
