// What %h, ~ and ${NAME} stand for in a value of ssh_config(5). Invariant: what cannot be expanded
// is named, and never passed on as it is.
#pragma once

#include <string>

namespace transports {

struct ConfigNames {
  std::string original;  // as the inventory has it
  std::string host;      // as HostName says
  unsigned port = 22;
  std::string user;
  std::string alias;  // HostKeyAlias, or empty
};

std::string home_directory();
std::string local_user();

// `trouble`: what cannot be expanded; it is left alone where everything can.
std::string expand_tokens(const std::string& text, const ConfigNames& names, std::string* trouble);

}  // namespace transports
