// Words and remedies for absent hosts that are not; see the header.
#include "states/steps/absent_hosts.hpp"

#include <algorithm>
#include <set>

#include "states/steps/host_identity.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::AbsentHost;
using core::StepContext;
using core::Verdict;

namespace {

constexpr std::size_t kShownMax = 4;  // of what answers, for each host

std::string_view service_of(std::string_view port) {
  if (port == "2379" || port == "2380") return "etcd";
  if (port == "6443") return "kube-apiserver";
  return port == "10250" ? "kubelet" : "unknown";
}

// What the look printed of one host.
struct Answers {
  bool silent = false;
  std::vector<std::string> answering;
  std::string untried;
};

Answers answers_of(const AbsentHost& host, const std::vector<std::string>& lines) {
  Answers answers;
  for (const std::string& line : lines) {
    if (!line.starts_with(host.name + " ")) continue;
    const std::size_t address = host.name.size() + 1;
    const std::size_t port = std::min(line.find(' ', address), line.size() - 1) + 1;
    const std::size_t word = std::min(line.find(' ', port), line.size() - 1) + 1;
    const std::string_view said = std::string_view(line).substr(word);
    const std::string number = line.substr(port, word - port - 1);
    const std::string place =
        brief(line.substr(address, port - address - 1), kObjectNameMax) + ":" + brief(number, 10);
    if (said == "silent") answers.silent = true;
    if (said == "open")
      answers.answering.push_back(place + " (" + std::string(service_of(number)) + ")");
    if (said == "refused") answers.answering.push_back(place + " (refuses the connection)");
    if (said.starts_with("untried")) answers.untried = place + " " + brief(said, 150);
  }
  return answers;
}

}  // namespace

Texts absent_values(const StepContext& context, bool asked) {
  std::string hosts;
  for (const AbsentHost& host : asked ? context.absent() : std::vector<AbsentHost>{}) {
    std::set<std::string> addresses(host.node_addresses.begin(), host.node_addresses.end());
    addresses.insert(host.address);
    hosts += (hosts.empty() ? "" : " ") + host.name + "," + host.node_name;
    for (const std::string& address : addresses)
      if (core::is_plain_address(address)) hosts += "," + address;
  }
  return {{"absent", hosts}};
}

const AbsentHost* find_absent_node(const StepContext& context, std::string_view node) {
  const auto& absent = context.absent();
  const auto at = std::find_if(absent.begin(), absent.end(),
                               [&](const AbsentHost& host) { return host.node_name == node; });
  return at == absent.end() ? nullptr : &*at;
}

void find_absent(const StepContext& context, std::string_view printed, Findings& found) {
  const std::vector<std::string> lines = values_of(printed, "absent");
  std::string silent;
  for (const AbsentHost& host : context.absent()) {
    const Answers answers = answers_of(host, lines);
    if (!answers.answering.empty()) {
      found.problems.push_back(described(host) + ", excluded with --without, is not off: " +
                               joined(answers.answering, ", ", kShownMax) + ", asked from " +
                               context.host.name);
      // Whatever else applies comes first: behind it stands that the run is resumed.
      found.remedies.push_back(
          "if it is to be part of the cluster, abandon this run and start a new one without "
          "--without " +
          host.name +
          "; if another machine has its address now, take it off that machine for as long as the "
          "run lasts, since etcd still has it for the lost host; else power " +
          host.name + " off and keep it off");
    } else if (!answers.silent) {
      found.problems.push_back(
          "whether " + described(host) + ", excluded with --without, is off cannot be asked from " +
          context.host.name + (answers.untried.empty() ? "" : ": " + answers.untried));
      found.remedies.push_back(
          "list its IP addresses as nodeAddresses in the inventory, abandon this run and start a "
          "new one");
      found.ends_run = true;
    } else {
      silent += (silent.empty() ? "" : ", ") + host.name;
      if (!answers.untried.empty())
        found.notices.push_back(described(host) + " was not tried at " + answers.untried);
    }
  }
  if (!silent.empty()) found.notices.push_back("nothing answers at the addresses of " + silent);
}

std::optional<Verdict> judge_absent(const StepContext& context, std::string_view printed) {
  Findings found;
  find_absent(context, printed, found);
  if (found.problems.empty()) return std::nullopt;
  return Verdict::wrong(joined(found.problems, "; "), remedy_of(found));
}

}  // namespace states
