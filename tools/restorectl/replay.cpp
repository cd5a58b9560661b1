// replay: what happened, fact by fact; what was known
// at fact N; and whether the journal still holds.
#include <fmt/format.h>

#include "core/driver.hpp"
#include "core/text.hpp"
#include "journal/record.hpp"
#include "journal/store.hpp"
#include "states/run_machine.hpp"
#include "tools/restorectl/narrator.hpp"
#include "tools/restorectl/runs.hpp"
#include "tools/restorectl/verbs.hpp"

namespace restorectl {

namespace {

struct ReplayOptions {
  std::string run;
  std::string output = "text";
  std::uint64_t at = 0;
  bool verify = false;
  bool all = false;
};

void print_known(const core::RunState& state) {
  fmt::print("after fact {} ({}), run {}: {}\n", state.facts, core::iso_time(state.last_ms),
             state.start == nullptr ? "?" : state.start->run_id, core::name_of(state.stage));
  for (const auto& [name, host] : state.hosts) {
    fmt::print("\n{}{}\n", name,
               host.link_down_since_ms > 0
                   ? "  (link lost since " + core::iso_time(host.link_down_since_ms) + ")"
                   : "");
    for (const auto& [step_name, step] : host.steps) {
      std::string words = step.stage == core::StepStage::verified ? step.evidence : step.reason;
      if (step.stage == core::StepStage::acting || step.stage == core::StepStage::settling) {
        words = fmt::format("job {}: {}", step.job, core::name_of(step.fate));
      }
      fmt::print("  {:<28} {:<10} commands: {}  {}\n", step_name, core::name_of(step.stage),
                 step.attempts, core::printable(words));
    }
  }
}

class Timeline {
 public:
  explicit Timeline(const ReplayOptions& options) : options_(options) {}

  void take(const core::Record& record) {
    if (first_ms_ == 0) first_ms_ = record.fact.time_ms;
    if (options_.output == "json") {
      fmt::print("{}\n", journal::to_json(record));
      return;
    }
    std::string words = describe(record);
    if (words.empty()) {
      if (!options_.all) return;
      const core::Lane lane = core::lane_of(record.fact.body);
      words = fmt::format("{:<12} {:<28} {}", lane.host, lane.step, core::tag_of(record.fact.body));
    }
    const std::string mark = fmt::format(
        "{:>5} {} {:>+9.1f}s ", record.fact.seq, core::iso_time(record.fact.time_ms).substr(11, 12),
        static_cast<double>(record.fact.time_ms - first_ms_) / 1000.0);
    std::size_t start = 0;
    while (start <= words.size()) {
      const std::size_t end = std::min(words.find('\n', start), words.size());
      fmt::print("{}{}\n", start == 0 ? mark : std::string(mark.size(), ' '),
                 words.substr(start, end - start));
      start = end + 1;
    }
  }

 private:
  const ReplayOptions& options_;
  std::int64_t first_ms_ = 0;
};

// The chain, gaps, and that today's machines decide the
// same. Opens the database too, unless a driver has it.
Exit verify(const std::string& run_id) {
  core::Replayer replayer(states::make_run_machine());
  const auto feed = [&](const core::Record& record) { replayer.feed(record); };
  std::string what = "journal.jsonl (a driver has the database open)";
  journal::Head head;
  bool torn = false;
  if (driver_of(run_id) == 0) {
    const journal::Store::Inspection found = journal::Store::inspect(run_directory(run_id), feed);
    for (const std::string& notice : found.notices) fmt::print("note: {}\n", notice);
    head = found.head;
    what = "database and journal.jsonl";
  } else {
    const journal::MirrorReport report =
        journal::read_mirror(journal::mirror_path(run_directory(run_id)),
                             [&](const core::Record& record, const auto&...) { feed(record); });
    if (!report.defect.empty()) throw Failure(Exit::journal, "journal.jsonl, " + report.defect);
    head = report.head;
    torn = report.torn_tail;
  }
  if (head.seq == 0)
    throw Failure(Exit::journal, "there is nothing to verify: the journal holds no fact");
  fmt::print("verified: {}: {} facts without a gap, each follows the one before{}\n", what,
             head.seq, torn ? " (the last line is being written)" : "");
  fmt::print("verified: today's machines decide the same upon every fact\n");
  fmt::print("head: fact {} {}\n", head.seq, head.sha256);
  fmt::print(
      "A chain cannot show facts missing at its end: compare the head with the one printed when "
      "the run "
      "ended.\n");
  return Exit::done;
}

Exit replay(const ReplayOptions& options) {
  const std::string run_id = choose_run(options.run);
  if (options.verify) return verify(run_id);
  Timeline timeline(options);
  core::RunState state;
  const journal::MirrorReport report = journal::read_mirror(
      journal::mirror_path(run_directory(run_id)), [&](const core::Record& record, const auto&...) {
        if (options.at != 0 && record.fact.seq > options.at) return;
        state.note(record);
        if (options.at == 0) timeline.take(record);
      });
  if (options.at > report.head.seq) {
    throw Failure(Exit::input, fmt::format("the journal has {} facts; there is no fact {}",
                                           report.head.seq, options.at));
  }
  if (options.at != 0) print_known(state);
  if (report.torn_tail)
    fmt::print(
        "(the last line is not whole: it is being written, or was when the run was cut off)\n");
  if (!report.defect.empty()) throw Failure(Exit::journal, "journal.jsonl, " + report.defect);
  return Exit::done;
}

}  // namespace

void add_replay(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* verb =
      app.add_subcommand("replay", "Show what happened in a run, fact by fact; touches no host");
  verb->add_option("run", options->run, "The run's id or its beginning; the newest by default");
  verb->add_option("--at", options->at, "Show what was known of every host after this fact");
  verb->add_flag("--verify", options->verify,
                 "Check the chain, and that today's machines decide the same");
  verb->add_flag("--all", options->all, "Show the repeated looks too");
  verb->add_option("-o,--output", options->output, "text or json (a line a fact)")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n"
      "  restorectl replay\n"
      "  restorectl replay 20261123t101500z --at 42\n"
      "  restorectl replay --verify\n"
      "  restorectl replay -o json | jq -r 'select(.type == \"step_held\") | .reason'\n");
  verb->callback([options, &chosen] { chosen = [options] { return replay(*options); }; });
}

}  // namespace restorectl
