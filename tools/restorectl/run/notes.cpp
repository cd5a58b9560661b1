// See the header.
#include "tools/restorectl/run/notes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "core/text.hpp"
#include "tools/restorectl/state/new_file.hpp"
#include "tools/restorectl/state/state_directory.hpp"

namespace restorectl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kFileMax = 1U << 20;

fs::path inbox_of(const std::string& run_id) { return run_directory(run_id) / "inbox"; }

// Random digits, and nothing that a path could be made of.
bool is_id(std::string_view id) {
  return id.size() >= 8 && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

std::string text_of(const json::object& object, std::string_view name, std::size_t most) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return core::clean_utf8(std::string(value->as_string()).substr(0, most));
}

bool read_note(const fs::path& path, core::Noted* note) {
  std::error_code failed;
  if (fs::file_size(path, failed) > kFileMax || failed) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return false;
  const json::object& object = value.as_object();
  *note = {text_of(object, "id", 64),
           text_of(object, "by", 256),
           text_of(object, "text", kNoteTextMax),
           text_of(object, "about_host", 256),
           text_of(object, "about_step", 256),
           text_of(object, "evidence", kNoteEvidenceMax)};
  return is_id(note->id) && path.filename() == note->id + ".json";
}

}  // namespace

void leave_note(const std::string& run_id, const core::Noted& note) {
  const fs::path inbox = inbox_of(run_id);
  std::error_code error;
  fs::create_directory(inbox, error);
  const fs::path path = inbox / (note.id + ".json");
  const std::string text = json::serialize(json::object{{"id", note.id},
                                                        {"by", note.by},
                                                        {"text", note.text},
                                                        {"about_host", note.about_host},
                                                        {"about_step", note.about_step},
                                                        {"evidence", note.evidence}});
  write_file(path, text);
}

std::vector<core::Noted> waiting_notes(const std::string& run_id, const core::RunState& state) {
  std::vector<std::pair<fs::file_time_type, core::Noted>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(inbox_of(run_id), error)) {
    core::Noted note;
    if (entry.path().extension() != ".json" || !read_note(entry.path(), &note)) continue;
    if (state.notes.contains(note.id)) {
      forget_note(run_id, note);  // whoever journaled it died before it was taken away
      continue;
    }
    found.emplace_back(entry.last_write_time(error), std::move(note));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<core::Noted> notes;
  for (auto& [time, note] : found) notes.push_back(std::move(note));
  return notes;
}

void forget_note(const std::string& run_id, const core::Noted& note) {
  std::error_code ignored;
  fs::remove(inbox_of(run_id) / (note.id + ".json"), ignored);
}

}  // namespace restorectl
