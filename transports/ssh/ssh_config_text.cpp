// Words and patterns; see the header.
#include "transports/ssh/ssh_config_text.hpp"

namespace transports {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f";

bool is_pattern_of(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in = 0;
  std::size_t star = std::string_view::npos;  // the last "*", and how much it has taken
  std::size_t taken = 0;
  while (at < text.size()) {
    if (in < pattern.size() && (pattern[in] == '?' || pattern[in] == text[at]) &&
        pattern[in] != '*') {
      ++at;
      ++in;
    } else if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      taken = at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

}  // namespace

std::vector<std::string> config_words(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  const auto skip = [&](std::string_view those) {
    while (at < line.size() && those.find(line[at]) != std::string_view::npos) ++at;
  };
  for (skip(kBlanks); at < line.size() && line[at] != '#'; skip(kBlanks)) {
    std::string word;
    bool quoted = false;
    for (; at < line.size(); ++at) {
      const char c = line[at];
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && at + 1 < line.size() &&
                 (line[at + 1] == '"' || line[at + 1] == '\\')) {
        word += line[++at];
      } else if (!quoted &&
                 (kBlanks.find(c) != std::string_view::npos || (words.empty() && c == '='))) {
        break;
      } else {
        word += c;
      }
    }
    words.push_back(std::move(word));
    if (words.size() > 1) continue;
    skip(kBlanks);
    if (at < line.size() && line[at] == '=') ++at;
  }
  return words;
}

std::string config_rest(std::string_view line) {
  std::size_t at = line.find_first_not_of(kBlanks);
  at = line.find_first_of(" \t=", at);
  if (at != std::string_view::npos) at = line.find_first_not_of(kBlanks, at);
  if (at != std::string_view::npos && line[at] == '=') at = line.find_first_not_of(kBlanks, at + 1);
  if (at == std::string_view::npos) return {};
  return std::string(line.substr(at, line.find_last_not_of(kBlanks) + 1 - at));
}

std::string small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

bool in_pattern_list(std::string_view text, std::string_view patterns) {
  bool found = false;
  while (!patterns.empty()) {
    const std::size_t end = patterns.find(',');
    std::string_view pattern = patterns.substr(0, end);
    patterns.remove_prefix(end == std::string_view::npos ? patterns.size() : end + 1);
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (pattern.empty() || !is_pattern_of(text, pattern)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

}  // namespace transports
