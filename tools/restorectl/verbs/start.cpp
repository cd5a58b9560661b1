// start: a new run, from an inventory and a backup.
#include <fmt/format.h>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/hooks/hook_option.hpp"
#include "tools/restorectl/input/absent_hosts.hpp"
#include "tools/restorectl/input/api_access.hpp"
#include "tools/restorectl/input/backup_proof.hpp"
#include "tools/restorectl/input/inventory_file.hpp"
#include "tools/restorectl/run/profile_digest.hpp"
#include "tools/restorectl/run/run_loop.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/ids.hpp"
#include "tools/restorectl/state/local_disk.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct StartOptions {
  std::string inventory = "inventory.yaml";
  std::string backup;
  std::vector<std::string> accepted;
  std::vector<std::string> without;
  std::vector<std::string> powered_off;
  std::vector<std::string> hooks;
  bool yes = false;
};

// One cluster, one unfinished run: a second driver would undo what the first relies on.
void refuse_a_second(const std::string& cluster) {
  for (const std::string& run_id : run_ids()) {
    if (is_over(run_id)) continue;
    const KnownRun run = read_run(run_id);
    if (run.over() || run.state.start == nullptr) continue;
    if (run.state.start->inventory.cluster != cluster) continue;
    throw Failure(
        Code::cluster_has_a_run,
        fmt::format(
            "cluster '{}' has the unfinished run {} (started {} by {}). Resume it: `restorectl "
            "resume {}`; or end it for good: `restorectl abandon {} --reason \"…\"`",
            cluster, run.id, core::iso_time(run.state.first_ms), run.state.start->started_by,
            run.id, run.id));
  }
}

Exit start(const StartOptions& options) {
  for (const std::string& hook : options.hooks) read_hook(hook);
  core::RunStarted started;
  const states::Profile& profile = states::newest_profile();
  // The backup knows the hosts that are gone, too.
  const core::Inventory whole = read_inventory(options.inventory);
  started.inventory = whole;
  started.absent = take_out(started.inventory, options.without);
  if (const auto lack = states::lack_of_hosts(profile, started.inventory))
    throw Failure(Code::inventory_wrong, *lack);
  refuse_foreign_disk(state_directory());
  refuse_lacking_api_access(whole.api);
  refuse_unknown(started.absent, options.powered_off);
  refuse_answering(started.absent, whole.ssh);
  state_absent(started.absent, options.powered_off);
  started.backup = proven_backup(options.backup, options.accepted, whole);
  const ClusterLock lock(started.inventory.cluster);
  refuse_a_second(started.inventory.cluster);
  started.run_id = new_run_id(SystemClock().now_ms());
  started.tool_version = RESTORECTL_VERSION;
  started.profile = profile.name;
  started.tables_digest = digest_of(profile);
  started.started_by = whoami();
  const std::unique_ptr<journal::Store> journal =
      journal::Store::create(run_directory(started.run_id));
  return drive(states::make_run_machine(), *journal, started, {options.yes, options.hooks});
}

}  // namespace

void add_start(Verb app) {
  auto options = std::make_shared<StartOptions>();
  Verb verb = app.verb("start", "Start a restore");
  verb.option("-i,--inventory", options->inventory, "The inventory of the cluster").shows_default();
  verb.option("-b,--backup", options->backup,
              "The directory with snapshot_*.db and static_kuberesources_*.tar.gz, or "
              "HOST:DIRECTORY on the recovery host")
      .required();
  verb.option("--accept", options->accepted, "The name of a backup defect to accept")
      .type_name("NAME");
  verb.option(
          "--without", options->without,
          "A control-plane host that is gone for good: restore on the others. Asks for its name")
      .type_name("HOST")
      .one_value();
  verb.option("--powered-off", options->powered_off,
              "Confirm, instead of being asked, that the host of --without is powered off for good")
      .type_name("HOST")
      .one_value();
  verb.flag("-y,--yes", options->yes, "Do not ask for confirmation before etcd is stopped");
  add_hook_option(verb, options->hooks);
  verb.footer(
      "Examples:\n"
      "  restorectl start -i inventory.yaml --backup ./backup\n"
      "  restorectl start -i inventory.yaml --backup master-0:/home/core/assets/backup\n"
      "  restorectl start -i inventory.yaml --backup ./backup --yes   # for scripts\n"
      "  restorectl start -i inventory.yaml --backup ./backup --without master-1 --without "
      "master-2   # they are lost\n\n"
      "To see first what it does: restorectl plan -i inventory.yaml --backup ./backup\n");
  verb.does([options] { return start(*options); });
}

}  // namespace restorectl
