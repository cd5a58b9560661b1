// The story as JSON, for the report's page and for people's tools. Invariant: names are those of
// story.hpp and never change their meaning; what is not known is left out.
#include <boost/json.hpp>

#include "tools/lib/postmortem/story.hpp"

namespace postmortem {

namespace {

namespace json = boost::json;

// A member that may be absent.
void add(json::object& to, std::string_view name, const std::optional<std::int64_t>& value) {
  if (value) to[name] = *value;
}

json::object run_of(const core::RunState& state) {
  json::object run{{"stage", core::name_of(state.stage)},
                   {"facts", state.facts},
                   {"first_ms", state.first_ms},
                   {"last_ms", state.last_ms},
                   {"resumes", state.resumes},
                   {"driver", state.owner.by},
                   {"epoch", state.owner.epoch}};
  json::array hosts;
  json::array absent;
  if (state.start != nullptr) {
    const core::RunStarted& start = *state.start;
    run["id"] = start.run_id;
    run["cluster"] = start.inventory.cluster;
    run["started_by"] = start.started_by;
    run["tool_version"] = start.tool_version;
    run["tables_digest"] = start.tables_digest;
    run["recovery_host"] = start.inventory.recovery_host;
    run["backup_revision"] = start.backup.content.revision;
    for (const core::Host& host : start.inventory.hosts) hosts.push_back(json::string(host.name));
    for (const core::AbsentHost& host : start.absent)
      absent.push_back(json::object{{"name", host.name},
                                    {"address", host.address},
                                    {"node_name", host.node_name},
                                    {"typed", host.typed}});
  }
  run["hosts"] = std::move(hosts);
  run["absent"] = std::move(absent);
  json::array findings;
  for (const std::string& finding : core::findings_of(state)) findings.emplace_back(finding);
  run["findings"] = std::move(findings);
  return run;
}

json::object to_value(const Span& span) {
  json::object value{{"host", span.host},          {"step", span.step},
                     {"kind", name_of(span.kind)}, {"from_ms", span.from_ms},
                     {"from_seq", span.from_seq},  {"words", span.words}};
  add(value, "to_ms", span.to_ms);
  if (span.to_seq != 0) value["to_seq"] = span.to_seq;
  if (span.attempt != 0) value["attempt"] = span.attempt;
  return value;
}

json::object to_value(const Command& command) {
  json::array lines;
  for (const Command::Line& line : command.lines)
    lines.push_back(json::object{
        {"seq", line.seq}, {"at_ms", line.at_ms}, {"offset", line.offset}, {"text", line.text}});
  json::object value{{"host", command.host},
                     {"step", command.step},
                     {"via", command.via},
                     {"job", command.job},
                     {"script", command.script},
                     {"attempt", command.attempt},
                     {"seq", command.seq},
                     {"intended_ms", command.intended_ms},
                     {"fate", command.fate},
                     {"lines", std::move(lines)},
                     {"tail", command.tail},
                     {"output_bytes", command.output_bytes},
                     {"output_sha256", command.output_sha256}};
  add(value, "ended_ms", command.ended_ms);
  if (command.ended_seq != 0) value["ended_seq"] = command.ended_seq;
  if (command.exit_code) value["exit_code"] = *command.exit_code;
  return value;
}

json::object to_value(const Outage& outage) {
  json::object value{{"host", outage.host},
                     {"from_ms", outage.from_ms},
                     {"from_seq", outage.from_seq},
                     {"retries", outage.retries},
                     {"message", outage.message}};
  add(value, "to_ms", outage.to_ms);
  if (outage.to_seq != 0) value["to_seq"] = outage.to_seq;
  return value;
}

json::object to_value(const Gap& gap) {
  json::object value{{"kind", name_of(gap.kind)},
                     {"from_ms", gap.from_ms},
                     {"from_seq", gap.from_seq},
                     {"words", gap.words}};
  add(value, "to_ms", gap.to_ms);
  if (gap.to_seq != 0) value["to_seq"] = gap.to_seq;
  return value;
}

json::object to_value(const PhaseSpan& phase) {
  json::object value{{"name", phase.name}, {"title", phase.title}, {"from_ms", phase.from_ms}};
  add(value, "to_ms", phase.to_ms);
  if (phase.to_seq != 0) value["to_seq"] = phase.to_seq;
  return value;
}

json::object to_value(const Milestone& milestone) {
  return {{"name", milestone.name},
          {"title", milestone.title},
          {"at_ms", milestone.at_ms},
          {"seq", milestone.seq}};
}

json::object to_value(const Moment& moment) {
  return {{"kind", moment.kind},   {"host", moment.host}, {"step", moment.step},
          {"at_ms", moment.at_ms}, {"seq", moment.seq},   {"words", moment.words}};
}

json::object to_value(const Share& share) {
  return {{"what", share.what}, {"ms", share.ms}, {"largest", share.largest}, {"seq", share.seq}};
}

template <class T>
json::array to_array(const std::vector<T>& values) {
  json::array array;
  array.reserve(values.size());
  for (const T& value : values) array.push_back(to_value(value));
  return array;
}

}  // namespace

json::object to_json(const Story& story) {
  json::object whole;
  whole["run"] = run_of(story.state);
  whole["phases"] = to_array(story.phases);
  whole["spans"] = to_array(story.spans);
  whole["commands"] = to_array(story.commands);
  whole["outages"] = to_array(story.outages);
  whole["gaps"] = to_array(story.gaps);
  whole["milestones"] = to_array(story.milestones);
  whole["moments"] = to_array(story.moments);
  whole["shares"] = to_array(story.shares);
  return whole;
}

}  // namespace postmortem
