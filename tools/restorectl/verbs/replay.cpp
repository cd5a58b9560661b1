// replay: what happened, fact by fact; what was known at fact N; and whether the journal still
// holds. Invariant: the chain's verdict comes first, and what did not verify is not shown.
#include "core/replay.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "journal/format/record.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/lib/postmortem/against.hpp"
#include "tools/lib/postmortem/history.hpp"
#include "tools/restorectl/input/choose_history.hpp"
#include "tools/restorectl/input/moment.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/verbs.hpp"
#include "tools/restorectl/view/replay_view.hpp"

namespace restorectl {

namespace {

struct ReplayOptions {
  std::string history;
  std::string output = "text";
  std::string at;
  std::string longer;
  ReplayFilter filter;
  bool verify = false;
  bool step = false;
  bool against = false;
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
    if (!report.defect.empty())
      throw Failure(Code::history_not_intact, "journal.jsonl, " + report.defect);
    head = report.head;
    torn = report.torn_tail;
  }
  if (head.seq == 0)
    throw Failure(Code::history_empty, "nothing to verify: the journal has no facts");
  fmt::print("verified: {}: {} facts without a gap, each chained to the previous one{}\n", what,
             head.seq, torn ? " (the last line is still being written)" : "");
  fmt::print("verified: this version makes the same decision on every fact\n");
  fmt::print("head: fact {} {}\n", head.seq, head.sha256);
  fmt::print(
      "A hash chain cannot reveal facts missing at its end: compare the head with the one printed "
      "at the end of the run.\n");
  return Exit::done;
}

// A history that is no run of this workstation has no database.
Exit verify_file(const postmortem::Source& source) {
  core::Replayer replayer(states::make_run_machine());
  const postmortem::ChainVerdict verdict = read_history(
      source, [&](const core::Record& record, std::string_view) { replayer.feed(record); });
  if (verdict.state != postmortem::ChainState::intact)
    throw Failure(code_of(verdict), verdict.words);
  fmt::print("verified: {}: {}\n", source.path, verdict.words);
  fmt::print("verified: this version makes the same decision on every fact\n");
  fmt::print("head: fact {} {}\n", verdict.head.seq, verdict.head.sha256);
  return Exit::done;
}

// The fact that `text` means: its number, or the last one at that moment.
std::uint64_t seq_at(const postmortem::Source& source, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  // "2026-…" and "10:15:00" begin with digits too.
  number = 0;
  std::int64_t until_ms = -1;
  read_history(source, [&](const core::Record& record, std::string_view) {
    if (until_ms < 0) until_ms = read_moment(text, record.fact.time_ms);
    if (record.fact.time_ms <= until_ms) number = record.fact.seq;
  });
  if (number == 0)
    throw Failure(Code::no_moment,
                  fmt::format("the run had not started at {}", core::printable(text)));
  return number;
}

Exit show_known(const postmortem::Source& source, std::uint64_t seq) {
  core::RunState state;
  const postmortem::ChainVerdict verdict =
      read_history(source, [&](const core::Record& record, std::string_view) {
        if (record.fact.seq <= seq) state.note(record);
      });
  if (seq == 0 || seq > verdict.head.seq) {
    throw Failure(Code::no_such_fact,
                  fmt::format("no fact {1}: the journal has {0} facts", verdict.head.seq, seq));
  }
  fmt::print("{}\n", core::printable(verdict.words));
  print_known(state);
  refuse_untrusted(verdict);
  return Exit::done;
}

Exit walk_through(const postmortem::Source& source, std::uint64_t from_seq) {
  std::vector<core::Record> records;
  const postmortem::ChainVerdict verdict = read_history(
      source,
      [&](core::Record&& record, std::string_view) { records.push_back(std::move(record)); });
  if (verdict.state != postmortem::ChainState::intact)
    fmt::print("{}\n", core::printable(verdict.words));
  return walk(records, from_seq);
}

Exit print_json(const postmortem::Source& source, const ReplayFilter& filter) {
  const postmortem::ChainVerdict verdict =
      read_history(source, [&](const core::Record& record, std::string_view) {
        const core::Lane lane = core::lane_of(record.fact.body);
        if (!filter.host.empty() && lane.host != filter.host) return;
        if (!filter.step.empty() && lane.step != filter.step) return;
        if (filter.failures && !is_failure(record)) return;
        fmt::print("{}\n", journal::to_json(record));
      });
  refuse_untrusted(verdict);
  return Exit::done;
}

// Would today's version have decided otherwise? Also for journals of other tables.
Exit show_against(const postmortem::Source& source) {
  postmortem::Against against(states::make_run_machine());
  std::uint64_t divergences = 0;
  const postmortem::ChainVerdict verdict =
      read_history(source, [&](const core::Record& record, std::string_view) {
        const std::optional<postmortem::Divergence> parts = against.take(record);
        if (!parts) return;
        ++divergences;
        fmt::print("{}", core::printable(
                             fmt::format("fact {}  {}\n  journal       {}\n  this version  {}\n",
                                         parts->seq, parts->fact, parts->journaled, parts->today)));
      });
  fmt::print("{}: {}\n", core::printable(source.name), core::printable(verdict.words));
  if (divergences == 0) {
    fmt::print("this version makes the same decision on all {} facts\n", verdict.head.seq);
  } else {
    fmt::print("this version makes another decision on {} of {} facts\n", divergences,
               verdict.head.seq);
  }
  refuse_untrusted(verdict);
  return divergences == 0 ? Exit::done : Exit::differ;
}

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20) return size.ws_col;
  return 100;
}

