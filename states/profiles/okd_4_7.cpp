// okd-4.7: the documented procedure of OKD/OpenShift 4.7 ("Restoring to a previous cluster state"),
// whose cluster-restore.sh stops the recovery host's static pods and leaves the others to the
// operator. Sources: docs/procedure.md.
#include "states/engine/profile_laws.hpp"
#include "states/profiles/profiles.hpp"
#include "states/steps/approve_csrs.hpp"
#include "states/steps/data_aside.hpp"
#include "states/steps/disarm_alarms.hpp"
#include "states/steps/own_hosts.hpp"
#include "states/steps/preflight.hpp"
#include "states/steps/quiesce.hpp"
#include "states/steps/redeployments.hpp"
#include "states/steps/restart_kubelets.hpp"
#include "states/steps/restore.hpp"
#include "states/steps/single_member.hpp"
#include "states/steps/stage_backup.hpp"
#include "states/steps/verify_members.hpp"
#include "states/steps/weigh.hpp"

namespace states {

namespace {

// Marker lines of cluster-restore.sh, releases 4.6 to 4.22.
constexpr Marker kMarkers[] = {
    {"This script must be run as root", "P0", "refused: not root"},
    {"required dependencies not found", "P1", "refused: the etcd static pod resources are missing"},
    {"Path to the directory containing backup files", "P2",
     "refused: the backup directory does not exist"},
    {"etcd snapshot ", "P3", "refused: the snapshot does not exist"},
    {"etcdctl version:", "P4", "etcdctl is available"},
    {"etcdctl is already installed", "P4", "etcdctl is available"},
    {"{\"hash\":", "P5", "the snapshot status was read"},
    {"Backup integrity verification failed", "P5",
     "refused: the integrity check of the snapshot failed"},
    {"...stopping ", "P6", "moving the static pod manifests away"},
    {"Waiting for container ", "P7", "waiting for containers to stop"},
    {"removing previous backup ", "P8", "removing the data of an earlier restore"},
    {"Moving etcd data-dir ", "P8", "moving the etcd data directory away"},
    {"starting restore-etcd static pod", "P11", "starting the etcd restore pod"},
    {"starting kube-", "P12", "starting the other static pods"},
};

// Behind the restore script, etcd serves as a quorum of one.
constexpr Milestone kMilestones[] = {
    {kRunRestoreScript.name, "quorum", "etcd serves the restored data with a quorum of one"},
    {kEtcdMembers.name, "redundancy", "all etcd members are healthy"},
};

constexpr std::string_view kScripts[] = {"ab5959c1ab1354d7"};

// restorectl 0.1.0, before journals named their profile.
constexpr std::string_view kOlderDigests[] = {
    "183c3a7ea89c5615eba8b381a93f0484ed388bba61bc7bae9efc245fdd59115c"};

// What restorectl 0.1.0 performed. Its scripts are frozen templates (states/steps/sh/okd-4.7-1).
struct Okd47v1 {
  static constexpr std::string_view name = "okd-4.7/1";
  static constexpr std::string_view releases = "4.7";
  static constexpr std::size_t hosts_min = 1;
  // clang-format off
  using phases = PhaseList<
      Preflight, Weigh, OwnHosts, StageBackup,
      TheGate,
      Quiesce, DataAside, Restore, RestartRecoveryKubelet, RestartOtherKubelets, ApproveCsrs, SingleMember,
      RedeployEtcd, RolloutKubeApiserver, RolloutKubeControllerManager, RolloutKubeScheduler, VerifyMembers,
      ReleaseHosts>;
  // clang-format on
  static constexpr std::span<const Milestone> milestones = kMilestones;
  static constexpr std::span<const Marker> markers = kMarkers;
  static constexpr std::span<const std::string_view> scripts = kScripts;
  static constexpr std::span<const std::string_view> older_digests = kOlderDigests;
};
static_assert(profile_is_lawful<Okd47v1>());

// The same steps with scripts that are files, into which values enter as assignments at the head.
struct Okd47v2 : Okd47v1 {
  static constexpr std::string_view name = "okd-4.7/2";
  static constexpr std::span<const std::string_view> older_digests{};
};
static_assert(profile_is_lawful<Okd47v2>());

// The same steps, and one more behind the restore script: DisarmAlarms. Their looks ask for more
// (states/steps/sh, against sh/okd-4.7-2). A judge decides on what a look printed, so those of the
// profiles before never see what is new.
struct Okd47v3 : Okd47v2 {
  static constexpr std::string_view name = "okd-4.7/3";
  // clang-format off
  using phases = PhaseList<
      Preflight, Weigh, OwnHosts, StageBackup,
      TheGate,
      Quiesce, DataAside, Restore, DisarmAlarms, RestartRecoveryKubelet, RestartOtherKubelets, ApproveCsrs, SingleMember,
      RedeployEtcd, RolloutKubeApiserver, RolloutKubeControllerManager, RolloutKubeScheduler, VerifyMembers,
      ReleaseHosts>;
  // clang-format on
};
static_assert(profile_is_lawful<Okd47v3>());

}  // namespace

const Profile& okd_4_7_v1() {
  static const Profile profile = make_profile<Okd47v1>();
  return profile;
}

const Profile& okd_4_7_v2() {
  static const Profile profile = make_profile<Okd47v2>();
  return profile;
}

const Profile& okd_4_7_v3() {
  static const Profile profile = make_profile<Okd47v3>();
  return profile;
}

}  // namespace states
