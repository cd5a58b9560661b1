// Names, and nothing but names; see the header.
#include "tools/lib/backup/pair.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <set>

#include "core/text.hpp"

namespace backup {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kDirty = "__POSSIBLY_DIRTY__";
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kNamesShown = 12;

bool is_time(const std::string& text) {
  static const std::regex shape("[0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{6}(__POSSIBLY_DIRTY__)?");
  return text.size() <= kNameBytesMax && std::regex_match(text, shape);
}

// The time within such a name, with the mark of --force; empty for other names.
std::string time_in(const std::string& name, std::string_view before, std::string_view after) {
  if (name.size() > kNameBytesMax || name.size() < before.size() + after.size()) return {};
  if (!name.starts_with(before) || !name.ends_with(after)) return {};
  const std::string time = name.substr(before.size(), name.size() - before.size() - after.size());
  return is_time(time) ? time : std::string();
}

// Names, so that a misspelt one, or a pair that lies one folder deeper, need not be guessed.
std::string what_is_there(const std::set<std::string>& names) {
  if (names.empty()) return "The directory is empty";
  std::string words = "It contains ";
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown == kNamesShown) break;
    words += (shown++ == 0 ? "" : ", ") + core::printable(name);
  }
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  if (names.size() > shown) words += fmt::format(" and {} more", names.size() - shown);
  return words;
}

}  // namespace

std::optional<Pair> pair_of(const fs::path& directory, const std::string& time) {
  if (!is_time(time)) return std::nullopt;
  return Pair{time, time.ends_with(kDirty), directory / ("snapshot_" + time + ".db"),
              directory / ("static_kuberesources_" + time + ".tar.gz")};
}

Pair find_pair(const fs::path& directory) {
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw Defect("no-directory",
                 fmt::format("the backup {} is not a directory", directory.string()));
  }
  std::set<std::string> snapshots;
  std::set<std::string> archives;
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    names.insert(entry.is_directory(error) ? name + "/" : name);
    if (const std::string time = time_in(name, "snapshot_", ".db"); !time.empty())
      snapshots.insert(time);
    if (const std::string time = time_in(name, "static_kuberesources_", ".tar.gz"); !time.empty())
      archives.insert(time);
  }
  if (error) {
    throw Defect("unreadable",
                 fmt::format("cannot read {}: {}", directory.string(), error.message()));
  }
  if (snapshots.size() != 1 || archives != snapshots) {
    const bool several = snapshots.size() > 1 || archives.size() > 1;
    throw Defect(
        several                                 ? "several-pairs"
        : snapshots.empty() || archives.empty() ? "no-pair"
                                                : "mixed-pair",
        fmt::format(
            "{} must contain exactly one pair of files with the same time, snapshot_<time>.db and "
            "static_kuberesources_<time>.tar.gz; it has {} snapshot(s) [{}] and {} archive(s) "
            "[{}]. {}. Put the pair to restore into a separate directory",
            directory.string(), snapshots.size(), fmt::join(snapshots, ", "), archives.size(),
            fmt::join(archives, ", "), what_is_there(names)));
  }
  return *pair_of(fs::absolute(directory).lexically_normal(), *snapshots.begin());
}

}  // namespace backup
