// Redeploy etcd (S14, S15): the etcd operator starts new pods and takes the other hosts in again,
// as at the first scale-up. Its danger: until it has, the cluster lives on a single member whose
// restore container cannot even restart.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/rollout.hpp"

namespace states {

namespace {

struct Etcd {
  static constexpr std::string_view resource = "etcd";
  static constexpr std::string_view force = "force-etcd-redeployment";
  static constexpr std::string_view force_source = "S14, document step 11a";
  static constexpr std::string_view await = "await-etcd-rollout";
  static constexpr std::string_view await_source = "S15, document step 11b";
};
using Steps = Rollout<Etcd>;

static_assert(phase_is_lawful<true, Steps::force_step, Steps::await_step>());

}  // namespace

Phase redeploy_etcd_phase() {
  return make_phase<Steps::force_step, Steps::await_step>("redeploy-etcd", "Redeploy etcd",
                                                          core::HostSet::recovery);
}

}  // namespace states
