// The one loop: persist before act, and nothing after a journal that cannot be written.
#include "core/driver.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/replay.hpp"

namespace {

// A machine that wants one look for every outcome, up to a number.
class Counting final : public core::Machine {
 public:
  std::unique_ptr<core::Machine> clone() const override {
    return std::make_unique<Counting>(*this);
  }
  core::Decision apply(const core::Fact& fact) override {
    state_.note(fact);
    if (std::holds_alternative<core::Declined>(fact.body)) return {{}, "refused"};
    ++taken;
    if (taken > 2) return {};
    return {{core::Wait{"h", "s", taken}}, {}};
  }
  std::optional<core::FactBody> conclusion() const override {
    if (taken == 2 && !state_.confirmed) return core::Confirmed{"x", "y"};
    return std::nullopt;
  }
  std::optional<At> at(std::string_view) const override { return std::nullopt; }
  const core::RunState& state() const override { return state_; }
  int taken = 0;

 private:
  core::RunState state_;
};

struct World : core::Journal, core::EffectRunner, core::Clock {
  std::vector<std::string> order;
  std::vector<core::Record> records;
  bool disk_full = false;
  std::int64_t time = 100;

  void append(const core::Record& record) override {
    if (disk_full) throw core::JournalError("no space");
    records.push_back(record);
    order.push_back("append " + std::to_string(record.fact.seq));
  }
  void start(const core::Effect& effect) override {
    order.push_back("start " + std::to_string(std::get<core::Wait>(effect).until_ms));
  }
  void cancel_all() override { order.push_back("cancel"); }
  std::int64_t now_ms() const override { return time; }
  std::int64_t wall_ahead_ms() const override { return ahead; }
  std::int64_t ahead = 0;
};

}  // namespace

TEST(Driver, StartsAnEffectOnlyAfterItsRecordIsWritten) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  EXPECT_EQ(world.order, (std::vector<std::string>{"append 1", "start 1"}));
  ASSERT_EQ(world.records[0].intents.size(), 1u);
  EXPECT_FALSE(driver.idle());
}

TEST(Driver, AJournalThatCannotBeWrittenEndsEverythingBeforeTheEffect) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  world.disk_full = true;
  EXPECT_THROW(driver.feed(core::Ticked{"h", "s"}), core::JournalError);
  EXPECT_TRUE(world.order.empty());
  EXPECT_EQ(driver.state().facts, 0u) << "the machine must not believe what is not written";
}

TEST(Driver, RecordsConclusionsBeforeItAwaitsAnythingElse) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  driver.on_outcome(core::Ticked{"h", "s"});
  EXPECT_EQ(world.order,
            (std::vector<std::string>{"append 1", "start 1", "append 2", "start 2", "append 3"}));
  EXPECT_TRUE(std::holds_alternative<core::Confirmed>(world.records[2].fact.body));
}

TEST(Driver, ARefusedFactIsADefectAndIsNotWritten) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  EXPECT_THROW(driver.feed(core::Declined{"a", "b"}), core::FactRefused);
  EXPECT_TRUE(world.records.empty());
}

TEST(Driver, AfterAStopOutcomesAreDroppedAndNothingIsUnderWay) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  driver.stop("me", "SIGINT");
  driver.on_outcome(core::Ticked{"h", "s"});
  EXPECT_TRUE(driver.idle());
  EXPECT_TRUE(std::holds_alternative<core::StopAsked>(world.records.back().fact.body));
  EXPECT_EQ(world.order[2], "cancel");
}

TEST(Driver, AClockThatGoesBackDoesNotTurnTheOrderOfFactsAround) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  world.time = 50;
  driver.on_outcome(core::Ticked{"h", "s"});
  EXPECT_EQ(world.records[1].fact.time_ms, 100);
}

// People find their own time by it; nothing is decided by it.
TEST(Driver, JournalsAStepOfTheWallClockOnceAndBeforeTheFactThatShowsIt) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  world.ahead = 7'200'000;
  driver.on_outcome(core::Ticked{"h", "s"});
  ASSERT_GE(world.records.size(), 3u);
  EXPECT_EQ(std::get<core::ClockStepped>(world.records[1].fact.body).ahead_ms, 7'200'000);
  EXPECT_TRUE(std::holds_alternative<core::Ticked>(world.records[2].fact.body));
  EXPECT_EQ(driver.state().wall_ahead_ms, 7'200'000);
  const std::size_t before = world.records.size();
  world.ahead += core::kClockStepMs - 1;  // as far as a clock is slewed
  driver.on_outcome(core::Ticked{"h", "s"});
  EXPECT_EQ(world.records.size(), before + 1);
}

// A judge that decides otherwise at a step's end intends nothing else there: only the conclusion
// shows it.
TEST(Replayer, RefusesAJournalWhoseConclusionsAreOthers) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  driver.on_outcome(core::Ticked{"h", "s"});
  ASSERT_EQ(world.records.size(), 3u);
  ASSERT_TRUE(std::holds_alternative<core::Confirmed>(world.records[2].fact.body));
  core::Replayer good(std::make_unique<Counting>());
  for (const core::Record& record : world.records) EXPECT_NO_THROW(good.feed(record));

  core::Record other = world.records[2];
  other.fact.body = core::Declined{"x", "y"};
  core::Replayer bad(std::make_unique<Counting>());
  bad.feed(world.records[0]);
  bad.feed(world.records[1]);
  EXPECT_EQ(bad.compare(other)->kind, core::Mismatch::Kind::refusal);

  other.fact.body = core::Ticked{"h", "s"};
  core::Replayer missing(std::make_unique<Counting>());
  missing.feed(world.records[0]);
  missing.feed(world.records[1]);
  const auto found = missing.compare(other);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, core::Mismatch::Kind::conclusion);
  EXPECT_EQ(core::tag_of(*found->concludes), "confirmed");
}

TEST(Replayer, ShowsTheFirstRecordUponWhichTodaysMachineDecidesOtherwise) {
  World world;
  core::Driver driver(std::make_unique<Counting>(), world, world, world, nullptr);
  driver.feed(core::Ticked{"h", "s"});
  core::Record altered = world.records[0];
  altered.intents[0] = core::Look{"h", "s", "h", "rm -rf /", false, 0, 0, 0};
  core::Replayer good(std::make_unique<Counting>());
  EXPECT_NO_THROW(good.feed(world.records[0]));
  core::Replayer bad(std::make_unique<Counting>());
  try {
    bad.feed(altered);
    FAIL() << "the difference was not seen";
  } catch (const core::ReplayMismatch& mismatch) {
    EXPECT_EQ(mismatch.seq, 1u);
    EXPECT_NE(std::string(mismatch.what()).find("look"), std::string::npos) << mismatch.what();
  }
}
