// Roll out kube-apiserver (S16, S17). Its danger: while the recovery host's own server is replaced,
// the API is refused there for a while; that is no failure, and no answer is not an answer.
#include "states/engine/phase_lane.hpp"
#include "states/profiles/procedure.hpp"
#include "states/steps/rollout.hpp"

namespace states {

namespace {

struct KubeApiserver {
  static constexpr std::string_view resource = "kubeapiserver";
  static constexpr std::string_view force = "force-apiserver-redeployment";
  static constexpr std::string_view force_source = "S16, document step 12a";
  static constexpr std::string_view await = "await-apiserver-rollout";
  static constexpr std::string_view await_source = "S17, document step 12b";
};
using Steps = Rollout<KubeApiserver>;

static_assert(phase_is_lawful<true, Steps::force_step, Steps::await_step>());

}  // namespace

Phase rollout_kube_apiserver_phase() {
  return make_phase<Steps::force_step, Steps::await_step>(
      "rollout-kube-apiserver", "Roll out kube-apiserver", core::HostSet::recovery);
}

}  // namespace states
