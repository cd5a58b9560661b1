// See the header.
#include "tools/lib/postmortem/manifest.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <variant>

#include "core/job_name.hpp"
#include "core/text.hpp"

namespace postmortem {

namespace {

std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

}  // namespace

bool is_job_name(std::string_view job) {
  return !job.empty() && job.size() <= 400 && job.front() != '.' &&
         job.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string_view::npos;
}

std::string output_name(const std::string& job) {
  return "outputs/" + core::job_name(job, kJobInNameMax, kJobInNameMax) + ".txt";
}

std::string to_text(const Manifest& manifest) {
  std::string text = fmt::format(
      "{{\n\"format\":1,\n\"run\":{},\n\"cluster\":{},\n\"tool_version\":{},\n\"tool_sha256\":{},\n"
      "\"tables_digest\":{},\n\"facts\":{},\n\"head\":{},\n\"first_time\":{},\n\"last_time\":{},\n"
      "\"files\":[",
      json_text(manifest.run_id), json_text(manifest.cluster), json_text(manifest.tool_version),
      json_text(manifest.tool_sha256), json_text(manifest.tables_digest), manifest.facts,
      json_text(manifest.head), json_text(core::iso_time(manifest.first_ms)),
      json_text(core::iso_time(manifest.last_ms)));
  for (const BundleFile& file : manifest.files) {
    text += fmt::format("{}\n{{\"name\":{},\"size\":{},\"sha256\":{}}}",
                        &file == &manifest.files.front() ? "" : ",", json_text(file.name),
                        file.size, json_text(file.sha256));
  }
  return text + "]\n}\n";
}

void Gatherer::note(const core::Record& record) {
  const core::Fact& fact = record.fact;
  if (const auto* started = std::get_if<core::RunStarted>(&fact.body)) {
    if (manifest_.facts > 0) defect_ = fmt::format("fact {} starts another run", fact.seq);
    manifest_.run_id = started->run_id;
    manifest_.cluster = started->inventory.cluster;
    manifest_.tables_digest = started->tables_digest;
    manifest_.first_ms = fact.time_ms;
  } else if (manifest_.facts == 0) {
    defect_ = "the first fact is not the start of a run";
  }
  ++manifest_.facts;
  manifest_.last_ms = fact.time_ms;
  const auto output = [this](const std::string& job) -> Output& {
    if (!is_job_name(job)) defect_ = "a job ID in the journal is not a valid file name";
    return outputs_[output_name(job)];
  };
  if (const auto* line = std::get_if<core::JobProgressed>(&fact.body)) {
    output(line->job).lines += line->line + "\n";
  } else if (const auto* ended = std::get_if<core::JobEnded>(&fact.body)) {
    output(ended->job).tail = ended->tail;
  }
}

void Gatherer::fill(Manifest* manifest, const journal::Head& head) const {
  manifest->run_id = manifest_.run_id;
  manifest->cluster = manifest_.cluster;
  manifest->tables_digest = manifest_.tables_digest;
  manifest->facts = manifest_.facts;
  manifest->head = head.sha256;
  manifest->first_ms = manifest_.first_ms;
  manifest->last_ms = manifest_.last_ms;
}

std::map<std::string, std::string> Gatherer::outputs() const {
  std::map<std::string, std::string> outputs;
  for (const auto& [name, output] : outputs_) {
    const std::string& text = output.lines.empty() ? output.tail : output.lines;
    if (!text.empty()) outputs[name] = text;
  }
  return outputs;
}

}  // namespace postmortem
