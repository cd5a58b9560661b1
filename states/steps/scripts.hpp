// The scripts of the steps, and verdicts that several of them share. What runs on hosts stands in
// files, states/steps/sh/NAME.sh. Invariant: a value enters a script only as a quoted assignment at
// its head; and a profile's scripts never change, since a resume renders them again and compares:
// those of okd-4.7/1 are templates in sh/okd-4.7-1, rendered for its runs for ever, and a file that
// has changed since okd-4.7/N, N > 1, stands as it was in sh/okd-4.7-N.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/step.hpp"

namespace states {

// A named text of a script. The name is an identifier and outlives the call.
struct Text {
  Text(std::string_view key, std::string_view value) : name(key), text(value) {}
  std::string_view name;
  std::string text;
};
using Texts = std::vector<Text>;

// What a script was given later: runs of `profile`, and of those before it, are not given it.
struct Since {
  std::string_view profile;  // "okd-4.7/2"
  Texts values{};
  std::vector<std::string_view> functions{};
};

struct Script {
  std::string_view name;
  Texts values{};  // assigned at the head; in a frozen template the quoted value replaces @name@
  std::vector<std::string> arguments{};       // $1, $2 and so on; not of a frozen template
  std::vector<std::string_view> functions{};  // files whose functions it calls; as above
  std::vector<Since> since{};                 // oldest first
  Texts frozen{};  // of a frozen template only: sh that replaces @name@ as it is
};

// Returns the script's text for the run's profile. Throws std::logic_error for a name that is no
// file.
std::string script(const core::StepContext& context, const Script& script);

// The same for a script that calls `api`, which calls the API server as configured in the
// inventory: oc with localhost.kubeconfig (then localhost-recovery) on the recovery host, or the
// workstation's own command.
std::string api_script(const core::StepContext& context, Script script);

// For a script that asks the API from a host even where the inventory has it asked from the
// workstation, whose kubeconfig no host has: in place of what api_script assigns.
Texts api_of_host(const core::StepContext& context);

// A part of a frozen template, for its `frozen` texts.
std::string frozen_part(std::string_view name, const Texts& values, const Texts& as_is = {});

// Prints etcd's pods as the API knows them: a JSON array of {name, phase, ready}; behind it the
// pending machine configs (states/steps/machine_configs.hpp) and, where the etcd operator is waited
// for, what that says of itself (states/steps/operator_words.hpp).
std::string look_etcd_pods(const core::StepContext& context);
std::string look_etcd_pods_of_operator(const core::StepContext& context);

// The verdict for what rename_look of sh/rename.sh printed. `what` names the thing: "the etcd
// manifest".
core::Verdict judge_rename(const core::Observed& seen, std::string_view what);

// The verdict for a look that did not exit with 0: not_yet with its stderr, or wrong where sudo was
// refused. `what` names what could not be checked ("the etcd members").
core::Verdict check_failed(const core::Observed& seen, std::string_view what);

// The verdict where another run or driver owns the host (core/ownership.hpp).
core::Verdict owner_conflict(const core::SeenOwner& owner, const core::Host& host);

// check_failed for the API and etcd between the restore and etcd's redeployment: its remedy also
// covers a restore pod that cannot start again.
core::Verdict restored_etcd_check_failed(const core::Observed& seen, std::string_view what);

// The same where the look of the API also asks, on its own host, why no container of it runs.
core::Verdict restored_api_check_failed(const core::Observed& seen, std::string_view what);

// The verdict while the restored etcd has no container: `awaited`, and what kubelet, runtime and
// the last container say of it where the look asked (sh/kubelet-says.sh). The step holds early once
// looks have seen it for two minutes; the first of them comes a minute after the manifest.
core::Verdict no_etcd_container(const core::Observed& seen, std::string awaited);

// The remedy where the API keeps waiting for a node: its kubelet may have requested a certificate
// after the step that approves CSRs was over.
inline constexpr std::string_view kNodeRemedy =
    "check that every node is Ready (oc get nodes) and that no kubelet waits for a certificate "
    "(oc get csr; approve the pending ones that belong to a node), then resume";

}  // namespace states
