// JSON files, each written whole; see the header.
#include "tools/restorectl/hooks/hook_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/hooks/hook_option.hpp"
#include "tools/restorectl/state/new_file.hpp"
#include "tools/restorectl/state/state_directory.hpp"

namespace restorectl {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kFileMax = 1U << 20;
constexpr std::size_t kGivenUpKept = 100;

fs::path folder_of(const std::string& run_id) { return run_directory(run_id) / "hooks"; }

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

}  // namespace restorectl
