// restorectl: restores an OKD/OpenShift control plane from an etcd backup, and cannot lose its
// place. Invariant: main parses, catches and exits; everything else stands in the verbs.
#include <fmt/format.h>
#include <sys/stat.h>

#include "core/driver.hpp"
#include "core/text.hpp"
#include "journal/store.hpp"
#include "tools/restorectl/verbs.hpp"

namespace {

using restorectl::Exit;

int fail(Exit code, const std::string& what) {
  fmt::print(stderr, "restorectl: {}\n", core::printable(what));
  return static_cast<int>(code);
}

Exit exit_of(journal::StoreFault fault) {
  switch (fault) {
    case journal::StoreFault::not_found:
      return Exit::input;
    case journal::StoreFault::exists:
    case journal::StoreFault::locked:
      return Exit::refused;
    case journal::StoreFault::other_version:
    case journal::StoreFault::damaged:
    case journal::StoreFault::io:
      return Exit::journal;
  }
  return Exit::internal;
}

int run(const restorectl::Action& action) {
  try {
    return static_cast<int>(action());
  } catch (const restorectl::Failure& failure) {
    return fail(failure.code, failure.what());
  } catch (const journal::StoreError& error) {
    return fail(exit_of(error.fault), error.what());
  } catch (const core::JournalError& error) {
    return fail(Exit::journal, error.what());
  } catch (const core::ReplayMismatch& mismatch) {
    return fail(Exit::journal,
                fmt::format("today's machine would decide otherwise than the journal: {}",
                            mismatch.what()));
  } catch (const std::exception& error) {
    return fail(Exit::internal,
                fmt::format("a defect of restorectl, please report it: {}", error.what()));
  }
}

}  // namespace

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
      "6 they differ (diff, --against), 130 stopped (resume).\n");
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
  restorectl::add_docs(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(Exit::input);
  }
  return run(chosen);
}
