// Hooks as an operator relies on them: in order, at least once, and never in the restore's way.
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "tests/core/secrets.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/hooks/hook_delivery.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

using restorectl::Hook;
using restorectl::HookCall;
using restorectl::HookEnd;

namespace {

class Hooks : public Verbs {
 protected:
  void SetUp() override {
    Verbs::SetUp();
    ::setenv("RESTORECTL_STATE_DIR", (dir / "state").c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("RESTORECTL_STATE_DIR");
    Verbs::TearDown();
  }
  fs::path run_dir() const { return dir / "state/runs" / kRun; }
  // A run that was simulated, as its directory has it.
  void write_simulated() {
    lines = sim::simulate(93, sim::faults_of(93, sim::Severity::heavy), true).journal;
    fs::create_directories(run_dir());
    append(0, lines.size());
  }
  void append(std::size_t from, std::size_t to) {
    std::ofstream file(run_dir() / "journal.jsonl", std::ios::app);
    for (std::size_t i = from; i < to; ++i) file << lines[i] << '\n';
  }
  Hook only_hook() const { return restorectl::hooks_of(kRun).at(0); }
  // What a delivery's calls were, as "number try".
  restorectl::DeliveryWorld world(std::function<HookEnd(const HookCall&)> call) {
    restorectl::DeliveryWorld world;
    world.call = std::move(call);
    world.pause = [this](std::int64_t ms) {
      pauses.push_back(ms);
      return true;
    };
    world.driven = [] { return false; };
    world.told = [](const Hook&, std::uint64_t, const std::string&, int, const HookEnd&) {};
    return world;
  }
  static std::string number_of(const HookCall& call) {
    for (const auto& [name, value] : call.environment)
      if (name == "RESTORECTL_FACT") return value;
    return "";
  }
  std::vector<std::string> numbers_of(std::string_view type) const {
    std::vector<std::string> numbers;
    for (const std::string& line : lines) {
      const core::Fact fact = journal::decode(line).record.fact;
      if (core::tag_of(fact.body) == type) numbers.push_back(std::to_string(fact.seq));
    }
    return numbers;
  }
  std::vector<std::string> lines;
  std::vector<std::int64_t> pauses;
};

HookEnd good() { return {true, "", "", 1}; }
HookEnd bad() { return {false, "exit 3", "no network", 1}; }

HookEnd call(const std::string& command, const std::string& input = "",
             std::int64_t limit = 20'000) {
  return restorectl::run_hook({command, input, {{"RESTORECTL_FACT", "7"}}, limit}, {});
}

bool within(std::int64_t seconds, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return condition();
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_F(Hooks, HearOfTheirTypeOnlyInOrderAndOnceWhereNothingFails) {
  write_simulated();
  restorectl::add_hooks(kRun, {"step_verified=x"}, 0);
  std::vector<std::string> heard;
  std::string first_input;
  const auto take = world([&](const HookCall& call) {
    if (heard.empty()) first_input = call.input;
    heard.push_back(number_of(call));
    return good();
  });
  restorectl::deliver(kRun, only_hook(), take);
  EXPECT_EQ(heard, numbers_of("step_verified"));
  EXPECT_EQ(first_input, lines.at(std::stoul(heard.at(0)) - 1) + "\n");
  EXPECT_EQ(only_hook().delivered, heard.size());
  restorectl::deliver(kRun, only_hook(), take);
  EXPECT_EQ(heard.size(), only_hook().delivered) << "nothing came twice";
}

TEST_F(Hooks, ThatWereCutOffInTheMidstOfAFactHearOfItAgain) {
  write_simulated();
  restorectl::add_hooks(kRun, {"*=x"}, 0);
  std::vector<std::string> heard;
  const auto dies = world([&](const HookCall& call) -> HookEnd {
    heard.push_back(number_of(call));
    if (heard.size() == 5) throw std::runtime_error("as SIGKILL between the command and the file");
    return good();
  });
  EXPECT_THROW(restorectl::deliver(kRun, only_hook(), dies), std::runtime_error);
  EXPECT_EQ(only_hook().behind, 4u);
  const auto take = world([&](const HookCall& call) {
    heard.push_back(number_of(call));
    return good();
  });
  restorectl::deliver(kRun, only_hook(), take);
  EXPECT_EQ(heard.at(5), "5");
  EXPECT_EQ(heard.size(), lines.size() + 1);
  EXPECT_EQ(only_hook().delivered, lines.size());
}

TEST_F(Hooks, ThatFailAreTriedLaterAndLaterAndTheFactIsGivenUpByName) {
  write_simulated();
  restorectl::add_hooks(kRun, {"phase_finished=x"}, 0);
  const std::vector<std::string> wanted = numbers_of("phase_finished");
  std::vector<std::string> heard;
  const auto fails = world([&](const HookCall& call) {
    heard.push_back(number_of(call));
    return number_of(call) == wanted.at(1) ? bad() : good();
  });
  restorectl::deliver(kRun, only_hook(), fails);
  EXPECT_EQ(heard.size(), wanted.size() + restorectl::kTriesMax - 1);
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000,
                                               60'000, 60'000}));
  const Hook hook = only_hook();
  EXPECT_EQ(hook.delivered, wanted.size() - 1);
  ASSERT_EQ(hook.given_up, 1u);
  EXPECT_EQ(std::to_string(hook.last_given_up.at(0).seq), wanted.at(1));
  EXPECT_EQ(hook.last_given_up.at(0).why, "exit 3");
  const Ended shown = run(std::string("hooks ") + kRun);
  EXPECT_NE(shown.text.find("given up: fact " + wanted.at(1) + " phase_finished: exit 3"),
            std::string::npos)
      << shown.text;
  EXPECT_NE(run(std::string("status ") + kRun).text.find("1 fact was not delivered"),
            std::string::npos);
}

