// adopt: go on with a run whose workstation is gone, from the journal that the hosts have.
#include "tools/restorectl/verbs/adopt.hpp"

#include <fmt/format.h>

#include "tools/restorectl/hooks/hook_option.hpp"
#include "tools/restorectl/state/local_disk.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/resume.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

void add_ssh(Verb verb, core::SshSettings& ssh) {
  verb.option("-l,--user", ssh.user, "SSH user").shows_default();
  verb.option("-p,--port", ssh.port, "SSH port; default: from ~/.ssh/config, else 22");
  verb.option("--identity", ssh.identity_file, "SSH private key; default: the keys of the agent");
  verb.option("--known-hosts", ssh.known_hosts_file,
              "Known hosts file; default: ~/.ssh/known_hosts");
  verb.option("-F,--ssh-config", ssh.config_file,
              "SSH client configuration; default: ~/.ssh/config");
}

}  // namespace

Exit take_over_and_resume(const AdoptOptions& options) {
  for (const std::string& hook : options.loop.hooks) read_hook(hook);
  const std::string run_id = take_over(options.wish);
  if (options.no_resume) {
    fmt::print("resume with: restorectl resume {}\n", run_id);
    return Exit::done;
  }
  return resume_run(run_id, options.loop);
}

void add_takeover_options(Verb verb, AdoptOptions& options) {
  verb.option("--without", options.wish.without,
              "A host to leave out because it is down or permanently lost");
  verb.option("--backup", options.wish.backup_directory,
              "The backup directory on this workstation, if different from the previous one; or "
              "HOST:DIRECTORY on the recovery host");
  add_hook_option(verb, options.loop.hooks);
  verb.flag("--no-resume", options.no_resume, "Take over without resuming");
  verb.flag("-y,--yes", options.loop.assume_yes,
            "Do not ask for confirmation before etcd is stopped");
  add_ssh(verb, options.wish.ssh);
}

void add_adopt(Verb app) {
  auto options = std::make_shared<AdoptOptions>();
  Verb verb = app.verb(
      "adopt", "Take over a run from another workstation, using the hosts' copies of its journal");
  verb.option("host", options->wish.host, "A control-plane host, as given to ssh").required();
  verb.option("--reason", options->wish.reason, "The reason; it is written to the journal")
      .required();
  verb.option("--run", options->wish.run_id, "The run ID; default: the run that owns HOST");
  add_takeover_options(verb, *options);
  verb.footer(
      "All hosts then refuse the previous driver, whether it still runs or not.\n\n"
      "Examples:\n"
      "  restorectl adopt master-0.example.com --reason \"the first shift's laptop broke\"\n"
      "  restorectl adopt 192.0.2.11 --without master-2 --reason \"same, and master-2 is dead\"\n");
  verb.does([options] {
    refuse_foreign_disk(state_directory());
    return take_over_and_resume(*options);
  });
}

}  // namespace restorectl
