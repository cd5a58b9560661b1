// start: a new run, from an inventory and a backup.
#include <fmt/format.h>

#include "core/text.hpp"
#include "journal/format/chain.hpp"
#include "states/engine/run_machine.hpp"
#include "states/print/table_export.hpp"
#include "tools/restorectl/input/backup_proof.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/input/inventory_file.hpp"
#include "tools/restorectl/run/run_loop.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

std::string tables_digest() { return journal::sha256_hex(states::tables_text()); }

namespace {

struct StartOptions {
  std::string inventory = "inventory.yaml";
  std::string backup;
  std::vector<std::string> accepted;
  std::vector<std::string> hooks;
  bool yes = false;
};

// One cluster, one unfinished run: a second driver would undo what the first relies on.
void refuse_a_second(const std::string& cluster) {
  for (const KnownRun& run : list_runs()) {
    if (run.over() || run.state.start == nullptr) continue;
    if (run.state.start->inventory.cluster != cluster) continue;
    throw Failure(
        Code::cluster_has_a_run,
        fmt::format(
            "cluster '{}' has the unfinished run {} (started {} by {}). Go on with it: "
            "`restorectl resume {}`; or, if it is to end here for good: `restorectl abandon {} "
            "--reason \"…\"`",
            cluster, run.id, core::iso_time(run.state.first_ms), run.state.start->started_by,
            run.id, run.id));
  }
}

Exit start(const StartOptions& options) {
  for (const std::string& hook : options.hooks) read_hook(hook);
  core::RunStarted started;
  started.inventory = read_inventory(options.inventory);
  started.backup = proven_backup(options.backup, options.accepted, started.inventory);
  const ClusterLock lock(started.inventory.cluster);
  refuse_a_second(started.inventory.cluster);
  started.run_id = new_run_id(SystemClock().now_ms());
  started.tool_version = RESTORECTL_VERSION;
  started.tables_digest = tables_digest();
  started.started_by = whoami();
  const std::unique_ptr<journal::Store> journal =
      journal::Store::create(run_directory(started.run_id));
  return drive(states::make_run_machine(), *journal, started, {options.yes, options.hooks});
}

}  // namespace

void add_start(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<StartOptions>();
  CLI::App* verb = app.add_subcommand("start", "Begin a restore");
  verb->add_option("-i,--inventory", options->inventory, "The cluster's inventory")
      ->capture_default_str();
  verb->add_option("-b,--backup", options->backup,
                   "The directory with snapshot_*.db and static_kuberesources_*.tar.gz, or "
                   "HOST:DIRECTORY where it lies on the recovery host")
      ->required();
  verb->add_option("--accept", options->accepted,
                   "A defect of the backup that is known and accepted, by its name")
      ->type_name("NAME");
  verb->add_flag("-y,--yes", options->yes,
                 "Do not ask for the cluster's name before etcd is stopped");
  add_hook_option(verb, options->hooks);
  verb->footer(
      "Examples:\n"
      "  restorectl start -i inventory.yaml --backup ./backup\n"
      "  restorectl start -i inventory.yaml --backup master-0:/home/core/assets/backup\n"
      "  restorectl start -i inventory.yaml --backup ./backup --yes   # for scripts\n\n"
      "See what it would do first: restorectl plan -i inventory.yaml --backup ./backup\n");
  verb->callback([options, &chosen] { chosen = [options] { return start(*options); }; });
}

}  // namespace restorectl
