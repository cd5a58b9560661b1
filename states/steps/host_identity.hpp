// Who the machine behind a name of the inventory is: a virtual address, an old lease or a typing
// error leads to another one, and then the real host lives on while a restore begins over it.
// Invariant: decides on what the looks have printed since okd-4.7/3 only.
#pragma once

#include "core/step.hpp"
#include "states/steps/host_findings.hpp"

namespace states {

// "master-0 (192.0.2.11)", for messages.
std::string described(const core::Host& host);
std::string described(const core::AbsentHost& host);

// The host of the inventory, other than this one, that was reached on the same boot of the same
// machine; nullptr where there is none.
const core::Host* same_machine(const core::StepContext& context, std::string_view boot_id);

// The same for a machine-id: clones share it, so that it is only worth knowing.
const core::Host* same_machine_id(const core::StepContext& context, std::string_view machine_id);

// What etcd and the kubelet on a host say that its node is called, against the inventory.
void find_identity(const core::StepContext& context, std::string_view out, Findings& found);

}  // namespace states
