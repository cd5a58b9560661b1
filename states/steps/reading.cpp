// Bounded readers of hostile text; see the header.
#include "states/steps/reading.hpp"

namespace states {

namespace json = boost::json;

Lines read_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    lines.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return lines;
}

std::string_view value_of(const Lines& lines, std::string_view key) {
  const auto found = lines.find(key);
  return found == lines.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<json::value> read_json(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error) return std::nullopt;
  return value;
}

namespace {
const json::value* member(const json::value& object, std::string_view key) {
  const json::object* members = object.if_object();
  return members == nullptr ? nullptr : members->if_contains(key);
}
}  // namespace

std::string text_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

std::int64_t number_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (value == nullptr) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

const json::array* array_at(const json::value& object, std::string_view key) {
  const json::value* value = member(object, key);
  return value == nullptr ? nullptr : value->if_array();
}

std::string brief(std::string_view text, std::size_t bytes_max) {
  std::string line;
  for (const char c : text.substr(0, bytes_max)) line += c == '\n' ? ' ' : c;
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (text.size() > bytes_max) line += " …";
  return line;
}

}  // namespace states
