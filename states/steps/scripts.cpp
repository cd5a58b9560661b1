// The scripts' files, and shared verdicts; see the header.
#include "states/steps/scripts.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "core/shell_quote.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::shell_quote;
using core::StepContext;
using core::Verdict;

// The files of states/steps/sh by their names, made at build time; the last row is empty.
extern const std::pair<std::string_view, std::string_view> kScriptFiles[];

namespace {

constexpr std::string_view kFrozenProfile = "okd-4.7/1";
constexpr std::string_view kFrozenFolder = "okd-4.7-1/";

// The profiles whose scripts are files and have changed since, oldest first: a file of such a
// profile is the one in its own folder, or in that of the next, or the one of today.
struct Earlier {
  std::string_view profile;
  std::string_view folder;
};
constexpr Earlier kEarlier[] = {{"okd-4.7/2", "okd-4.7-2/"}, {"okd-4.7/3", "okd-4.7-3/"}};

// Returns those that are not before the profile, oldest first; none for a profile of today.
std::span<const Earlier> folders_of(std::string_view profile) {
  const auto own = std::find_if(std::begin(kEarlier), std::end(kEarlier),
                                [&](const Earlier& one) { return one.profile == profile; });
  return {own, std::end(kEarlier)};
}

// Whether the first of two profiles was given what is new since the second.
bool is_after(std::span<const Earlier> folders, std::string_view since) {
  return std::none_of(folders.begin(), folders.end(),
                      [&](const Earlier& one) { return one.profile == since; });
}

const std::string_view* find_file(const std::string& name) {
  for (const auto* file = kScriptFiles; !file->first.empty(); ++file) {
    if (file->first == name) return &file->second;
  }
  return nullptr;
}

std::string_view text_of(const std::string& name) {
  if (const std::string_view* text = find_file(name)) return *text;
  throw std::logic_error("no such script: " + name);
}

const std::string* find_text(const Texts& texts, std::string_view name) {
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [name](const Text& text) { return text.name == name; });
  return found == texts.end() ? nullptr : &found->text;
}

}  // namespace

// In one pass, so that a value that looks like a placeholder is not replaced.
std::string frozen_part(std::string_view name, const Texts& values, const Texts& as_is) {
  std::string_view rest = text_of(std::string(kFrozenFolder) + std::string(name));
  std::string text;
  while (!rest.empty()) {
    const std::size_t at = std::min(rest.find('@'), rest.size());
    text += rest.substr(0, at);
    rest.remove_prefix(at);
    const std::size_t end = rest.find('@', 1);
    const std::string_view placeholder =
        end == std::string_view::npos ? std::string_view() : rest.substr(1, end - 1);
    if (const std::string* sh = find_text(as_is, placeholder)) {
      text += *sh;
    } else if (const std::string* value = find_text(values, placeholder)) {
      text += shell_quote(*value);
    } else {  // an @ like any other byte
      text += rest.substr(0, 1);
      rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
      continue;
    }
    rest.remove_prefix(end + 1);
  }
  return text;
}

std::string script(const StepContext& context, const Script& script) {
  if (context.start().profile == kFrozenProfile)
    return frozen_part(script.name, script.values, script.frozen);
  const std::span<const Earlier> earlier = folders_of(context.start().profile);
  const auto file = [earlier](std::string_view name) {
    for (const Earlier& one : earlier) {
      if (const auto* as_it_was = find_file(std::string(one.folder).append(name)))
        return *as_it_was;
    }
    return text_of(std::string(name));
  };
  const auto each_since = [&](const auto& take) {
    for (const Since& one : script.since) {
      if (is_after(earlier, one.profile)) take(one);
    }
  };
  std::string text;
  const auto assign = [&text](const Texts& values) {
    for (const Text& value : values) text += core::assignments({{value.name, value.text}});
  };
  assign(script.values);
  each_since([&](const Since& one) { assign(one.values); });
  if (!script.arguments.empty()) {
    text += "set --";
    for (const std::string& argument : script.arguments) text += " " + shell_quote(argument);
    text += "\n";
  }
  for (const std::string_view name : script.functions) text += file(name);
  each_since([&](const Since& one) {
    for (const std::string_view name : one.functions) text += file(name);
  });
  return text.append(file(script.name));
}

