// Delete absent nodes; see the header.
#include "states/steps/delete_absent_nodes.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/absent_hosts.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

std::string about_nodes(const StepContext& context, std::string_view name) {
  std::string nodes;
  for (const core::AbsentHost& host : context.absent())
    nodes += (nodes.empty() ? "" : " ") + host.node_name;
  return api_script(context, {.name = name, .values = {{"nodes", nodes}}});
}

}  // namespace

std::string look_absent_nodes(const StepContext& context) {
  return about_nodes(context, "delete-absent-nodes.look");
}

std::string act_absent_nodes(const StepContext& context) {
  return about_nodes(context, "delete-absent-nodes.act");
}

Verdict judge_absent_nodes(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_check_failed(seen, "the Node objects");
  if (context.absent().empty()) return Verdict::holds("the run includes every control-plane host");
  std::string left;
  std::string alive;
  for (const std::string& line : values_of(seen.out, "node")) {
    const std::string node = line.substr(0, line.find(' '));
    if (find_absent_node(context, node) == nullptr) continue;
    std::string& list = line.ends_with(" Unknown") ? left : alive;
    list += (list.empty() ? "" : ", ") + node;
  }
  // As in the snapshot for a minute, until the controller manager has missed the kubelet: then
  // Ready is Unknown. Both True and False are a kubelet's own words, and a Node that keeps them has
  // one.
  if (!alive.empty()) {
    Verdict waiting =
        Verdict::not_yet("waiting for the Node of " + alive +
                         " to become Unknown: its kubelet may still report to the API");
    waiting.remedy =
        "check that the host is off: where the Node stays Ready or NotReady and does not become "
        "Unknown, its kubelet reports to this API (or kube-controller-manager is not running). "
        "Power it off, then resume";
    return waiting;
  }
  if (!left.empty()) {
    Verdict needed = Verdict::needs_act("the API has the Node objects of " + left);
    needed.remedy =
        "the Node objects are still there, or are back: check that the hosts are off "
        "and that no finalizer keeps them (oc get node -o yaml), then resume";
    return needed;
  }
  return Verdict::holds("the API has no Node object of " + core::names_of(context.absent()) +
                        "; Machine objects were not changed");
}

Phase DeleteAbsentNodes::machine() { return machine_of<DeleteAbsentNodes>(); }

}  // namespace states
