// restorectl: restores an OKD/OpenShift control plane from an etcd backup, and cannot lose its
// place. Invariant: main parses and exits; everything else stands in the verbs.
#include <sys/stat.h>

#include "tools/restorectl/ending.hpp"

int main(int argc, char** argv) {
  ::umask(077);
  CLI::App app(
      "Restores an OKD/OpenShift control plane from an etcd backup, over SSH, and cannot lose its "
      "place.");
  app.name("restorectl");
  app.set_version_flag("--version", RESTORECTL_VERSION);
  app.require_subcommand(1);
  app.footer(
      "A restore, from the plan to the postmortem:\n"
      "  restorectl backup verify ./backup -i inventory.yaml\n"
      "  restorectl plan -i inventory.yaml --backup ./backup\n"
      "  restorectl start -i inventory.yaml --backup ./backup\n"
      "  restorectl resume          # after an interruption, whatever it was\n"
      "  restorectl replay --verify\n"
      "  restorectl report -o report.html\n\n"
      "Exit codes: 0 done, 2 bad input, 3 held (see status, then resume), 4 refused, 5 journal, "
      "6 they differ (diff, --against), 130 stopped (resume).\n"
      "What an error's code means: restorectl explain R1201\n");
  app.failure_message(restorectl::usage_words);
  restorectl::Action chosen;
  restorectl::add_backup(app, chosen);
  restorectl::add_plan(app, chosen);
  restorectl::add_start(app, chosen);
  restorectl::add_resume(app, chosen);
  restorectl::add_status(app, chosen);
  restorectl::add_replay(app, chosen);
  restorectl::add_report(app, chosen);
  restorectl::add_diff(app, chosen);
  restorectl::add_export(app, chosen);
  restorectl::add_verify(app, chosen);
  restorectl::add_import(app, chosen);
  restorectl::add_runs(app, chosen);
  restorectl::add_note(app, chosen);
  restorectl::add_hooks_verb(app, chosen);
  restorectl::add_abandon(app, chosen);
  restorectl::add_adopt(app, chosen);
  restorectl::add_journal(app, chosen);
  restorectl::add_explain(app, chosen);
  restorectl::add_docs(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0
                                : static_cast<int>(restorectl::exit_of(restorectl::Code::usage));
  }
  return restorectl::end_of(chosen);
}
