// hooks: what a run's hooks have heard, and the process that delivers to them.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "tools/restorectl/hooks/hook_delivery.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace json = boost::json;

namespace {

struct HooksOptions {
  std::string run;
  std::string output = "text";
  bool deliver = false;
};

void print_json(const std::vector<Hook>& hooks) {
  json::array list;
  for (const Hook& hook : hooks) {
    json::array given_up;
    for (const Undelivered& one : hook.last_given_up)
      given_up.push_back(json::object{{"seq", one.seq}, {"type", one.type}, {"why", one.why}});
    list.push_back(json::object{{"number", hook.number},
                                {"on", hook.on},
                                {"command", core::clean_utf8(hook.command)},
                                {"settledUpTo", hook.behind},
                                {"delivered", hook.delivered},
                                {"givenUp", hook.given_up},
                                {"lastGivenUp", std::move(given_up)}});
  }
  fmt::print("{}\n", json::serialize(list));
}

void print_text(const std::string& run_id, const std::vector<Hook>& hooks) {
  if (hooks.empty())
    fmt::print("run {} has no hooks; start, resume and adopt add them with --on TYPE=COMMAND\n",
               run_id);
  else
    fmt::print("{:>4} {:<16} {:>9} {:>8}  {}\n", "HOOK", "ON", "DELIVERED", "GIVEN UP", "COMMAND");
  for (const Hook& hook : hooks) {
    fmt::print("{:>4} {:<16} {:>9} {:>8}  {}\n", hook.number, hook.on, hook.delivered,
               hook.given_up, core::printable(hook.command));
    for (const Undelivered& one : hook.last_given_up)
      fmt::print("     given up: fact {} {}: {}\n", one.seq, core::printable(one.type),
                 core::printable(one.why));
  }
  if (!hooks.empty()) fmt::print("\noutput: {}\n", (run_directory(run_id) / "hooks/log").string());
}

Exit hooks(const HooksOptions& options) {
  const std::string run_id = choose_run(options.run);
  if (options.deliver) {
    deliver_all(run_id);
    return Exit::done;
  }
  std::vector<std::string> strange;
  const std::vector<Hook> known = hooks_of(run_id, &strange);
  options.output == "json" ? print_json(known) : print_text(run_id, known);
  for (const std::string& path : strange)
    fmt::print(stderr, "restorectl: {} is not a hook file of this version; ignored\n", path);
  return Exit::done;
}

}  // namespace

void add_hook_option(Verb verb, std::vector<std::string>& hooks) {
  verb.option("--on", hooks,
              "A command to run on each fact of that type (* for all), with the fact as JSON on "
              "stdin; it never delays the run")
      .type_name("TYPE=COMMAND")
      .one_value();
}

void add_hooks_verb(Verb app) {
  auto options = std::make_shared<HooksOptions>();
  Verb verb = app.verb("hooks", "Show the hooks of a run and their deliveries");
  verb.option("run", options->run, "The run ID or a prefix of it; default: the newest run");
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.flag("--deliver", options->deliver, "Deliver pending facts until the run has no driver");
  verb.footer(
      "Add hooks when you start or resume a run:\n"
      "  restorectl start -i inventory.yaml --backup ./backup \\\n"
      "    --on step_held='notify-send \"restore held\" \"$RESTORECTL_HOST $RESTORECTL_STEP\"' "
      "\\\n"
      "    --on run_finished='curl -fsS --data-binary @- https://chat.example/hook'\n"
      "  restorectl hooks\n\n"
      "A command gets the fact as a JSON line on stdin, and RESTORECTL_RUN, _FACT (its number), "
      "_TYPE,\n"
      "_HOST and _STEP. Facts are delivered in order and at least once: the number identifies "
      "duplicates.\n"
      "A command times out after 30 s, is tried 10 times, and never delays the restore.\n");
  verb.does([options] { return hooks(*options); });
}

}  // namespace restorectl
