// Words for pending machine configs; see the header.
#include "states/steps/machine_configs.hpp"

#include <algorithm>

#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"

namespace states {

namespace {

constexpr std::string_view kLine = "machine_configs=";

// Where the line begins; the end where there is none.
std::size_t place_of(std::string_view printed) {
  if (printed.starts_with(kLine)) return 0;
  const std::size_t at = printed.find("\n" + std::string(kLine));
  return at == std::string_view::npos ? printed.size() : at + 1;
}

}  // namespace

std::string machine_configs_note(std::string_view printed) {
  std::string_view line = printed.substr(place_of(printed));
  line.remove_prefix(std::min(kLine.size(), line.size()));
  const auto document = read_json(line.substr(0, line.find('\n')));
  const boost::json::array* nodes = document ? document->if_array() : nullptr;
  std::string words;
  for (const boost::json::value& node : nodes == nullptr ? boost::json::array{} : *nodes) {
    const std::string current = text_at(node, "current");
    const std::string desired = text_at(node, "desired");
    const std::string reason = text_at(node, "reason");
    words += (words.empty() ? "" : ", ") + brief(text_at(node, "name"), kObjectNameMax) + " (" +
             brief(text_at(node, "state"), 20);
    if (current != desired) words += ", from " + brief(current, 80) + " to " + brief(desired, 80);
    words += (reason.empty() ? "" : ": " + brief(reason, 200)) + ")";
  }
  if (words.empty()) return words;
  const Lines lines = read_lines(printed);
  const std::int64_t left_out = count_of(value_of(lines, "machine_configs_left_out"));
  if (left_out > 0) words += " and " + std::to_string(left_out) + " more";
  return "; note: the machine-config operator has changes pending, for which it reboots nodes one "
         "by one: " +
         words + ". The run goes on after each reboot";
}

}  // namespace states
