// Disarm alarms; see the header.
#include "states/steps/disarm_alarms.hpp"

#include <algorithm>

#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

// The only endpoint that is up: the environment of etcd's container names those of the other hosts,
// too.
constexpr std::string_view kOwnEndpoint = "https://localhost:2379";

bool is_accepted(const StepContext& context, std::string_view defect) {
  const auto& accepted = context.start().backup.content.accepted;
  return std::find(accepted.begin(), accepted.end(), defect) != accepted.end();
}

// What fills a database stays in it when its alarm goes: without room the next write raises it
// anew.
bool wants_room(const StepContext& context) {
  return is_accepted(context, "nospace-alarm") || is_accepted(context, "over-quota");
}

std::string joined(const std::vector<std::string>& alarms) {
  std::string words;
  for (const std::string& alarm : alarms) words += (words.empty() ? "" : ", ") + brief(alarm, 40);
  return words;
}

}  // namespace

std::string look_alarms(const StepContext& context) {
  return script(
      context, {.name = "disarm-alarms.look", .values = {{"endpoint", std::string(kOwnEndpoint)}}});
}

std::string act_alarms(const StepContext& context) {
  return script(context, {.name = "disarm-alarms.act",
                          .values = {{"endpoint", std::string(kOwnEndpoint)},
                                     {"make_room", wants_room(context) ? "yes" : "no"}}});
}

Verdict judge_alarms(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return restored_etcd_check_failed(seen, "etcd's alarms");
  const bool room = wants_room(context);
  const bool corrupt = is_accepted(context, "corrupt-alarm");
  const std::vector<std::string> alarms = values_of(seen.out, "alarm");
  for (const std::string& alarm : alarms) {
    if (alarm == "NOSPACE" ? room : alarm == "CORRUPT" && corrupt) continue;
    return Verdict::wrong(
        "etcd has the alarm " + joined(alarms) + ", and no alarm " + brief(alarm, 40) +
            " of the backup was accepted",
        "find out why (NOSPACE: the database is at etcd's quota; CORRUPT: its members differ) and "
        "cure it; then disarm it on the host (crictl exec ID etcdctl alarm disarm) and resume");
  }
  // Nothing is awaited of an etcd that nobody has to change, not even an answer.
  if (!room && !corrupt) return Verdict::holds("the backup carries no alarm that was accepted");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "etcd") != "answers") {
    return Verdict::not_yet("etcd does not list its alarms: " +
                            (seen.err.empty() ? "no output" : brief(seen.err)));
  }
  if (!alarms.empty()) {
    Verdict verdict = Verdict::needs_act("etcd has the alarm " + joined(alarms));
    verdict.remedy =
        "etcd raised it again: what is in use is beyond its quota. Delete what fills it (events, a "
        "runaway custom resource) by etcdctl del in etcd's container, then resume with "
        "--run-again disarm-alarms";
    return verdict;
  }
  // Beyond its quota etcd raises the alarm only when something writes.
  const core::StepState* known = context.run.find(context.host.name, "disarm-alarms");
  if ((known == nullptr || known->attempts == 0) && is_accepted(context, "over-quota"))
    return Verdict::needs_act("the backup is beyond etcd's quota");
  const std::string size = brief(value_of(lines, "database_bytes"), 20);
  return Verdict::holds("etcd has no alarm" +
                        (size.empty() ? size : "; its database has " + size + " bytes"));
}

Phase DisarmAlarms::machine() { return machine_of<DisarmAlarms>(); }

}  // namespace states
