// What is wrong with a backup. Invariant: each kind of defect has one name, which never changes its
// meaning: scripts and the table in docs/backup.md go by it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace backup {

// Thrown by the readers where going on would be guessing; verify() collects them.
struct Defect : std::runtime_error {
  Defect(std::string_view its_name, const std::string& words)
      : std::runtime_error(words), name(its_name) {}
  std::string name;  // kebab-case: "digest-differs"
};

}  // namespace backup
