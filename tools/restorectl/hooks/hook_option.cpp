// See the header.
#include "tools/restorectl/hooks/hook_option.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace {

template <class... T>
std::vector<std::string> types_of(const std::variant<T...>*) {
  return {std::string(core::tag_of(core::FactBody(T())))...};
}

std::vector<std::string> fact_types() {
  return types_of(static_cast<const core::AnyFact*>(nullptr));
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
        fmt::format("--on {}: unknown fact type '{}'; expected TYPE=COMMAND, for example "
                    "step_held='notify-send held'. Types: * and {}",
                    core::printable(text), core::printable(hook.on), fmt::join(types, ", ")));
  if (hook.command.find_first_not_of(" \t\n") == std::string::npos ||
      hook.command.size() > kHookCommandMax || hook.command.find('\0') != std::string::npos)
    throw Failure(Code::hook_refused,
                  fmt::format("--on {}: expected TYPE=COMMAND; COMMAND must be 1 to {} bytes",
                              hook.on, kHookCommandMax));
  return hook;
}

}  // namespace restorectl
