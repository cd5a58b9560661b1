// Hosts and nodes with names as long as Kubernetes allows, through every verb that needs no host:
// whole domain names of 253 characters, which differ only in their last one.
#include <gmock/gmock.h>

#include <boost/algorithm/string/replace.hpp>

#include "journal/format/record.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/tools/verbs.hpp"

using ::testing::HasSubstr;

namespace {

std::string longest(int number) { return sim::host_name(number); }

class LongestNames : public Verbs {
 protected:
  void SetUp() override {
    Verbs::SetUp();
    sim::longest_names = true;
    std::ofstream inventory(dir / "inventory.yaml");
    inventory << "cluster: lab\nrecoveryHost: " << longest(0) << "\nhosts:\n";
    for (int i = 0; i < 3; ++i) inventory << "  - name: " << longest(i) << "\n";
  }
  void TearDown() override {
    sim::longest_names = false;
    Verbs::TearDown();
  }
  // A simulated run under faults, decided anew with an id as long as `start` makes it.
  void write_simulated_run() {
    const auto store = journal::Store::create(dir / "state/runs" / id);
    const auto machine = states::make_run_machine();
    for (std::string line :
         sim::simulate(93, sim::faults_of(93, sim::Severity::heavy, 3), true, 3).journal) {
      boost::replace_all(line, "sim-93", id);
      const core::Fact fact = journal::decode(line).record.fact;
      const core::Decision decision = machine->apply(fact);
      ASSERT_FALSE(decision.refusal) << *decision.refusal;
      store->append({fact, decision.effects});
      ++facts;
    }
    ASSERT_GT(facts, 200u);
  }
  Ended well(const std::string& words) {
    Ended ended = run(words);
    EXPECT_EQ(ended.code, 0) << words << ": " << ended.text.substr(0, 2'000);
    return ended;
  }
  void expect_every_name(const std::string& words, const std::string& text) {
    for (int i = 0; i < 3; ++i)
      EXPECT_THAT(text.find(longest(i)), ::testing::Ne(text.npos)) << words;
  }
  const std::string id = "20261123t101500123z-4f2a91c0";
  std::size_t facts = 0;
};

}  // namespace

TEST_F(LongestNames, AreInThePlan) {
  for (const char* words : {"plan -i inventory.yaml", "plan -i inventory.yaml -o json"})
    expect_every_name(words, well(words).text);
  const Ended without = well("plan -i inventory.yaml --without " + longest(2));
  EXPECT_THAT(without.text, HasSubstr("It is without " + longest(2) + " ("));
  EXPECT_THAT(without.text, HasSubstr("absent=" + longest(2) + "," + longest(2) + ","));
}

TEST_F(LongestNames, OfOneCharacterMoreAreRefused) {
  std::ofstream(dir / "longer.yaml") << "cluster: lab\nrecoveryHost: " << longest(0)
                                     << "0\nhosts:\n  - name: " << longest(0) << "0\n";
  EXPECT_EQ(run("plan -i longer.yaml").code, 2);
}

TEST_F(LongestNames, AreWholeInWhatEveryVerbPrints) {
  write_simulated_run();
  for (const char* words :
       {"status", "status -o json", "replay", "replay -o json", "replay --all --commands",
        "replay --longer 1s", "replay --at 150", "report -o - --format md",
        "report -o - --format json", "report -o - --format html"}) {
    expect_every_name(words, well(words).text);
  }
  EXPECT_THAT(well("replay --verify").text, HasSubstr(std::to_string(facts) + " facts"));
  well("replay --against");
  EXPECT_THAT(well("runs").text, HasSubstr(id));
  well("hooks");
  const Ended one = well("replay --host " + longest(1));
  EXPECT_THAT(one.text, HasSubstr(longest(1) + " own-host"));
  EXPECT_EQ(one.text.find(longest(2) + " own-host"), std::string::npos);
}

TEST_F(LongestNames, HaveTheirRowsInTheChartOfAReplay) {
  write_simulated_run();
  const std::string text = well("replay").text;
  EXPECT_THAT(text, HasSubstr("# command running"));
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(text, HasSubstr("\n" + longest(i) + "\n")) << text.substr(0, 3000);
}

TEST_F(LongestNames, MayBeNoted) {
  write_simulated_run();
  well("note 2026 'restarted by hand' --host " + longest(1) + " --step restart-kubelet");
  EXPECT_THAT(well("replay").text, HasSubstr(longest(1) + " restart-kubelet "));
}

TEST_F(LongestNames, AreExportedVerifiedImportedAndCompared) {
  write_simulated_run();
  well("export -o bundle.tar --no-sign");
  well("verify bundle.tar");
  expect_every_name("bundle", well("replay bundle.tar").text);
  run_by = "env RESTORECTL_STATE_DIR=" + (dir / "other").string();
  well("import bundle.tar");
  expect_every_name("imported", well("status").text);
  run_by.clear();
  well("diff 2026 bundle.tar");
  well("diff 2026 bundle.tar --timing");
}
