// The scripts' texts: the frozen ones are what they were, those of today are sh to every shell, and
// no value of an inventory is ever within them.
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "core/digest.hpp"
#include "tests/sim/csr_samples.hpp"
#include "tests/states/scripts.hpp"

namespace fs = std::filesystem;

namespace {

// The API by the recovery host's own oc; names and paths that need no quotes.
core::RunStarted plain() { return story::three_hosts(); }

// Hosts that the run is without are values, too.
core::RunStarted without() { return story::only_the_recovery_host(); }

// Everything that decides about a text is another one; names and paths that a shell would break.
core::RunStarted odd() {
  core::RunStarted start = story::three_hosts();
  start.run_id = "r-$x'y z";
  start.inventory.api = {core::ApiVia::workstation, "/opt/my tools/kubectl", "/home/o'x y/$kube"};
  start.inventory.recovery_host = "master-2";
  start.backup.directory = "master-2:/home/core/b c";
  start.backup.files[0].name = "snapshot_odd 'n.db";
  return start;
}

struct Rendered {
  std::string name;  // step, host and what it is
  std::string text;
};

// Each script of each step on each host, and the directory of the copy.
std::vector<Rendered> rendered(core::RunStarted start, const char* profile) {
  start.profile = profile;
  core::RunState run;
  run.note(core::Fact{1, 1, 1, start});
  std::vector<Rendered> all;
  for (const core::Host& host : start.inventory.hosts) {
    const std::string csrs = "[" + sim::csr_item("csr-b", "master-1", false) + "]";
    run.note(core::Fact{2, 1, 1, core::Observed{host.name, "approve-csrs", 0, csrs, "", false}});
    for (const core::PhaseSpec& phase : states::find_profile(profile)->phases) {
      for (const core::StepSpec* step : phase.steps) {
        const core::StepContext context{run, host, 1};
        const std::string name = std::string(step->name) + "." + host.name;
        all.push_back({name + ".look", step->look(context)});
        if (step->action != core::Action::none) all.push_back({name + ".act", step->act(context)});
      }
    }
  }
  return all;
}

bool is_directory_of_copy(const Rendered& one) {
  return one.name.starts_with("copy-backup.") && one.name.ends_with(".act");
}

std::string sha256_of(const std::vector<Rendered>& all) {
  std::string text;
  for (const Rendered& one : all) text += one.name + "\n" + one.text + "\n";
  return core::sha256_hex(text);
}

int code_of(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

// A run of okd-4.7/1 that is still open compares these with its journal when it is resumed.
TEST(ScriptTexts, TheFrozenOnesAreWhatTheyWere) {
  const char* const words = "a text of okd-4.7/1 has changed: its templates are never edited";
  EXPECT_EQ(sha256_of(rendered(plain(), scripts::kFrozen)),
            "745f9d5ee679b59f32024b98c702d7746e1720d35b072b480e97c5d56adf684d")
      << words;
  EXPECT_EQ(sha256_of(rendered(odd(), scripts::kFrozen)),
            "bf65d10482bbcfa4dc847c92ab93a8b508b1102d1c31f325b44d01fc65ba12ef")
      << words;
}

// Whole scripts, so that a value that is misspelt or not needed is seen. Not shellcheck's of odd
// values: it takes a $ in quotes for a mistake.
TEST(ScriptTexts, EachIsCleanToDashBashAndShellcheckAsItIsRendered) {
  const fs::path folder =
      fs::temp_directory_path() / ("restorectl-scripts-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::set<std::string> known;  // most are the same on each host
  for (const auto& [kind, start] :
       {std::pair("plain", plain()), std::pair("plain-without", without()),
        std::pair("odd", odd())}) {
    for (const Rendered& one : rendered(start, scripts::kToday)) {
      if (is_directory_of_copy(one) || !known.insert(one.text).second) continue;
      std::ofstream(folder / (std::string(kind) + "." + one.name + ".sh")) << one.text;
    }
  }
  EXPECT_GT(known.size(), 60u);
  const std::string files = folder.string() + "/*.sh";
  for (const std::string shell : {"dash -n", "bash -n"})
    EXPECT_EQ(code_of("for f in " + files + "; do " + shell + " \"$f\" || exit 1; done"), 0)
        << shell;
  EXPECT_EQ(code_of("shellcheck -s sh " + folder.string() + "/plain*.sh >&2"), 0);
  fs::remove_all(folder);
}

// What differs between two inventories stands in assignments at the head, a line each.
TEST(ScriptTexts, AValueEntersOnlyAtTheHead) {
  static const std::regex head("([a-z_]+=.*\n|set -- .*\n)*");
  const std::vector<Rendered> one = rendered(plain(), scripts::kToday);
  const std::vector<Rendered> other = rendered(odd(), scripts::kToday);
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (is_directory_of_copy(one[i])) continue;
    const std::string& a = one[i].text;
    const std::string& b = other[i].text;
    const std::size_t least = std::min(a.size(), b.size());
    std::size_t before = 0;
    while (before < least && a[before] == b[before]) ++before;
    std::size_t after = 0;
    while (after < least - before && a[a.size() - 1 - after] == b[b.size() - 1 - after]) ++after;
    // Whole lines of the first text, whose values have no newline.
    const std::size_t from = before == 0 ? 0 : a.rfind('\n', before - 1) + 1;
    const std::size_t tail = a.size() - after;
    const bool whole = tail == 0 || a[tail - 1] == '\n' || after == 0;
    const std::size_t to = whole ? tail : a.find('\n', tail) + 1;
    const std::string differs = from < to ? a.substr(from, to - from) : "";
    EXPECT_TRUE(std::regex_match(differs, head)) << one[i].name << ":\n" << differs;
  }
}
