// Shared script pieces and the verdicts upon them; see the header.
#include "states/steps/scripts.hpp"

#include <algorithm>

#include "core/shell_quote.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::shell_quote;
using core::Verdict;

std::string api_function(const core::StepContext& context) {
  const core::ApiSettings& api = context.inventory().api;
  const std::string command = shell_quote(api.command);
  if (api.via == core::ApiVia::workstation) {
    return "api() { " + command + " --kubeconfig=" + shell_quote(api.kubeconfig) +
           " --request-timeout=20s \"$@\"; }\n";
  }
  // localhost-recovery has a serving name of its own and still works where the ordinary
  // certificate has been rotated away by the time travel.
  return "api() {\n"
         "  for name in localhost localhost-recovery; do\n"
         "    config=" +
         std::string(kNodeKubeconfigs) +
         "/$name.kubeconfig\n"
         "    [ -r \"$config\" ] || continue\n"
         "    " +
         command +
         " --kubeconfig=\"$config\" --request-timeout=20s \"$@\" && return 0\n"
         "  done\n"
         "  return 1\n"
         "}\n";
}

std::string api_query(const core::StepContext& context, std::string_view what,
                      std::string_view jq_filter) {
  return api_function(context) + "document=$(api get " + std::string(what) +
         " -o json) || exit 1\nprintf '%s' \"$document\" | jq -c " + shell_quote(jq_filter) + "\n";
}

std::string look_etcd_pods(const core::StepContext& context) {
  return api_query(context, "pods -n openshift-etcd -l k8s-app=etcd",
                   "[.items[] | {name: .metadata.name, phase: .status.phase, "
                   "ready: ((.status.containerStatuses // []) | length > 0 and all(.ready))}] | "
                   "sort_by(.name)");
}

std::string rename_script() {
  return R"sh(set -eu
umask 077
mkdir -p "$(dirname "$to")"
# A rename is atomic below one mount only; anything else would be a copy.
here=$(stat -c %m "$(dirname "$from")")
there=$(stat -c %m "$(dirname "$to")")
[ "$here" = "$there" ] || { echo "different mounts: $here and $there"; exit 1; }
[ ! -e "$to" ] || { echo "already there: $to"; exit 1; }
mv -nT "$from" "$to"
sync "$(dirname "$from")" "$(dirname "$to")"
)sh";
}

std::string rename_look() {
  return R"sh([ -e "${sign:-$from}" ] && echo from=present || echo from=absent
# A rename that only memory knows is no witness: a power loss would take it back.
[ ! -e "$to" ] || sync "$(dirname "$from")" "$(dirname "$to")" || exit 1
[ -e "$to" ] && echo to=present || echo to=absent
)sh";
}

std::string rename_paths(std::string_view from, std::string_view to) {
  return "from=" + shell_quote(from) + " to=" + shell_quote(to) + "\n";
}

Verdict judge_rename(const core::Observed& seen, std::string_view what) {
  if (seen.exit_code != 0) return host_refuses(seen, what);
  const Lines lines = read_lines(seen.out);
  const bool from = value_of(lines, "from") == "present";
  const bool to = value_of(lines, "to") == "present";
  const std::string thing(what);
  if (from && !to) return Verdict::needs_act(thing + " is in its place");
  if (!from && to) return Verdict::holds(thing + " is moved away");
  if (!from) return Verdict::holds(thing + " was not there, and this run did not move it");
  return Verdict::wrong(thing + " is back in its place although this run moved it away",
                        "find out what put it back (an operator? another administrator?), move it "
                        "aside by hand to a third place, then resume");
}

namespace {

// sudo also warns where it refuses nothing: "unable to resolve host" is to be expected on a host
// whose DNS went with the API. Source of the words: sudo 1.9's plugins/sudoers, and the shell's
// own.
bool is_refused_by_sudo(std::string_view err) {
  constexpr std::string_view kRefusals[] = {"sudo: a password is required",
                                            "sudo: a terminal is required",
                                            "must have a tty to run sudo",
                                            "is not in the sudoers file",
                                            "may not run sudo",
                                            "is not allowed to execute",
                                            "sudo: command not found",
                                            "sudo: not found"};
  return std::any_of(std::begin(kRefusals), std::end(kRefusals), [err](std::string_view refusal) {
    return err.find(refusal) != std::string_view::npos;
  });
}

}  // namespace

Verdict owned_by_another(const core::SeenOwner& owner, const core::Host& host) {
  return Verdict::wrong(
      "the host obeys " + core::words_of(owner),
      "ask " + owner.by + " first. If that workstation is gone: `restorectl adopt " + host.address +
          " --reason …` goes on with its run from here (and `restorectl abandon` ends it then). "
          "This run, if it is another one, is to be abandoned");
}

// Source: the restore pod's own script, which refuses a data directory that is not empty.
Verdict restored_etcd_refuses(const core::Observed& seen, std::string_view asked) {
  Verdict verdict = host_refuses(seen, asked);
  if (verdict.kind == Verdict::Kind::not_yet) {
    verdict.remedy =
        "look on the recovery host whether etcd runs (crictl ps -a --name etcd; crictl logs). The "
        "restore pod cannot start a second time, as after a reboot or an eviction: it then says "
        "'please delete the contents of data directory before restoring'. There the restore is to "
        "be done once more: abandon this run and start anew; the backup and all that was moved "
        "aside are still there. Otherwise mend what keeps the API from answering, then resume";
  }
  return verdict;
}

Verdict host_refuses(const core::Observed& seen, std::string_view asked) {
  if (is_refused_by_sudo(seen.err)) {
    return Verdict::wrong("sudo -n was refused: " + brief(seen.err),
                          "let the SSH user run commands as root without a password, then resume");
  }
  return Verdict::not_yet(std::string(asked) + ": the look ended with code " +
                          std::to_string(seen.exit_code) + ": " + brief(seen.err));
}

}  // namespace states
