// The scripts of the steps, and verdicts that several of them share. What runs on hosts stands in
// files, states/steps/sh/NAME.sh. Invariant: a value enters a script only as a quoted assignment at
// its head; and a profile's scripts never change, since a resume renders them again and compares:
// those of okd-4.7/1 are templates in sh/okd-4.7-1, rendered for its runs for ever.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/step.hpp"

namespace states {

// A named text of a script. The name is an identifier and outlives the call.
struct Text {
  Text(std::string_view its_name, std::string_view its_text) : name(its_name), text(its_text) {}
  std::string_view name;
  std::string text;
};
using Texts = std::vector<Text>;

struct Script {
  std::string_view name;
  Texts values{};  // assigned at the head; in a frozen template the quoted value replaces @name@
  std::vector<std::string> arguments{};       // $1, $2 and so on; not of a frozen template
  std::vector<std::string_view> functions{};  // files whose functions it calls; as above
  Texts frozen{};  // of a frozen template only: sh that replaces @name@ as it is
};

// Returns the script's text for the run's profile. Throws std::logic_error for a name that is no
// file.
std::string script(const core::StepContext& context, const Script& script);

// The same for a script that calls `api`, which speaks to the API server as the inventory says: oc
// with localhost.kubeconfig (then localhost-recovery) on the recovery host, or the workstation's
// own command.
std::string api_script(const core::StepContext& context, Script script);

// A part of a frozen template, for its `frozen` texts.
std::string frozen_part(std::string_view name, const Texts& values, const Texts& as_is = {});

// Prints etcd's pods as the API knows them: a JSON array of {name, phase, ready}.
std::string look_etcd_pods(const core::StepContext& context);

// The verdict for what rename_look of sh/rename.sh printed. `what` names the thing in words.
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
