// The documentation that is printed from the tables is what the tables print today, and the tree's
// folders know only whom they may know.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "journal/schema.hpp"
#include "states/table_export.hpp"

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
  EXPECT_EQ(text_of(kTop / "docs/diagrams.md"), states::diagrams_markdown())
      << "print them anew: restorectl docs diagrams > docs/diagrams.md";
}

TEST(Docs, TheProcedurePageHasTheStepsOfToday) {
  EXPECT_NE(text_of(kTop / "docs/procedure.md").find(states::steps_markdown()), std::string::npos)
      << "print them anew: restorectl docs steps, and put them into docs/procedure.md";
}

TEST(Docs, TheSchemaOfLinesIsWhatTheCodecWritesToday) {
  EXPECT_EQ(text_of(kTop / "docs/journal.schema.json"), journal::schema_json())
      << "print it anew: restorectl docs schema > docs/journal.schema.json";
}

TEST(Docs, EachDefectOfABackupIsExplained) {
  static const std::regex made("(?:Defect|emplace_back|bad)\\(\\s*\"([a-z]+(?:-[a-z]+)*)\"");
  const std::string page = text_of(kTop / "docs/backup.md");
  std::set<std::string> names = {"several-pairs", "no-pair", "mixed-pair"};
  for (const char* folder : {"tools/backup", "tools/restorectl"}) {
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

TEST(Tree, FoldersKnowOnlyWhomTheyMay) {
  const std::map<std::string, std::set<std::string>> may_know = {
      {"core", {"core"}},
      {"states", {"core", "states"}},
      {"journal", {"core", "journal"}},
      {"transports", {"core", "transports"}},
      {"tools", {"core", "states", "journal", "transports", "tools"}}};
  for (const auto& [folder, known] : may_know) {
    for (const fs::path& path : sources_in(folder)) {
      for (const std::string& name : includes_of(path)) {
        const std::string first = name.substr(0, name.find('/'));
        if (may_know.contains(first) || first == "tests") {
          EXPECT_TRUE(known.contains(first)) << path << " includes " << name;
        }
      }
    }
  }
}

// A backup is read by a room of its own within tools, which knows nothing of runs and hosts.
TEST(Tree, TheBackupsReaderKnowsCoreAlone) {
  ASSERT_FALSE(sources_in("tools/backup").empty());
  for (const fs::path& path : sources_in("tools/backup")) {
    for (const std::string& name : includes_of(path)) {
      const std::string first = name.substr(0, name.find('/'));
      const bool ours = first == "states" || first == "journal" || first == "transports" ||
                        (first == "tools" && !name.starts_with("tools/backup/"));
      EXPECT_FALSE(ours) << path << " includes " << name;
    }
  }
}

TEST(Tree, EachLibraryStandsBehindItsOneDoor) {
  const std::map<std::string, std::regex> doors = {
      {"leveldb/", std::regex("journal/store\\.cpp")},
      {"libssh/", std::regex("transports/ssh_link\\.(hpp|cpp)")},
      {"boost/msm/", std::regex("states/engine\\.hpp")},
      {"archive", std::regex("tools/backup/archive\\.cpp")},
      {"zlib.h", std::regex("tools/backup/gzip\\.hpp")},
      {"yaml-cpp/", std::regex("tools/restorectl/inventory_file\\.cpp")}};
  for (const char* folder : {"core", "states", "journal", "transports", "tools"}) {
    for (const fs::path& path : sources_in(folder)) {
      const std::string relative = fs::relative(path, kTop);
      for (const std::string& name : includes_of(path)) {
        for (const auto& [prefix, door] : doors) {
          const bool lawful = !name.starts_with(prefix) || std::regex_match(relative, door);
          EXPECT_TRUE(lawful) << relative << " includes " << name;
        }
        if (folder == std::string("core")) {
          EXPECT_TRUE(name.find('/') == std::string::npos || name.starts_with("core/"))
              << relative << " includes " << name;
        }
      }
    }
  }
}
