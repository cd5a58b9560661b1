// The findings one by one; see the header. Sources: docs/procedure.md.
#include "states/steps/host_findings.hpp"

#include <algorithm>

#include "states/steps/host_paths.hpp"
#include "states/steps/host_room.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::StepContext;

namespace {

constexpr std::int64_t kSkewMsMax = 60'000;
// The first 16 digits of the SHA-256 of upstream's cluster-restore.sh, by release, that work
// another way than the procedure that is performed here (source: openshift/cluster-etcd-operator).
struct OtherScript {
  std::string_view fingerprint;
  std::string_view releases;
};
constexpr OtherScript kOtherScripts[] = {
    {"40778e6c144a0d3a", "4.4 and 4.5"},  {"f808b43b7371558c", "4.11 to 4.17"},
    {"1b1f1e3bd8ea3132", "4.18 to 4.20"}, {"422731c3b4c44976", "4.21"},
    {"312cef131ccb93a6", "4.22"},         {"a8f5be28468295d6", "4.23 and later"},
};

// The static pods that cluster-restore.sh stops, by namespace and name, and the file of each. The
// kubelet appends the node's name, where a file does not have it already.
struct StaticPod {
  std::string_view pod;
  std::string_view file;
};
constexpr StaticPod kStaticPods[] = {
    {"openshift-etcd/etcd", "etcd-pod.yaml"},
    {"openshift-kube-apiserver/kube-apiserver", "kube-apiserver-pod.yaml"},
    {"openshift-kube-controller-manager/kube-controller-manager",
     "kube-controller-manager-pod.yaml"},
    {"openshift-kube-scheduler/openshift-kube-scheduler", "kube-scheduler-pod.yaml"},
    {"openshift-kube-scheduler/kube-scheduler", "kube-scheduler-pod.yaml"},
};

class Collector {
 public:
  Collector(const StepContext& context, const core::Observed& seen)
      : context_(context), seen_(seen), lines_(read_lines(seen.out)) {}

  Findings all() {
    clock();
    find_room(context_, seen_.out, found_);
    services();
    files();
    pods();
    script();
    podman();
    notices();
    return std::move(found_);
  }

 private:
  void problem(const std::string& what, const std::string& remedy) {
    found_.problems.push_back(what);
    found_.remedies.push_back(remedy);
  }
  void notice(const std::string& what) { found_.notices.push_back(what); }

  // Tells of what the look left out of a list, if it did.
  template <class Tell>
  void left_out(std::string_view key, const Tell& tell) {
    const std::int64_t count = count_of(value_of(lines_, key));
    if (count > 0) tell(std::to_string(count) + " more files");
  }

  // The look took a moment, so only a difference that no link explains counts.
  void clock() {
    const std::int64_t host_ms = count_of(value_of(lines_, "clock_ms"));
    if (host_ms < 0) return;
    const std::int64_t skew_ms = host_ms - (context_.now_ms + context_.run.wall_ahead_ms);
    if (skew_ms > -kSkewMsMax && skew_ms < kSkewMsMax) return;
    problem("the clock is " + std::to_string(std::abs(skew_ms) / 1000) + " s " +
                (skew_ms < 0 ? "behind" : "ahead of") + " the workstation's",
            "synchronize the clocks (chronyc makestep): certificates and CSRs depend on them");
  }

  void services() {
    for (const std::string& unit : values_of(seen_.out, "down")) {
      problem(brief(unit, 60) + " is not active",
              "start it (systemctl start) and find out why it was down (journalctl -u)");
    }
    for (const std::string& what : values_of(seen_.out, "reboot")) {
      problem("a reboot is pending: " + brief(what, 100),
              "wait for it or cancel it (shutdown -c) before anything is stopped");
    }
  }

  void files() {
    for (const std::string& target : values_of(seen_.out, "etcd_link")) {
      problem(std::string(kEtcdData) + " is a symbolic link to " + brief(target, 200) +
                  ": the procedure would move the link, and not the data",
              "stop etcd, and mount " + brief(target, 200) + " at " + std::string(kEtcdData) +
                  " (mount --bind, and a systemd mount unit) in place of the link");
    }
    for (const std::string& name : values_of(seen_.out, "stray")) {
      problem("/var/lib/etcd contains " + brief(name, 100) +
                  ": the restore pod requires an empty directory",
              name == "lost+found"
                  ? "remove it while it is empty (rmdir /var/lib/etcd/lost+found): it belongs to a "
                    "mounted ext4 disk, and fsck recreates it"
                  : "move it out of /var/lib/etcd");
    }
    left_out("stray_left_out", [this](const std::string& more) {
      problem("/var/lib/etcd contains " + more + ": the restore pod requires an empty directory",
              "move them out of /var/lib/etcd");
    });
    for (const std::string& name : values_of(seen_.out, "extra")) {
      problem(std::string(kManifests) + " contains " + brief(name, 100) +
                  ": the kubelet runs every file in this directory",
              "move it out of the directory, or it runs beside the real pod");
    }
  }

