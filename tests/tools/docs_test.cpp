// The documentation that is printed from the tables is what the tables print today, and the tree's
// folders know only whom they may know.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "journal/format/schema.hpp"
#include "states/print/table_export.hpp"
#include "states/profiles/profiles.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path kTop = RESTORECTL_TOP;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> sources_in(const std::string& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(kTop / folder)) {
    const std::string end = entry.path().extension();
    if (end == ".cpp" || end == ".hpp") paths.push_back(entry.path());
  }
  return paths;
}

std::set<std::string> includes_of(const fs::path& path) {
  static const std::regex include("#include [\"<]([^\">]+)[\">]");
  const std::string text = text_of(path);
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it)
    names.insert((*it)[1]);
  return names;
}

}  // namespace

TEST(Docs, DiagramsAreTheTablesOfToday) {
  EXPECT_EQ(text_of(kTop / "docs/diagrams.md"), states::diagrams_markdown(states::newest_profile()))
      << "print them anew: restorectl docs diagrams > docs/diagrams.md";
}

TEST(Docs, TheProcedurePageHasTheStepsOfToday) {
  EXPECT_NE(
      text_of(kTop / "docs/procedure.md").find(states::steps_markdown(states::newest_profile())),
      std::string::npos)
      << "print them anew: restorectl docs steps, and put them into docs/procedure.md";
}

TEST(Docs, TheSchemaOfLinesIsWhatTheCodecWritesToday) {
  EXPECT_EQ(text_of(kTop / "docs/journal.schema.json"), journal::schema_json())
      << "print it anew: restorectl docs schema > docs/journal.schema.json";
}

// Whoever looks for a phase finds its file; a room that is renamed takes its row along.
TEST(Docs, TheArchitecturesPageNamesTheFilesOfEachPhase) {
  static const std::regex row("\n\\|([^|\n]+)\\| (`states/steps/[^|\n]+)\\|([^|\n]+)\\|");
  static const std::regex name("`([a-z-]+)`");
  static const std::regex file("`(states/steps/[a-z_]+)`");
  const std::string page = text_of(kTop / "docs/architecture.md");
  std::map<std::string, std::string> sources;  // of each phase, the files that its row names
  std::map<std::string, std::string> steps;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    const std::string phases = (*it)[1];
    const std::string files = (*it)[2];
    std::string text;
    for (std::sregex_iterator at(files.begin(), files.end(), file); at != end; ++at)
      text += text_of(kTop / ((*at)[1].str() + ".hpp"));
    for (std::sregex_iterator at(phases.begin(), phases.end(), name); at != end; ++at)
      sources[(*at)[1]] = text, steps[(*at)[1]] = (*it)[3];
  }
  for (const core::PhaseSpec& phase : states::newest_profile().phases) {
    const std::string mine = "name = \"" + std::string(phase.name) + "\"";
    EXPECT_NE(sources[std::string(phase.name)].find(mine), std::string::npos) << phase.name;
    for (const core::StepSpec* step : phase.steps)
      EXPECT_NE(steps[std::string(phase.name)].find(step->name), std::string::npos) << step->name;
  }
}

TEST(Docs, EachDefectOfABackupIsExplained) {
  static const std::regex made("(?:Defect|emplace_back|bad)\\(\\s*\"([a-z]+(?:-[a-z]+)*)\"");
  const std::string page = text_of(kTop / "docs/backup.md");
  std::set<std::string> names = {"several-pairs", "no-pair", "mixed-pair"};
  for (const char* folder : {"tools/lib/backup", "tools/restorectl"}) {
    for (const fs::path& path : sources_in(folder)) {
      const std::string text = text_of(path);
      for (std::sregex_iterator it(text.begin(), text.end(), made), end; it != end; ++it)
        names.insert((*it)[1]);
    }
  }
  EXPECT_GT(names.size(), 25u);
  for (const std::string& name : names)
    EXPECT_NE(page.find("`" + name + "`"), std::string::npos) << name;
}

// The table of docs/architecture.md between the two marks: a row a room, `| states/steps | core,
// states/engine |`. A room may always include itself.
std::map<std::string, std::set<std::string>> arrows() {
  static const std::regex row("\n\\| `([a-z/]+)` \\|([a-z/, `]*)\\|");
  static const std::regex name("`([a-z/]+)`");
  const std::string page = text_of(kTop / "docs/architecture.md");
  const std::size_t from = page.find("<!-- arrows -->");
  const std::string table = page.substr(from, page.find("<!-- /arrows -->") - from);
  std::map<std::string, std::set<std::string>> may_know;
  for (std::sregex_iterator it(table.begin(), table.end(), row), end; it != end; ++it) {
    const std::string known = (*it)[2];
    std::set<std::string>& names = may_know[(*it)[1]];
    for (std::sregex_iterator at(known.begin(), known.end(), name); at != end; ++at)
      names.insert((*at)[1]);
  }
  return may_know;
}

// The room that a path is in: the longest name of the table that it begins with.
std::string room_of(const std::string& path,
                    const std::map<std::string, std::set<std::string>>& may_know) {
  std::string room;
  for (const auto& [name, known] : may_know)
    if (path.starts_with(name + "/") && name.size() > room.size()) room = name;
  return room;
}

TEST(Tree, RoomsKnowOnlyWhomTheyMay) {
  const auto may_know = arrows();
  ASSERT_GT(may_know.size(), 15u);
  for (const char* folder : {"core", "states", "journal", "transports", "tools"}) {
    for (const fs::path& path : sources_in(folder)) {
      const std::string relative = fs::relative(path, kTop);
      const std::string from = room_of(relative, may_know);
      EXPECT_NE(from, "") << relative << " stands in no room of docs/architecture.md";
      if (from.empty()) continue;
      for (const std::string& name : includes_of(path)) {
        EXPECT_FALSE(name.starts_with("tests/")) << relative << " includes " << name;
        const std::string to = room_of(name, may_know);
        if (to.empty() || to == from) continue;
        EXPECT_TRUE(may_know.at(from).contains(to)) << relative << " includes " << name;
      }
    }
  }
}

TEST(Tree, EachLibraryStandsBehindItsOneDoor) {
  const std::map<std::string, std::regex> doors = {
      {"leveldb/", std::regex("journal/disk/store\\.cpp")},
      {"libssh/", std::regex("transports/ssh/ssh_link\\.(hpp|cpp)")},
      {"boost/msm/", std::regex("states/engine/engine\\.hpp")},
      {"archive", std::regex("tools/lib/backup/archive\\.cpp")},
      {"zlib.h", std::regex("tools/lib/backup/gzip\\.hpp")},
      {"CLI/", std::regex("tools/restorectl/verbs/command_line\\.cpp")},
      {"yaml-cpp/", std::regex("tools/restorectl/input/inventory_file\\.cpp")}};
  for (const char* folder : {"core", "states", "journal", "transports", "tools"}) {
    for (const fs::path& path : sources_in(folder)) {
      const std::string relative = fs::relative(path, kTop);
      for (const std::string& name : includes_of(path)) {
        for (const auto& [prefix, door] : doors) {
          const bool lawful = !name.starts_with(prefix) || std::regex_match(relative, door);
          EXPECT_TRUE(lawful) << relative << " includes " << name;
        }
        if (folder == std::string("core")) {
          const bool digest = relative == "core/digest.cpp" && name == "openssl/evp.h";
          EXPECT_TRUE(digest || name.find('/') == std::string::npos || name.starts_with("core/"))
              << relative << " includes " << name;
        }
      }
    }
  }
}
