// A step's own sh scripts, run by a real sh in namespaces of their own: with a /var/lib and an
// /etc/kubernetes, processes and a network where nothing else is. Invariant: nothing of the
// machine's own files is changed, and no process outlives its test.
#pragma once

#include <sys/wait.h>

#include <cstdio>

#include "core/shell_quote.hpp"
#include "tests/states/story.hpp"

namespace scripts {

struct Ended {
  int code;
  std::string out;
};

// `before` prepares the namespace, `after` looks at what became of it.
inline Ended in_namespace(const std::string& before, const std::string& script,
                          const std::string& after) {
  const std::string all =
      "mount --make-rprivate / && mount -t tmpfs t /var/lib && mkdir -p /etc/kubernetes && "
      "mount -t tmpfs t /etc/kubernetes && mkdir -p /etc/kubernetes/manifests /var/lib/etcd\n" +
      before + "\n( " + script + " ) 2>&1; echo code=$?\n" + after + "\n";
  const std::string own = "unshare --mount --net --cgroup --pid --fork --mount-proc /bin/sh -c ";
  FILE* pipe = ::popen((own + core::shell_quote(all)).c_str(), "r");
  std::string out;
  for (int c; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out};
}

inline bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

// The frozen texts and those of today: what both are to do is tried with both.
inline constexpr const char* kFrozen = "okd-4.7/1";
inline constexpr const char* kToday = "okd-4.7/4";
inline constexpr const char* kProfiles[] = {kFrozen, kToday};

struct Step {
  explicit Step(std::string_view name, const char* profile = kToday,
                core::RunStarted start = story::three_hosts())
      : spec(*core::find_step(states::newest_profile().phases, name)) {
    start.profile = profile;
    state.note(core::Fact{1, 1, 1, start});
  }
  core::StepContext context() const { return {state, state.start->inventory.hosts[1], 1}; }
  std::string act() const { return spec.act(context()); }
  std::string look() const { return spec.look(context()); }
  core::Verdict verdict(const std::string& out) {
    const core::Observed seen{context().host.name, std::string(spec.name), 0, out, "", false};
    state.note(core::Fact{2, 1, 1, seen});
    return spec.judge(context(), seen);
  }
  core::Verdict::Kind judge(const std::string& out) { return verdict(out).kind; }
  const core::StepSpec& spec;
  core::RunState state;
};

}  // namespace scripts
