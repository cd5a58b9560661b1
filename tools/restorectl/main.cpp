// restorectl: restores an OKD/OpenShift control plane from an etcd backup, and cannot lose its
// place. Invariant: main parses and exits; everything else stands in the verbs.
#include <sys/stat.h>

#include <csignal>

#include "tools/restorectl/ending.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

int main(int argc, char** argv) {
  ::umask(077);
  // `plan | head` ends quietly, also where SIGPIPE is ignored by whoever started this; drive() and
  // the delivery to hooks ignore it again.
  std::signal(SIGPIPE, SIG_DFL);
  restorectl::CommandLine line(
      "Restores an OKD/OpenShift control plane from an etcd backup over SSH. An interrupted "
      "restore resumes where it stopped.",
      "A restore, from the plan to the postmortem:\n"
      "  restorectl backup verify ./backup -i inventory.yaml\n"
      "  restorectl plan -i inventory.yaml --backup ./backup\n"
      "  restorectl start -i inventory.yaml --backup ./backup\n"
      "  restorectl resume          # after any interruption\n"
      "  restorectl replay --verify\n"
      "  restorectl report -o report.html\n\n"
      "Exit codes: 0 done, 1 internal error, 2 invalid input, 3 held (see status, then resume), 4 "
      "refused, 5 journal error, 6 runs differ (diff, replay --against), 130 stopped (resume).\n"
      "To explain an error code: restorectl explain R1201\n");
  const restorectl::Verb app = line.program();
  restorectl::add_backup(app);
  restorectl::add_plan(app);
  restorectl::add_start(app);
  restorectl::add_resume(app);
  restorectl::add_status(app);
  restorectl::add_replay(app);
  restorectl::add_report(app);
  restorectl::add_diff(app);
  restorectl::add_export(app);
  restorectl::add_verify(app);
  restorectl::add_import(app);
  restorectl::add_runs(app);
  restorectl::add_note(app);
  restorectl::add_hooks_verb(app);
  restorectl::add_abandon(app);
  restorectl::add_adopt(app);
  restorectl::add_journal(app);
  restorectl::add_explain(app);
  restorectl::add_docs(app);
  return restorectl::end_of(line.parse(argc, argv));
}