  // A pod that two files are, or a file of another name: which one wins is not defined, and moving
  // the usual file away does not stop it.
  void pods() {
    for (const std::string& line : values_of(seen_.out, "pod")) {
      const std::string pod = line.substr(0, line.find(' '));
      const std::string file = line.substr(std::min(pod.size() + 1, line.size()));
      if (pod == "unclear") {
        problem("which pod " + std::string(kManifests) + "/" + brief(file, 100) +
                    " is cannot be told, and it names a namespace of etcd or the API server",
                "move it out of the directory, or write it as the operator writes its own");
      }
      for (const StaticPod& known : kStaticPods) {
        const std::string name(known.pod);
        if ((pod != name && pod != name + "-" + context_.host.node_name) || file == known.file)
          continue;
        problem(std::string(kManifests) + "/" + brief(file, 100) + " is the pod " + name + ", as " +
                    std::string(known.file) +
                    " should be: the kubelet runs every file "
                    "in this directory, whatever its name",
                "move it out of the directory, or it keeps the pod running when " +
                    std::string(known.file) + " is moved away");
      }
    }
    left_out("pod_left_out", [this](const std::string& more) {
      problem(std::string(kManifests) + " contains " + more + " that are one of these pods",
              "move each but the operator's own out of the directory");
    });
    for (const std::string& file : values_of(seen_.out, "no_pod")) {
      notice(std::string(kManifests) + " contains " + brief(file, 100) +
             ", from which the kubelet makes no pod");
    }
    left_out("no_pod_left_out", [this](const std::string& more) {
      notice(std::string(kManifests) + " contains " + more +
             ", from which the kubelet makes no pod");
    });
  }

  void script() {
    const std::string_view fingerprint = value_of(lines_, "script");
    const auto& ours = context_.restore_scripts;
    if (fingerprint.empty() || std::find(ours.begin(), ours.end(), fingerprint) != ours.end())
      return;
    for (const OtherScript& other : kOtherScripts) {
      if (fingerprint != other.fingerprint) continue;
      problem("cluster-restore.sh is from release " + std::string(other.releases) +
                  ", which works differently",
              "follow that release's own procedure: this restorectl supports 4.7 to 4.10");
      return;
    }
    notice("cluster-restore.sh (SHA-256 " + brief(fingerprint, 16) +
           "…) is not a known upstream version");
  }

  // The restore script begins with it, when the other hosts are stopped already.
  void podman() {
    for (const std::string& words : values_of(seen_.out, "podman")) {
      problem("podman, with which cluster-restore.sh begins, fails as a job calls it (" +
                  brief(words, 400) + ")",
              "make it work for root with nothing but a HOME and a PATH: env -i HOME=/root "
              "PATH=$PATH podman image exists none (exit code 0 or 1)");
    }
    if (value_of(lines_, "podman_image") == "missing") {
      notice(
          "podman does not have etcd's image: cluster-restore.sh pulls it, which needs the "
          "registry, or its mirror, and the pull secret");
    }
  }

  void notices() {
    for (const std::string& path : values_of(seen_.out, "left")) {
      notice(brief(path, 200) +
             " is left over from an earlier restore; it is kept, and moved aside if necessary");
    }
    if (value_of(lines_, "keepalived") == "yes") {
      notice(
          "keepalived runs on this host: the API's address may stay on a host other than the "
          "recovery host");
    }
    const std::int64_t renewed_s = count_of(value_of(lines_, "kubelet_pki_s"));
    const std::int64_t taken_s = count_of(value_of(lines_, "backup_s"));
    if (renewed_s > 0 && taken_s > 0 && renewed_s > taken_s) {
      notice(
          "the kubelet's certificate was renewed after the backup: the node will be NotReady "
          "until a CSR is approved");
    }
  }

  const StepContext& context_;
  const core::Observed& seen_;
  const Lines lines_;
  Findings found_;
};

}  // namespace

std::string time_of_backup(const StepContext& context) {
  for (const core::BackupFile& file : context.start().backup.files) {
    constexpr std::string_view before = "snapshot_";
    if (!file.name.starts_with(before) || file.name.size() < before.size() + 17) continue;
    const std::string time = file.name.substr(before.size(), 17);
    const bool digits = std::all_of(time.begin(), time.end(), [](char c) {
      return (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!digits) continue;
    return time.substr(0, 10) + " " + time.substr(11, 2) + ":" + time.substr(13, 2) + ":" +
           time.substr(15, 2);
  }
  return {};
}

Findings read_findings(const StepContext& context, const core::Observed& seen) {
  return Collector(context, seen).all();
}

std::string remedy_of(const Findings& found) {
  return joined(found.remedies, "; ") + (found.ends_run ? "" : "; then resume");
}

}  // namespace states