Texts api_of_host(const StepContext& context) {
  const core::ApiSettings& api = context.inventory().api;
  const bool on_host = api.via == core::ApiVia::recovery_host;
  return {{"api_via", "recovery_host"},
          {"api_command", on_host ? api.command : "oc"},
          {"api_kubeconfig", ""}};
}

std::string api_script(const StepContext& context, Script wanted) {
  const core::ApiSettings& api = context.inventory().api;
  const bool workstation = api.via == core::ApiVia::workstation;
  wanted.values.insert(wanted.values.end(),
                       {{"api_via", workstation ? "workstation" : "recovery_host"},
                        {"api_command", api.command},
                        {"api_kubeconfig", api.kubeconfig},
                        {"node_kubeconfigs", kNodeKubeconfigs}});
  wanted.functions.emplace_back("api");
  wanted.frozen.emplace_back(
      "api", frozen_part(workstation ? "api.workstation" : "api.host", wanted.values));
  return script(context, wanted);
}

namespace {

std::string look_pods(const StepContext& context, std::string_view awaits_operator) {
  return api_script(context, {.name = "etcd-pods.look",
                              .since = {{"okd-4.7/3",
                                         {{"awaits_operator", awaits_operator}},
                                         {"machine-configs", "operator-words", "etcd-operator"}}}});
}

}  // namespace

std::string look_etcd_pods(const StepContext& context) { return look_pods(context, "no"); }

std::string look_etcd_pods_of_operator(const StepContext& context) {
  return look_pods(context, "yes");
}

Verdict judge_rename(const core::Observed& seen, std::string_view what) {
  if (seen.exit_code != 0) return check_failed(seen, what);
  const Lines lines = read_lines(seen.out);
  const bool from = value_of(lines, "from") == "present";
  const bool to = value_of(lines, "to") == "present";
  const std::string thing(what);
  if (from && !to) return Verdict::needs_act(thing + " is still in place");
  if (!from && to) return Verdict::holds(thing + " has been moved away");
  if (!from) return Verdict::holds(thing + " does not exist, and this run did not move it");
  return Verdict::wrong(thing + " is back, although this run moved it away",
                        "find out what put it back (an operator? another administrator?), move it "
                        "manually to a third place, then resume");
}

namespace {

// sudo also warns where it refuses nothing: "unable to resolve host" is normal on a host whose
// DNS went down with the API. Source of the messages: sudo 1.9's plugins/sudoers and the shell.
bool is_refused_by_sudo(std::string_view err) {
  constexpr std::string_view kRefusals[] = {"sudo: a password is required",
                                            "sudo: a terminal is required",
                                            "must have a tty to run sudo",
                                            "is not in the sudoers file",
                                            "may not run sudo",
                                            "is not allowed to execute",
                                            "sudo: command not found",
                                            "sudo: not found"};
  return std::any_of(std::begin(kRefusals), std::end(kRefusals), [err](std::string_view refusal) {
    return err.find(refusal) != std::string_view::npos;
  });
}

}  // namespace

Verdict owner_conflict(const core::SeenOwner& owner, const core::Host& host) {
  return Verdict::wrong(
      "the host is owned by " + core::words_of(owner),
      "ask " + owner.by + " first. If that workstation is gone, `restorectl adopt " + host.address +
          " --reason …` takes its run over; then resume it or end it with `restorectl abandon`. "
          "If this is a different run, abandon this one");
}

// Source: the restore pod's own script, which refuses a data directory that is not empty.
Verdict restored_etcd_check_failed(const core::Observed& seen, std::string_view what) {
  Verdict verdict = check_failed(seen, what);
  if (verdict.kind == Verdict::Kind::not_yet) {
    verdict.remedy =
        "check whether etcd is running on the recovery host (crictl ps -a --name etcd; crictl "
        "logs). The restore pod cannot start a second time, for example after a reboot or an "
        "eviction: it then logs 'please delete the contents of data directory before restoring'. "
        "In that case repeat the restore: abandon this run and start a new one; the backup and "
        "everything that was moved aside are kept. Otherwise fix what keeps the API from "
        "answering, then resume";
  }
  return verdict;
}

