// See the header.
#include "tools/restorectl/hooks/hook_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/new_file.hpp"
#include "tools/restorectl/state/state_directory.hpp"

extern char** environ;

namespace restorectl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kFileMax = 1U << 20;
constexpr std::size_t kGivenUpKept = 100;

fs::path folder_of(const std::string& run_id) { return run_directory(run_id) / "hooks"; }

template <std::size_t... I>
std::vector<std::string> types_of(std::index_sequence<I...>) {
  return {std::string(core::tag_of(core::FactBody{std::in_place_index<I>}))...};
}

std::vector<std::string> fact_types() {
  return types_of(std::make_index_sequence<std::variant_size_v<core::FactBody>>());
}

Hook from_json(const json::value& value, int number) {
  Hook hook;
  hook.number = number;
  hook.on = json::value_to<std::string>(value.at("on"));
  hook.command = json::value_to<std::string>(value.at("command"));
  hook.behind = value.at("behind").to_number<std::uint64_t>();
  hook.delivered = value.at("delivered").to_number<std::uint64_t>();
  hook.given_up = value.at("givenUp").to_number<std::uint64_t>();
  for (const json::value& one : value.at("lastGivenUp").as_array())
    hook.last_given_up.push_back({one.at("seq").to_number<std::uint64_t>(),
                                  json::value_to<std::string>(one.at("type")),
                                  json::value_to<std::string>(one.at("why"))});
  return hook;
}

// True where the file is a hook.
bool read_file(const fs::path& path, Hook* hook) {
  const std::string name = path.stem().string();
  if (name.empty() || name.size() > 4 || name.find_first_not_of("0123456789") != name.npos)
    return false;
  std::error_code failed;
  if (fs::file_size(path, failed) > kFileMax || failed) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  try {
    *hook = from_json(json::parse(text), std::stoi(name));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

Hook read_hook(const std::string& text) {
  const std::size_t equals = text.find('=');
  Hook hook;
  hook.on = text.substr(0, equals);
  if (equals != std::string::npos) hook.command = text.substr(equals + 1);
  const std::vector<std::string> types = fact_types();
  if (hook.on != "*" && std::find(types.begin(), types.end(), hook.on) == types.end())
    throw Failure(
        Code::hook_refused,
        fmt::format("--on {}: there is no fact of the type '{}'. It is TYPE=COMMAND, for "
                    "example step_held='notify-send held'; types are * and {}",
                    core::printable(text), core::printable(hook.on), fmt::join(types, ", ")));
  if (hook.command.find_first_not_of(" \t\n") == std::string::npos ||
      hook.command.size() > kHookCommandMax || hook.command.find('\0') != std::string::npos)
    throw Failure(Code::hook_refused,
                  fmt::format("--on {}: behind the = stands a command of 1 to {} bytes", hook.on,
                              kHookCommandMax));
  return hook;
}

void keep_hook(const std::string& run_id, const Hook& hook) {
  json::array given_up;
  const std::size_t kept = std::min(hook.last_given_up.size(), kGivenUpKept);
  for (std::size_t i = hook.last_given_up.size() - kept; i < hook.last_given_up.size(); ++i)
    given_up.push_back(json::object{{"seq", hook.last_given_up[i].seq},
                                    {"type", hook.last_given_up[i].type},
                                    {"why", core::clean_utf8(hook.last_given_up[i].why)}});
  write_file(folder_of(run_id) / fmt::format("{}.json", hook.number),
             json::serialize(json::object{{"on", hook.on},
                                          {"command", hook.command},
                                          {"behind", hook.behind},
                                          {"delivered", hook.delivered},
                                          {"givenUp", hook.given_up},
                                          {"lastGivenUp", std::move(given_up)}}) +
                 "\n");
}

std::vector<Hook> hooks_of(const std::string& run_id, std::vector<std::string>* strange) {
  std::vector<Hook> hooks;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_of(run_id), error)) {
    Hook hook;
    if (entry.path().extension() != ".json") continue;
    if (read_file(entry.path(), &hook)) {
      hooks.push_back(std::move(hook));
    } else if (strange != nullptr) {
      strange->push_back(entry.path().string());
    }
  }
  std::sort(hooks.begin(), hooks.end(),
            [](const Hook& a, const Hook& b) { return a.number < b.number; });
  return hooks;
}

void add_hooks(const std::string& run_id, const std::vector<std::string>& texts,
               std::uint64_t behind) {
  std::vector<Hook> hooks = hooks_of(run_id);
  for (const std::string& text : texts) {
    Hook hook = read_hook(text);
    if (std::any_of(hooks.begin(), hooks.end(), [&](const Hook& known) {
          return known.on == hook.on && known.command == hook.command;
        }))
      continue;
    if (hooks.size() >= kHooksMax)
      throw Failure(Code::hook_refused, fmt::format("a run has at most {} hooks", kHooksMax));
    std::error_code error;
    fs::create_directory(folder_of(run_id), error);
    hook.number = hooks.empty() ? 1 : hooks.back().number + 1;
    hook.behind = behind;
    keep_hook(run_id, hook);
    hooks.push_back(std::move(hook));
  }
}

void ensure_delivery(const std::string& run_id) {
  if (hooks_of(run_id).empty()) return;
  // A session of its own: neither ^C nor a closed terminal is meant for it.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  std::string program = fs::read_symlink("/proc/self/exe").string();
  std::string words[] = {"restorectl", "hooks", "--deliver", run_id};
  std::array<char*, 5> argv{words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                            nullptr};
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0)
    fmt::print(stderr,
               "restorectl: nobody delivers to the hooks now: {}. The run goes on; later: "
               "restorectl hooks --deliver {}\n",
               std::strerror(failed), run_id);
}

}  // namespace restorectl
