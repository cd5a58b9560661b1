// The modelled file system; see the header.
#include "tests/sim/host.hpp"

namespace sim {

std::string host_name(int number) {
  if (!longest_names) return "master-" + std::to_string(number);
  constexpr std::size_t kNameMax = 253;
  constexpr std::size_t kLabelMax = 63;
  const std::string end = std::to_string(number);
  std::string name;
  while (name.size() + kLabelMax < kNameMax) {
    const std::string label = "control-plane-";
    name += label + std::string(kLabelMax - label.size(), 'x') + ".";
  }
  return name + std::string(kNameMax - name.size() - end.size(), 'd') + end;
}

namespace {

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

}  // namespace

std::string Files::at(std::string_view path) const {
  const auto it = files_.lower_bound(path);
  for (auto at = it; at != files_.end() && at->first.starts_with(path); ++at) {
    if (at->first == path || is_below(at->first, path)) return at->second;
  }
  return {};
}

void Files::rename(std::string_view from, std::string_view to) {
  std::map<std::string, std::string, std::less<>> moved;
  for (const auto& [path, token] : files_) {
    if (path != from && !is_below(path, from)) continue;
    moved.emplace(std::string(to) + path.substr(from.size()), token);
  }
  if (moved.empty()) return;
  remove(from);
  remove(to);
  files_.merge(moved);
}

void Files::remove(std::string_view path) {
  std::erase_if(files_, [path](const auto& file) {
    return file.first == path || is_below(file.first, path);
  });
}

std::vector<std::string> Files::below(std::string_view directory) const {
  std::vector<std::string> paths;
  for (const auto& [path, token] : files_) {
    if (is_below(path, directory)) paths.push_back(path);
  }
  return paths;
}

bool Files::holds(std::string_view token) const {
  for (const auto& [path, content] : files_) {
    if (content == token) return true;
  }
  return false;
}

}  // namespace sim
