// Bounded readers of hostile text; see the header.
#include "states/steps/reading.hpp"

#include <algorithm>
#include <charconv>

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

std::string joined(const std::vector<std::string>& list, std::string_view between,
                   std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), most); ++i)
    text += (text.empty() ? "" : std::string(between)) + brief(list[i], 1'500);
  return text;
}

std::string_view before_lines(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz_";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_not_of(kLetters, at), text.size());
    if (end > at && end < text.size() && text[end] == '=') return text.substr(0, at);
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  }
  return text;
}

std::vector<std::string> values_of(std::string_view text, std::string_view key) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
      values.emplace_back(line.substr(key.size() + 1));
    at = end + 1;
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::int64_t count_of(std::string_view text) {
  constexpr std::int64_t kCountMax = std::int64_t{1} << 56;
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && number >= 0 && number < kCountMax ? number : -1;
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
