// Planted secrets on the real way: printed by a command, followed by the interpreter, written to a
// journal on disk, reported and exported. Afterwards no file of ours holds one.
#include <boost/asio/io_context.hpp>

#include "core/driver.hpp"
#include "journal/format/record.hpp"
#include "tests/core/secrets.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/restorectl/state/fingerprint.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"
#include "transports/interpreter.hpp"

namespace {

class Planted : public Verbs {
 protected:
  void SetUp() override {
    Verbs::SetUp();
    ::setenv("RESTORECTL_STATE_DIR", (dir / "state").c_str(), 1);
    for (const secrets::Planted& secret : secrets::all()) text += secret.text + "\n";
    std::ofstream(dir / "printed") << text;
  }
  void TearDown() override {
    ::unsetenv("RESTORECTL_STATE_DIR");
    Verbs::TearDown();
  }
  // Performs the effect here on the workstation, and returns every fact that came of it.
  std::vector<core::FactBody> perform(const core::Effect& effect) {
    std::vector<core::FactBody> facts;
    boost::asio::io_context io(1);
    restorectl::SystemClock clock;
    transports::InterpreterHooks hooks;
    hooks.fingerprint = restorectl::fingerprint_of(id);
    core::RunStarted start;
    start.run_id = id;
    transports::Interpreter interpreter(
        io, clock, start, (dir / "jobs").string(), {},
        [&](core::FactBody fact) { facts.push_back(std::move(fact)); },
        [](const core::AskOperator&, std::function<void(core::FactBody)>) {}, std::move(hooks));
    interpreter.start(effect);
    const auto over = [&] {
      return !facts.empty() && !std::holds_alternative<core::JobProgressed>(facts.back());
    };
    while (!over() && io.run_one() > 0) {
    }
    return facts;
  }
  // Every file below, whole; LevelDB's too.
  std::string everything() const {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(dir / "state")) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }
  std::size_t found_in(const std::string& bytes) const {
    std::size_t found = 0;
    for (const secrets::Planted& secret : secrets::all()) {
      if (bytes.find(secret.needle) == std::string::npos) continue;
      ++found;
      ADD_FAILURE() << secret.what << " is there";
    }
    return found;
  }
  static std::int64_t soon() { return restorectl::SystemClock().now_ms() + 30'000; }

  const std::string id = "20261123t101500000z-0000aaaa";
  std::string text;
};

}  // namespace

TEST_F(Planted, SecretsAreInNoFileOfOurs) {
  write_run(id, newest_digest());
  const std::string print = "cat " + (dir / "printed").string();
  const std::string way(core::kWorkstation);
  std::vector<core::FactBody> facts;
  const auto take = [&](const core::Effect& effect) {
    for (core::FactBody& fact : perform(effect)) facts.push_back(std::move(fact));
  };
  take(core::Look{"m0", "reach-host", way, print, false, 0, 0, soon()});
  take(core::Look{"m0", "reach-host", way, print + " >&2", false, 0, 0, soon()});
  take(core::RunJob{"m0", "own-host", way, id + ".own-host.m0.1", print, soon()});
  take(core::FollowJob{"m0", "own-host", way, id + ".own-host.m0.1", 700, soon()});
  take(core::SettleJob{"m0", "own-host", way, id + ".own-host.m0.1"});
  ASSERT_GT(facts.size(), 200u) << "lines of the job's output among them";

  auto store = journal::Store::open(dir / "state/runs" / id, [](core::Record&&) {});
  std::uint64_t seq = 1;
  for (core::FactBody& fact : facts)
    store->append(
        {{++seq, 1'795'418'943'184 + static_cast<std::int64_t>(seq), 1, std::move(fact)}, {}});
  store.reset();

  EXPECT_EQ(found_in(everything()), 0u);
  // LevelDB may compress: what it gives back is what counts.
  std::string stored;
  journal::Store::inspect(dir / "state/runs" / id,
                          [&](const core::Record& record) { stored += journal::to_json(record); });
  EXPECT_EQ(found_in(stored), 0u);
  EXPECT_NE(stored.find("[redacted:private-key "), std::string::npos) << "with a fingerprint";
  EXPECT_NE(stored.find("logged in with [redacted:token "), std::string::npos);

  for (const char* verb : {"report -o r.html", "report -o r.md", "report -o r.json",
                           "export --no-sign -o b.tar", "replay --all --commands", "status"}) {
    const Ended ended = run(verb);
    EXPECT_EQ(ended.code, 0) << verb << ": " << ended.text;
    EXPECT_EQ(found_in(ended.text), 0u) << verb;
  }
  for (const char* file : {"r.html", "r.md", "r.json", "b.tar"}) {
    std::ifstream in(dir / file, std::ios::binary);
    EXPECT_EQ(found_in({std::istreambuf_iterator<char>(in), {}}), 0u) << file;
  }
  // The job's own output stays on its host as it was printed, for root alone.
  std::ifstream raw(dir / "jobs" / (id + ".own-host.m0.1") / "output", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(raw), {}), text);
}

TEST_F(Planted, AnInventoryThatHoldsATokenIsRefusedAndNothingIsWritten) {
  std::ofstream(dir / "inventory.yaml", std::ios::app)
      << "api:\n  via: workstation\n  command: oc --token=" << secrets::noise(1, 30) << "\n";
  const Ended plan = run("plan -i inventory.yaml");
  EXPECT_EQ(plan.code, 2);
  EXPECT_NE(plan.text.find("kubeconfig"), std::string::npos) << plan.text;
  EXPECT_EQ(plan.text.find(secrets::noise(1, 30)), std::string::npos);
}

TEST_F(Planted, AReasonIsRedactedToo) {
  write_run(id, newest_digest());
  EXPECT_EQ(run("abandon 2026 --reason 'wrong password=" + secrets::noise(2, 20) + "'").code, 0);
  EXPECT_EQ(everything().find(secrets::noise(2, 20)), std::string::npos);
}

TEST_F(Planted, ANoteAndItsEvidenceAreRedactedToo) {
  write_run(id, newest_digest());
  std::ofstream(dir / "seen") << "login with password=" << secrets::noise(3, 20) << "\n";
  const Ended note = run("note 2026 'I gave token=" + secrets::noise(2, 20) + "' --evidence seen");
  EXPECT_EQ(note.code, 0) << note.text;
  fs::remove(dir / "seen");
  const std::string written = everything();
  EXPECT_EQ(written.find(secrets::noise(2, 20)), std::string::npos) << "the words";
  EXPECT_EQ(written.find(secrets::noise(3, 20)), std::string::npos) << "the evidence";
  EXPECT_NE(written.find("I gave token=[redacted:"), std::string::npos) << "and the rest stays";
}
