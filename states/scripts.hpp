// Pieces of POSIX sh that several steps share. Invariant: every value that is not a constant of the
// program goes through core::shell_quote.
#pragma once

#include <string>
#include <string_view>

#include "core/step.hpp"

namespace states {

// Defines the shell function `api`, which speaks to the API server as the inventory says: oc with
// localhost.kubeconfig (then localhost-recovery) on the recovery host, or the workstation's own.
std::string api_function(const core::StepContext& context);

// `api get WHAT -o json | jq -c FILTER`, failing where either fails (sh has no pipefail).
std::string api_query(const core::StepContext& context, std::string_view what,
                      std::string_view jq_filter);

// Prints etcd's pods as the API knows them: a JSON array of {name, phase, ready}. The label leaves
// out guards, installers and pruners, which share the namespace.
std::string look_etcd_pods(const core::StepContext& context);

// A rename below one mount, proven first: `from` and the new directory of `to` must be on the same.
std::string rename_script(std::string_view from, std::string_view to);

// Prints from=present|absent and to=present|absent.
std::string rename_look(std::string_view from, std::string_view to);

// The verdict for what rename_look() printed. `what` names the thing in words.
core::Verdict judge_rename(const core::Observed& seen, std::string_view what);

// For looks at a host that must end with 0: not_yet with the words of stderr otherwise.
core::Verdict host_refuses(const core::Observed& seen, std::string_view asked);

}  // namespace states
