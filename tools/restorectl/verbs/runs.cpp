// runs: every run on this workstation, a line each.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/verbs/status.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct RunsOptions {
  std::string output = "text";
};

Exit runs(const RunsOptions& options) {
  const std::vector<KnownRun> list = list_runs();
  if (options.output == "json") {
    boost::json::array array;
    for (const KnownRun& run : list) array.push_back(to_json(run, driver_of(run.id)));
    fmt::print("{}\n", boost::json::serialize(array));
    return Exit::done;
  }
  fmt::print("{:<28} {:<16} {:<22} {:<22} {}\n", "RUN", "CLUSTER", "STATE", "PHASE", "FACTS");
  for (const KnownRun& run : list) {
    fmt::print(
        "{:<28} {:<16} {:<22} {:<22} {}\n", run.id,
        run.state.start == nullptr ? "?" : core::printable(run.state.start->inventory.cluster),
        activity(run, driver_of(run.id)), current_phase(run.state), run.state.facts);
  }
  return Exit::done;
}

}  // namespace

void add_runs(Verb app) {
  auto options = std::make_shared<RunsOptions>();
  Verb verb = app.verb("runs", "List the runs on this workstation");
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.does([options] { return runs(*options); });
}

}  // namespace restorectl
