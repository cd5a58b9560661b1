// The tokens, and whom and what they ask; see the header.
#include "transports/ssh/ssh_config_tokens.hpp"

#include <pwd.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace transports {

namespace {

std::string local_host() {
  char name[HOST_NAME_MAX + 1] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

std::string token(char name, const ConfigNames& names) {
  switch (name) {
    case '%':
      return "%";
    case 'd':
      return home_directory();
    case 'h':
      return names.host;
    case 'i':
      return std::to_string(::getuid());
    case 'k':
      return names.alias.empty() ? names.original : names.alias;
    case 'L':
      return local_host().substr(0, local_host().find('.'));
    case 'l':
      return local_host();
    case 'n':
      return names.original;
    case 'p':
      return std::to_string(names.port);
    case 'r':
      return names.user;
    case 'u':
      return local_user();
    default:
      return {};
  }
}

}  // namespace

std::string home_directory() {
  const passwd* user = ::getpwuid(::getuid());
  return user != nullptr ? user->pw_dir : "/";
}

std::string local_user() {
  const passwd* user = ::getpwuid(::getuid());
  return user != nullptr ? user->pw_name : std::to_string(::getuid());
}

std::string expand_tokens(const std::string& text, const ConfigNames& names, std::string* trouble) {
  std::string out = text.starts_with("~/") ? home_directory() : "";
  for (std::size_t at = out.empty() ? 0 : 1; at < text.size(); ++at) {
    const std::size_t brace = text.compare(at, 2, "${") == 0 ? text.find('}', at) : text.npos;
    if (text[at] == '%' && at + 1 < text.size()) {
      const std::string value = token(text[++at], names);
      if (value.empty()) *trouble = text.substr(at - 1, 2);
      out += value;
    } else if (brace != text.npos) {
      const char* value = std::getenv(text.substr(at + 2, brace - at - 2).c_str());
      if (value == nullptr)
        *trouble = text.substr(at, brace + 1 - at);
      else
        out += value;
      at = brace;
    } else {
      out += text[at];
    }
  }
  return out;
}

}  // namespace transports
