// Words and remedies for what /proc shows; see the header.
#include "states/steps/witness.hpp"

#include <algorithm>
#include <string>

#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::Verdict;

namespace {

constexpr std::string_view kApiserver = "kube-apiserver";

// Takes the first word of a text.
std::string_view next_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// Numbers go into a command that the operator may copy: nothing else does.
bool is_number(std::string_view word) {
  return !word.empty() && word.size() <= 10 &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Verdict waiting(std::string detail, std::string remedy) {
  Verdict verdict = Verdict::not_yet(std::move(detail));
  verdict.remedy = std::move(remedy);
  return verdict;
}

std::optional<Verdict> judge_orphans(std::string_view printed) {
  std::string name;
  std::string ids;
  for (const std::string& line : values_of(printed, "orphan")) {
    std::string_view orphan = line;
    const std::string_view whose = next_word(orphan);
    if (!is_number(orphan) || (!name.empty() && whose != name) || ids.size() > 100) continue;
    name = whose;
    ids += (ids.empty() ? "" : " ") + std::string(orphan);
  }
  if (ids.empty()) return std::nullopt;
  const std::string process = "process " + brief(name, 40) + " (pid " + ids + ") is still running";
  const std::string open = name == "etcd" ? " and has the etcd data directory open" : "";
  return waiting(process + open + ", but the container runtime does not list its container",
                 "the kubelet cannot stop a container that the runtime has lost: stop the process "
                 "on the host (kill " +
                     ids + "; if it is still there a minute later: kill -KILL " + ids +
                     "), then resume");
}

std::optional<Verdict> judge_ports(std::string_view printed) {
  for (const std::string& line : values_of(printed, "port")) {
    std::string_view listener = line;
    const std::string port(next_word(listener));
    const std::string_view pid = next_word(listener);
    // Another program may take the API's port as soon as it is free, as a load balancer does that
    // serves the API's virtual address on the same host.
    const bool another = is_number(pid) && listener != kApiserver;
    if (!is_number(port) || (port == "6443" && another)) continue;
    const std::string by = is_number(pid) ? brief(listener, 40) + " (pid " + std::string(pid) + ")"
                                          : "a process that /proc does not show";
    return waiting(
        "no container is listed, but port " + port + " is still in use by " + by,
        "find out what listens there (ss -ltnp 'sport = :" + port + "'), stop it, then resume");
  }
  return std::nullopt;
}

}  // namespace

Texts witness_values(const core::StepContext& context) {
  return {{"etcd_aside", data_aside(context.start().run_id) + "/etcd"}};
}

std::optional<Verdict> judge_witness(std::string_view printed) {
  const auto stuck = values_of(printed, "stuck");
  if (!stuck.empty()) {
    return waiting("the container runtime lists container " + brief(stuck.front(), 40) +
                       " as running, but its process is gone",
                   "the runtime is stuck, so that `crictl stop` does not help: restart it "
                   "(systemctl restart crio; other containers keep running), then resume");
  }
  if (auto orphans = judge_orphans(printed)) return orphans;
  return judge_ports(printed);
}

}  // namespace states
