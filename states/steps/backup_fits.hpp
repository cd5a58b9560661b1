// Whether the backup fits the running hosts: of the same release and cluster, and restorable with
// their own etcdctl. Invariant: the looks only read; the rehearsal writes below the run's own
// directory and removes what it restored there.
#pragma once

#include <string_view>
#include <vector>

#include "core/step.hpp"

namespace states {

// The release of the static pods on a host, by its own files: works while the API is dead.
std::string look_release(const core::StepContext& context);
core::Verdict judge_release(const core::StepContext& context, const core::Observed& seen);

// The cluster's id and version as the API reports them, if it still answers.
std::string look_cluster(const core::StepContext& context);
core::Verdict judge_cluster(const core::StepContext& context, const core::Observed& seen);

// Which cluster operators were degraded or not available already, as the look found them; none
// where the API did not answer, and of those that it left out.
std::vector<core::UnsettledOperator> unsettled_before_gate(std::string_view printed);

// Whether a restore is needed at all: the health of etcd's members, as etcd reports it.
std::string look_quorum(const core::StepContext& context);
core::Verdict judge_quorum(const core::StepContext& context, const core::Observed& seen);

// A restore of the copied snapshot into a directory of the run, where there is an etcdctl and room.
std::string look_rehearsal(const core::StepContext& context);
std::string act_rehearse(const core::StepContext& context);
core::Verdict judge_rehearsal(const core::StepContext& context, const core::Observed& seen);

}  // namespace states
