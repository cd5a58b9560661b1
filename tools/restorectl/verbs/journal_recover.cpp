// journal recover: a takeover where only this workstation's journal is damaged or lost.
#include <fmt/format.h>

#include "core/inventory.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/verbs/adopt.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

// The inventory and the ways to the hosts, as this workstation's own copy still has them.
Exit recover(AdoptOptions options) {
  const KnownRun run = read_run(choose_run(options.wish.run_id));
  options.wish.run_id = run.id;
  if (run.state.start != nullptr) {
    const core::Inventory& inventory = run.state.start->inventory;
    // What the command line says of SSH goes before what the run said when it began.
    if (options.wish.ssh == core::SshSettings{}) options.wish.ssh = inventory.ssh;
    if (options.wish.host.empty()) {
      options.wish.host = core::find_host(inventory, inventory.recovery_host)->address;
    }
  }
  if (options.wish.host.empty()) {
    throw Failure(Code::host_not_named,
                  fmt::format("no readable journal of run {} here: give a host that has a copy "
                              "with --from HOST (and --user, --identity as for ssh)",
                              run.id));
  }
  return take_over_and_resume(options);
}

}  // namespace

void add_journal(Verb app) {
  Verb journal = app.verb("journal", "Recover the journal of a run");
  journal.needs_verb();
  auto options = std::make_shared<AdoptOptions>();
  options->wish.reason = "this workstation's journal was damaged or lost";
  Verb verb = journal.verb("recover", "Replace a damaged journal with the hosts' newest copy");
  verb.option("run", options->wish.run_id,
              "The run ID or a prefix of it; default: the newest unfinished run");
  verb.option("--from", options->wish.host,
              "The first host to read from; default: the recovery host");
  verb.option("--reason", options->wish.reason, "The reason; it is written to the journal")
      .shows_default();
  add_takeover_options(verb, *options);
  verb.footer(
      "The damaged files are moved to set-aside/ in the state directory, unchanged.\n\n"
      "Example:\n  restorectl journal recover 20261123t101500123z-4f2a91c0\n");
  verb.does([options] { return recover(*options); });
}

}  // namespace restorectl
