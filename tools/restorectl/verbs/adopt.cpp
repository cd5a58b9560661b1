// adopt: go on with a run whose workstation is gone, from the journal that the hosts have.
// journal recover: the same, where only this workstation's journal is damaged or lost.
#include <fmt/format.h>

#include "core/text.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/run/takeover.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct AdoptOptions {
  Takeover wish;
  LoopOptions loop;
  bool no_resume = false;
};

void add_ssh(CLI::App* verb, core::SshSettings& ssh) {
  verb->add_option("-l,--user", ssh.user, "SSH user")->capture_default_str();
  verb->add_option("-p,--port", ssh.port, "SSH port; what ~/.ssh/config says, else 22");
  verb->add_option("--identity", ssh.identity_file, "SSH private key; else the agent's");
  verb->add_option("--known-hosts", ssh.known_hosts_file, "Else ~/.ssh/known_hosts");
  verb->add_option("-F,--ssh-config", ssh.config_file, "Else ~/.ssh/config");
}

Exit go_on(const AdoptOptions& options) {
  for (const std::string& hook : options.loop.hooks) read_hook(hook);
  const std::string run_id = take_over(options.wish);
  if (options.no_resume) {
    fmt::print("go on with: restorectl resume {}\n", run_id);
    return Exit::done;
  }
  return resume_run(run_id, options.loop);
}

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
                  fmt::format("nothing of run {} can be read here: name a host that has a copy, "
                              "`--from HOST` (and --user, --identity as for ssh)",
                              run.id));
  }
  return go_on(options);
}

void add_common(CLI::App* verb, AdoptOptions& options) {
  verb->add_option("--without", options.wish.without,
                   "A host that is down or gone for good and need not be asked");
  verb->add_option(
      "--backup", options.wish.backup_directory,
      "Where the backup is on this workstation, if elsewhere than on the other one; or "
      "HOST:DIRECTORY on the recovery host");
  add_hook_option(verb, options.loop.hooks);
  verb->add_flag("--no-resume", options.no_resume, "Only take over; resume later");
  verb->add_flag("-y,--yes", options.loop.assume_yes,
                 "Do not ask for the cluster's name before etcd is stopped");
  add_ssh(verb, options.wish.ssh);
}

}  // namespace

void add_adopt(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<AdoptOptions>();
  CLI::App* verb = app.add_subcommand(
      "adopt", "Take over a run from another workstation, by the journal that the hosts have");
  verb->add_option("host", options->wish.host, "A control-plane host, as for ssh")->required();
  verb->add_option("--reason", options->wish.reason, "Why; it is written to the journal")
      ->required();
  verb->add_option("--run", options->wish.run_id, "The run; by default the one that HOST obeys");
  add_common(verb, *options);
  verb->footer(
      "From then on every host refuses the driver before, whether it is dead or not.\n\n"
      "Examples:\n"
      "  restorectl adopt master-0.example.com --reason \"the laptop of the first shift broke\"\n"
      "  restorectl adopt 192.0.2.11 --without master-2 --reason \"same, and master-2 is dead\"\n");
  verb->callback([options, &chosen] { chosen = [options] { return go_on(*options); }; });
}

void add_journal(CLI::App& app, Action& chosen) {
  CLI::App* journal = app.add_subcommand("journal", "Mend a run's journal");
  journal->require_subcommand(1);
  auto options = std::make_shared<AdoptOptions>();
  options->wish.reason = "this workstation's journal was damaged or lost";
  CLI::App* verb = journal->add_subcommand(
      "recover", "Write a damaged journal anew from the copies that the hosts have");
  verb->add_option("run", options->wish.run_id,
                   "The run's id or its beginning; the newest unfinished one by default");
  verb->add_option("--from", options->wish.host,
                   "The first host to be asked; the recovery host by default");
  verb->add_option("--reason", options->wish.reason, "Why; it is written to the journal")
      ->capture_default_str();
  add_common(verb, *options);
  verb->footer(
      "The damaged files are kept aside, never written to.\n\n"
      "Example:\n  restorectl journal recover 20261123t101500123z-4f2a91c0\n");
  verb->callback([options, &chosen] { chosen = [options] { return recover(*options); }; });
}

}  // namespace restorectl
