// report: the story of a run as one file to look at, to paste, or to process.
#include "tools/lib/report/report.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/input/choose_history.hpp"
#include "tools/restorectl/state/new_file.hpp"
#include "tools/restorectl/verbs/verbs.hpp"
#include "tools/restorectl/view/narrator.hpp"
#include "tools/restorectl/view/replay_view.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

struct ReportOptions {
  std::string history;
  std::string output;
  std::string format;
};

std::string format_of(const ReportOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string extension = fs::path(options.output).extension().string();
  if (extension == ".html" || extension == ".htm") return "html";
  if (extension == ".md") return "md";
  if (extension == ".json") return "json";
  throw Failure(Code::no_such_format,
                fmt::format("unknown file extension: {}; use .html, .md or .json, or give --format",
                            core::printable(options.output)));
}

report::Report read_report(const postmortem::Source& source) {
  report::Report report;
  report.tool_version = RESTORECTL_VERSION;
  postmortem::StoryBuilder builder;
  report.verdict = read_history(source, [&](const core::Record& record, std::string_view) {
    builder.take(record);
    const core::Lane lane = core::lane_of(record.fact.body);
    report.facts.push_back({record.fact.seq, record.fact.time_ms,
                            std::string(core::tag_of(record.fact.body)), std::string(lane.host),
                            std::string(lane.step),
                            describe(record, states::profile_of(builder.state()), &builder.state()),
                            is_failure(record)});
  });
  report.story = builder.story();
  return report;
}

Exit write_report(const ReportOptions& options) {
  const std::string format =
      options.output == "-" && options.format.empty() ? "md" : format_of(options);
  const postmortem::Source source = choose_history(options.history);
  const report::Report report = read_report(source);
  if (report.verdict.state == postmortem::ChainState::nothing)
    throw Failure(code_of(report.verdict), report.verdict.words);
  const std::string text = format == "html" ? report::to_html(report)
                           : format == "md" ? report::to_markdown(report)
                                            : report::to_json(report) + "\n";
  if (options.output == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    write_file(options.output, text);
    fmt::print("{} of {}: {}\n", core::printable(options.output), core::printable(source.name),
               core::printable(report.verdict.words));
  }
  refuse_untrusted(report.verdict);
  return Exit::done;
}

}  // namespace

void add_report(Verb app) {
  auto options = std::make_shared<ReportOptions>();
  Verb verb =
      app.verb("report", "Write the postmortem of a run to one file: HTML, Markdown or JSON");
  verb.option("run", options->history,
              "The run ID or a prefix of it, a journal.jsonl or a bundle; default: the newest run");
  verb.option("-o,--output", options->output,
              "The file; the extension selects the format. - for standard output")
      .required();
  verb.option("--format", options->format, "html, md or json; overrides the extension")
      .one_of({"html", "md", "json"});
  verb.footer(
      "Examples:\n"
      "  restorectl report -o report.html\n"
      "  restorectl report 20261123t101500z -o postmortem.md\n"
      "  restorectl report journal.jsonl -o - --format json | jq .story.milestones\n\n"
      "The HTML report is one file and needs no network.\n");
  verb.does([options] { return write_report(*options); });
}

}  // namespace restorectl
