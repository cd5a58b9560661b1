// What is left to do after a run without some hosts; see the header. Source: OKD
// documentation 4.7/4.8, "Restoring to a previous cluster state" (re-creating the control-plane
// machines) and "Replacing an unhealthy etcd member".
#include "tools/lib/postmortem/absent_words.hpp"

namespace postmortem {

std::string after_a_run_without(const std::vector<core::AbsentHost>& absent) {
  return "the cluster is without " + core::names_of(absent) +
         ", and has fewer etcd members than it was made for until they are re-created.\n"
         "Keep the old ones off: with their old disks they are members of another cluster.\n"
         "Their Node objects were deleted, their Machine objects were not changed. One at a time:\n"
         "  oc get machines -n openshift-machine-api -o wide     # installer-provisioned: save the "
         "Machine, delete it, apply it under a new name\n"
         "  otherwise: install the host anew, as at the installation of the cluster\n"
         "  oc get csr; oc adm certificate approve NAME          # of the new node, twice\n"
         "  oc get pods -n openshift-etcd -l k8s-app=etcd        # one more is Running\n"
         "Details and sources: docs/lost-hosts.md";
}

}  // namespace postmortem
