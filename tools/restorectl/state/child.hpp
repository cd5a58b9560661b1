// Starting another program. Invariant: it inherits its three standard descriptors and nothing else
// of ours: no other descriptor, no signal mask, no handler.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace restorectl {

struct Child {
  std::string program;                   // a path, or a name that PATH is searched for
  std::vector<std::string> words;        // argv, its own name first
  std::vector<std::string> environment;  // "NAME=value" each: all of it
  int input = -1;                        // descriptors of ours, which stay open here
  int output = -1;
  int errors = -1;
  // Whom signals of the terminal reach: it belongs to our group, to one of its own, or to a session
  // of its own.
  enum class Place { group_of_ours, own_group, own_session } place = Place::group_of_ours;
};

// Returns 0 and its process id, which is to be waited for, or an errno.
int start_child(const Child& child, pid_t* pid);

// Our environment, but for these, which have these values.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace restorectl