TEST_F(Hooks, FollowAJournalThatGrowsAndWaitForTheEndOfALine) {
  write_simulated();
  fs::remove(run_dir() / "journal.jsonl");
  append(0, 3);
  std::ofstream(run_dir() / "journal.jsonl", std::ios::app) << lines[3].substr(0, 40);
  restorectl::add_hooks(kRun, {"*=x"}, 1);
  std::vector<std::string> heard;
  auto take = world([&](const HookCall& call) {
    heard.push_back(number_of(call));
    return good();
  });
  int looks = 0;
  take.driven = [&] { return looks < 2; };
  take.pause = [&](std::int64_t) {
    if (++looks == 1) {
      EXPECT_EQ(heard, (std::vector<std::string>{"2", "3"})) << "half a line is none";
      std::ofstream(run_dir() / "journal.jsonl", std::ios::app) << lines[3].substr(40) << '\n';
    } else {
      // A journal that was recovered is made anew.
      fs::remove(run_dir() / "journal.jsonl");
      append(0, 6);
    }
    return true;
  };
  restorectl::deliver(kRun, only_hook(), take);
  EXPECT_EQ(heard, (std::vector<std::string>{"2", "3", "4", "5", "6"}));
}

TEST(HookCommands, GetTheirInputWholeAndTheNumberInTheirEnvironment) {
  const std::string line(4U << 20, 'x');
  EXPECT_EQ(call("wc -c; echo $RESTORECTL_FACT", line).output, "4194304\n7\n");
  EXPECT_TRUE(call("exec true", line).succeeded) << "one that reads nothing is not held up";
  EXPECT_EQ(call("exit 3").why, "exit 3");
  EXPECT_EQ(call("kill -9 $$").why, "signal 9");
  EXPECT_EQ(call("yes | head -c 9000000").output.size(), 4'096u);
}

TEST(HookCommands, ThatHangAreEndedWithAllThatTheyStarted) {
  const HookEnd end = call("trap '' TERM; sleep 1000 & echo $!; sleep 1000; sleep 1000", "", 300);
  EXPECT_FALSE(end.succeeded);
  EXPECT_EQ(end.why, "timed out after 300 ms");
  const pid_t left = static_cast<pid_t>(std::stol(end.output));
  EXPECT_TRUE(within(10, [&] { return ::kill(left, 0) != 0; })) << "a sleeper is left";
}

TEST(HookCommands, ThatLeaveSomethingBehindAreOverWhenTheyAreOver) {
  const HookEnd end = call("sleep 1000 & echo $!");
  EXPECT_TRUE(end.succeeded) << end.why;
  EXPECT_LT(end.took_ms, 10'000);
  const pid_t left = static_cast<pid_t>(std::stol(end.output));
  EXPECT_TRUE(within(10, [&] { return ::kill(left, 0) != 0; })) << "a sleeper is left";
}

TEST_F(Hooks, ThatCannotBeAreRefusedBeforeAnythingIsDone) {
  write_run(kRun, newest_digest());
  for (const char* wrong :
       {"step_hold=x", "step_held", "step_held=", "step_held='  '", "=x", "''"}) {
    const Ended refused = run(std::string("resume --on ") + wrong);
    EXPECT_EQ(refused.code, 2) << wrong << refused.text;
  }
  EXPECT_NE(run("resume --on held=x").text.find("Types: * and run_started, observed"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(run_dir() / "hooks"));
  EXPECT_EQ(restorectl::hooks_of(kRun).size(), 0u);
  std::vector<std::string> many(restorectl::kHooksMax + 1);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = "*=" + std::to_string(i);
  EXPECT_THROW(restorectl::add_hooks(kRun, many, 0), restorectl::Failure);
  std::ofstream(run_dir() / "hooks/1.json") << "{\"on\":7}";
  EXPECT_NE(run("hooks").text.find("hooks/1.json is not a hook file of this version; ignored"),
            std::string::npos);
}

// A driver that keeps trying an address at which nobody answers, with a hook that takes all, one
// that never ends, and one that prints a secret.
class HooksOfADriver : public Hooks {
 protected:
  void SetUp() override {
    Hooks::SetUp();
    write_run(kRun, newest_digest());
    std::ofstream(dir / "secret") << "sent with password=" << secrets::noise(4, 20) << "\n";
    const std::string command =
        "cd " + dir.string() +
        " && exec " RESTORECTL_BIN
        " resume --yes --on '*=cat >> heard' --on '*=echo begun >> hangs; exec sleep 1000' "
        "--on '*=cat secret' > driver.log 2>&1";
    driver = ::fork();
    if (driver == 0) {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ASSERT_TRUE(within(30, [&] { return lines_of("heard") >= 2 && lines_of("hangs") >= 1; }))
        << text_of(dir / "driver.log");
  }
  void TearDown() override {
    // The one that delivers goes on with the hook that hangs; it is this test's own.
    const pid_t deliverer = static_cast<pid_t>(std::stol(text_of(run_dir() / "hooks/lock")));
    ::kill(deliverer, SIGTERM);
    EXPECT_TRUE(within(20, [&] { return ::kill(deliverer, 0) != 0; }));
    Hooks::TearDown();
  }
  std::int64_t lines_of(const std::string& name) const {
    const std::string text = text_of(dir / name);
    return std::count(text.begin(), text.end(), '\n');
  }
  // Each line since the resume, once; the one before it is of before there was a hook.
  bool heard_all() const {
    const std::string journal = text_of(run_dir() / "journal.jsonl");
    return text_of(dir / "heard") == journal.substr(journal.find('\n') + 1);
  }
  int end_driver(int signal) const {
    ::kill(driver, signal);
    int status = 0;
    ::waitpid(driver, &status, 0);
    return status;
  }
  pid_t driver = -1;
};

TEST_F(HooksOfADriver, ThatHangDelayNeitherTheRunNorItsEndNorOtherHooks) {
  const auto began = std::chrono::steady_clock::now();
  const int status = end_driver(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_TRUE(within(20, [&] { return heard_all(); }))
      << "every line, once, and those of the end too";
}

TEST_F(HooksOfADriver, ThatPrintASecretLeaveNoneInTheLog) {
  end_driver(SIGTERM);
  const auto log = [&] { return text_of(run_dir() / "hooks/log"); };
  EXPECT_TRUE(within(20, [&] { return log().find("sent with password=[redacted:") != log().npos; }))
      << log();
  EXPECT_EQ(log().find(secrets::noise(4, 20)), std::string::npos);
}

TEST_F(HooksOfADriver, AreDeliveredToAfterTheDriverWasKilledAndByTheNextOne) {
  end_driver(SIGKILL);
  EXPECT_TRUE(within(20, [&] { return heard_all(); }));
  EXPECT_EQ(run("note 2026 'seen by hand'").code, 0);
  EXPECT_NE(text_of(run_dir() / "journal.jsonl").find("seen by hand"), std::string::npos);
  EXPECT_TRUE(within(20, [&] { return heard_all(); }));
  const Ended shown = run("hooks -o json");
  EXPECT_EQ(shown.code, 0);
  EXPECT_NE(shown.text.find("\"command\":\"cat >> heard\""), std::string::npos) << shown.text;
}
