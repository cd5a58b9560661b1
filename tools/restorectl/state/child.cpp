// posix_spawn; see the header.
#include "tools/restorectl/state/child.hpp"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char** environ;

namespace restorectl {

namespace {

// posix_spawn takes what it does not change as char*.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

short flags_of(Child::Place place) {
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (place == Child::Place::own_group) flags |= POSIX_SPAWN_SETPGROUP;
  if (place == Child::Place::own_session) flags |= POSIX_SPAWN_SETSID;
  return flags;
}

}  // namespace

int start_child(const Child& child, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, child.input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, child.output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, child.errors, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, flags_of(child.place));
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  const int failed =
      ::posix_spawnp(pid, child.program.c_str(), &actions, &attributes,
                     pointers(child.words).data(), pointers(child.environment).data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return failed;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& values) {
  std::vector<std::string> all;
  for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
  for (const auto& [name, value] : values) {
    const std::string head = name + "=";
    std::erase_if(all, [&head](const std::string& one) { return one.starts_with(head); });
    all.push_back(head + value);
  }
  return all;
}

}  // namespace restorectl