namespace {

// What the look found about a container that does not run; empty where it did not ask.
struct Absent {
  std::string_view what;  // "etcd"
  std::string_view kubelet;
  std::string_view runtime;
  std::string_view ended;
};

constexpr std::int64_t kAbsentMs = 2 * 60'000;
// kube-apiserver ends again and again while etcd is not there, and is then started later and later.
constexpr std::int64_t kApiEndsMs = 10 * 60'000;

bool says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

// What is to be done about it, by the one who says what hinders it. Sources: cri-o/cri-o#3571;
// kubernetes/kubernetes#107483: kubelets of 1.22 and 1.23 could ignore a static pod whose manifest
// had been taken away and put back under its name.
core::Stuck stuck_at(const Absent& absent) {
  const std::string what(absent.what);
  const bool etcd = what == "etcd";
  const std::string restart =
      std::string("restart it on the recovery host (systemctl restart kubelet") +
      (etcd ? ", which the procedure does next anyway" : "") + ")";
  if (!absent.ended.empty()) {
    return {what + " ends", etcd ? kAbsentMs : kApiEndsMs,
            "the container of " + what +
                " starts and ends: fix what its last words say, then resume. If they are 'please "
                "delete the contents of data directory before restoring', the restore pod was "
                "started a second time: repeat the restore (abandon this run and start a new one; "
                "the backup and everything that was moved aside are kept)"};
  }
  if (says(absent.runtime, "is reserved") || says(absent.kubelet, "is reserved")) {
    return {
        what + " is reserved", kAbsentMs,
        "the container runtime holds the name for a container that is gone: remove its pod "
        "(crictl pods --name " +
            what +
            "; crictl rmp -f POD) or restart the runtime (systemctl restart crio), then resume"};
  }
  if (absent.kubelet == "none" && absent.runtime == "none") {
    return {what + " is not taken", kAbsentMs,
            "the kubelet may not have taken the manifest: " + restart + ", then resume"};
  }
  return {what + " is hindered", kAbsentMs,
          "fix what kubelet and runtime say; if the kubelet may not have taken the manifest, " +
              restart + ". Then resume"};
}

// Adds what the look found to a wait. Looks of okd-4.7/3 and before ask the kubelet only, and their
// runs wait for the step's deadline.
void explain(Verdict& verdict, const core::Observed& seen, std::string_view what) {
  const Lines lines = read_lines(seen.out);
  const Absent absent{what, value_of(lines, "kubelet"), value_of(lines, "runtime"),
                      value_of(lines, "ended")};
  if (absent.kubelet.empty()) return;
  verdict.detail += "; no " + std::string(what) +
                    " container has been running, although its manifest has been in place "
                    "for over a minute, and the kubelet ";
  verdict.detail += absent.kubelet == "none" ? "logged no error about it"
                                             : "logged: " + brief(absent.kubelet, 600);
  verdict.remedy =
      "the kubelet may not have taken the manifest: restart it on the recovery host (systemctl "
      "restart kubelet, which the procedure does next anyway), then resume. If the log above names "
      "another cause, fix that first";
  if (absent.runtime.empty()) return;
  verdict.detail += absent.runtime == "none"
                        ? ", nor the container runtime"
                        : ", the container runtime: " + brief(absent.runtime, 600);
  if (!absent.ended.empty())
    verdict.detail += "; the last container ended with " + brief(absent.ended, 600);
  verdict.stuck.push_back(stuck_at(absent));
  verdict.remedy = verdict.stuck.back().remedy;
}

}  // namespace

Verdict no_etcd_container(const core::Observed& seen, std::string awaited) {
  Verdict verdict = Verdict::not_yet(std::move(awaited));
  explain(verdict, seen, "etcd");
  return verdict;
}

Verdict restored_api_check_failed(const core::Observed& seen, std::string_view what) {
  Verdict verdict = restored_etcd_check_failed(seen, what);
  if (verdict.kind == Verdict::Kind::not_yet) explain(verdict, seen, "kube-apiserver");
  return verdict;
}

Verdict check_failed(const core::Observed& seen, std::string_view what) {
  if (is_refused_by_sudo(seen.err)) {
    return Verdict::wrong(
        "sudo -n was refused: " + brief(seen.err),
        "allow the SSH user to run commands as root without a password, then resume");
  }
  return Verdict::not_yet("cannot check " + std::string(what) + ": exit code " +
                          std::to_string(seen.exit_code) + ": " +
                          (seen.err.empty() ? "no output" : brief(seen.err)));
}

}  // namespace states
