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

// Sets the shell variables $from and $to, which the next two read.
std::string rename_paths(std::string_view from, std::string_view to);

// A rename below one mount, proven first: $from and the new directory of $to must be on the same.
std::string rename_script();

// Prints from=present|absent and to=present|absent, having made a rename that was done durable.
// Where $sign is set, that path says whether anything is at $from.
std::string rename_look();

// The verdict for what rename_look() printed. `what` names the thing in words.
core::Verdict judge_rename(const core::Observed& seen, std::string_view what);

// For looks at a host that must end with 0: not_yet with the words of stderr otherwise.
core::Verdict host_refuses(const core::Observed& seen, std::string_view asked);

// The verdict where a host obeys another run or another driver (core/ownership.hpp).
core::Verdict owned_by_another(const core::SeenOwner& owner, const core::Host& host);

// host_refuses for looks at the API or at etcd between the restore and etcd's redeployment.
core::Verdict restored_etcd_refuses(const core::Observed& seen, std::string_view asked);

// What to do where the API waits in vain for something of a node: its kubelet may have asked for a
// certificate after the step that approves them was over.
inline constexpr std::string_view kNodeRemedy =
    "look whether every node is Ready (oc get nodes) and whether a kubelet waits for a certificate "
    "(oc get csr; approve by hand what is pending and a node's own), then resume";

}  // namespace states
