// Single quotes switch off everything but themselves; see the header.
#include "core/shell_quote.hpp"

#include <algorithm>
#include <stdexcept>

namespace core {

namespace {
bool is_plain(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
         c == '.' || c == '-' || c == '_' || c == ':' || c == '@' || c == ',' || c == '+';
}
}  // namespace

std::string shell_quote(std::string_view value) {
  if (value.find('\0') != std::string_view::npos) {
    throw std::invalid_argument("a NUL byte cannot be part of a command");
  }
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain))
    return std::string(value);
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string assignments(
    std::initializer_list<std::pair<std::string_view, std::string>> names_and_values) {
  std::string lines;
  for (const auto& [name, value] : names_and_values) {
    lines += name;
    lines += "=" + shell_quote(value) + "\n";
  }
  return lines;
}

}  // namespace core
