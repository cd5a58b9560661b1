// The words and their cures; see the header.
#include "states/engine/known_cure.hpp"

namespace states {

namespace {

// The words of etcd (api/v3rpc/rpctypes/error.go: ErrGRPCNoSpace), which the API server passes on.
constexpr std::string_view kNoSpace = "database space exceeded";

// From then on etcd refuses writes, also when there is room again, until the alarm is disarmed.
constexpr std::string_view kNoSpaceCure =
    "if it is this cluster's etcd that refuses writes because its database reached its quota "
    "(alarm NOSPACE), on the recovery host, as root: id=$(crictl ps -q --label "
    "io.kubernetes.container.name=etcd | head -n 1); crictl exec $id etcdctl alarm list; make room "
    "(crictl exec $id etcdctl compact REVISION, with the revision that `etcdctl endpoint status -w "
    "json` shows; crictl exec $id etcdctl defrag), and then crictl exec $id etcdctl alarm disarm";

}  // namespace

std::string remedy_with_cure(std::string_view detail, std::string remedy) {
  if (detail.find(kNoSpace) == std::string_view::npos) return remedy;
  // The alarms' own step says the same in its own words.
  if (remedy.find("alarm disarm") != std::string::npos) return remedy;
  // Behind the step's own: the words may be those of another etcd, quoted from a log.
  if (!remedy.empty()) remedy += "; ";
  return remedy.append(kNoSpaceCure);
}

}  // namespace states