Exit print_timeline(const postmortem::Source& source, const ReplayFilter& filter) {
  // Twice: how long an outage lasted is known at its end only.
  postmortem::StoryBuilder builder;
  const postmortem::ChainVerdict verdict = read_history(
      source, [&](const core::Record& record, std::string_view) { builder.take(record); });
  const postmortem::Story story = builder.story();
  fmt::print("{}: {}\n", core::printable(source.name), core::printable(verdict.words));
  if (verdict.state == postmortem::ChainState::altered)
    fmt::print("only the facts before it are shown\n");
  print_chart(story, terminal_columns());
  fmt::print("\n");
  TimelinePrinter printer(story, filter);
  read_history(source, [&](const core::Record& record, std::string_view) {
    if (record.fact.seq <= story.state.facts) printer.take(record);
  });
  print_summary(story);
  refuse_untrusted(verdict);
  return Exit::done;
}

Exit replay(ReplayOptions options) {
  const postmortem::Source source = choose_history(options.history);
  if (!options.longer.empty()) options.filter.longer_ms = read_duration(options.longer);
  if (options.verify) {
    return source.kind == postmortem::Source::Kind::run ? verify(source.name) : verify_file(source);
  }
  if (options.against) return show_against(source);
  if (options.step)
    return walk_through(source, options.at.empty() ? 0 : seq_at(source, options.at));
  if (!options.at.empty()) return show_known(source, seq_at(source, options.at));
  if (options.output == "json") return print_json(source, options.filter);
  return print_timeline(source, options.filter);
}

}  // namespace

void add_replay(Verb app) {
  auto options = std::make_shared<ReplayOptions>();
  Verb verb = app.verb("replay", "Show the history of a run, fact by fact; contact no host");
  verb.option("run", options->history,
              "The run ID or a prefix of it, a journal.jsonl or a bundle; default: the newest run");
  verb.option("--at", options->at,
              "Show the known state of every host after this fact or at this time: 42, "
              "10:15:00, +12m30s, 2026-11-23T10:15:00Z");
  verb.flag("--step", options->step,
            "Step through the run in the terminal: n next, p previous, f next failure, b previous "
            "failure, g go to a fact, q quit");
  verb.flag("--verify", options->verify,
            "Verify the hash chain, and that this version makes the same decisions");
  verb.flag("--against", options->against,
            "List the facts on which this version would decide differently; exit with 6 if there "
            "are any");
  verb.option("--host", options->filter.host, "Show only this host");
  verb.option("--of-step", options->filter.step, "Show only this step");
  verb.option("--longer", options->longer,
              "Show only steps, outages and gaps of at least this duration, e.g. 10s");
  verb.flag("--failures", options->filter.failures,
            "Show only holds, lost connections and failed commands");
  verb.flag("--commands", options->filter.commands, "Show the text of every command");
  verb.flag("--all", options->filter.all, "Show repeated checks too");
  verb.option("-o,--output", options->output, "text or json (one line for each fact)")
      .one_of({"text", "json"});
  verb.footer(
      "Examples:\n"
      "  restorectl replay\n"
      "  restorectl replay 20261123t101500z --at 42\n"
      "  restorectl replay --longer 10s                 # where the time went\n"
      "  restorectl replay journal.jsonl --host master-1 --failures\n"
      "  restorectl replay --step --at +12m\n"
      "  restorectl replay --verify\n"
      "  restorectl replay -o json | jq -r 'select(.type == \"step_held\") | .reason'\n");
  verb.does([options] { return replay(*options); });
}

}  // namespace restorectl
