// adopt: go on with a run whose workstation is gone, from the journal that the hosts have.
#include "tools/restorectl/verbs/adopt.hpp"

#include <fmt/format.h>

#include "tools/restorectl/hooks/hook_option.hpp"
#include "tools/restorectl/verbs/resume.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

void add_ssh(Verb verb, core::SshSettings& ssh) {
  verb.option("-l,--user", ssh.user, "SSH user").shows_default();
  verb.option("-p,--port", ssh.port, "SSH port; what ~/.ssh/config says, else 22");
  verb.option("--identity", ssh.identity_file, "SSH private key; else the agent's");
  verb.option("--known-hosts", ssh.known_hosts_file, "Else ~/.ssh/known_hosts");
  verb.option("-F,--ssh-config", ssh.config_file, "Else ~/.ssh/config");
}

}  // namespace

Exit take_over_and_resume(const AdoptOptions& options) {
  for (const std::string& hook : options.loop.hooks) read_hook(hook);
  const std::string run_id = take_over(options.wish);
  if (options.no_resume) {
    fmt::print("go on with: restorectl resume {}\n", run_id);
    return Exit::done;
  }
  return resume_run(run_id, options.loop);
}

void add_takeover_options(Verb verb, AdoptOptions& options) {
  verb.option("--without", options.wish.without,
              "A host that is down or gone for good and need not be asked");
  verb.option("--backup", options.wish.backup_directory,
              "Where the backup is on this workstation, if elsewhere than on the other one; or "
              "HOST:DIRECTORY on the recovery host");
  add_hook_option(verb, options.loop.hooks);
  verb.flag("--no-resume", options.no_resume, "Only take over; resume later");
  verb.flag("-y,--yes", options.loop.assume_yes,
            "Do not ask for the cluster's name before etcd is stopped");
  add_ssh(verb, options.wish.ssh);
}

void add_adopt(Verb app) {
  auto options = std::make_shared<AdoptOptions>();
  Verb verb = app.verb(
      "adopt", "Take over a run from another workstation, by the journal that the hosts have");
  verb.option("host", options->wish.host, "A control-plane host, as for ssh").required();
  verb.option("--reason", options->wish.reason, "Why; it is written to the journal").required();
  verb.option("--run", options->wish.run_id, "The run; by default the one that HOST obeys");
  add_takeover_options(verb, *options);
  verb.footer(
      "From then on every host refuses the driver before, whether it is dead or not.\n\n"
      "Examples:\n"
      "  restorectl adopt master-0.example.com --reason \"the laptop of the first shift broke\"\n"
      "  restorectl adopt 192.0.2.11 --without master-2 --reason \"same, and master-2 is dead\"\n");
  verb.does([options] { return take_over_and_resume(*options); });
}

}  // namespace restorectl
