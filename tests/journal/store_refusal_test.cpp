// The store refuses what is not what was written, and mends only the mirror, which is a copy.
#include <gtest/gtest.h>
#include <leveldb/db.h>

#include <functional>
#include <optional>

#include "journal/format/record.hpp"
#include "tests/journal/store_fixture.hpp"

namespace journal_tests {

TEST_F(Disk, ALostCurrentIsDamageAndNotANewJournal) {
  fill(3);
  fs::remove(database() / "CURRENT");
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_NE(std::string(error.what()).find("CURRENT"), std::string::npos);
  EXPECT_EQ(mirror_head(mirror()).seq, 3U);
}

TEST_F(Disk, ALostManifestIsDamage) {
  fill(3);
  for (const auto& entry : fs::directory_iterator(database())) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::remove(entry);
  }
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

TEST_F(Disk, ALostLogIsDamage) {
  fill(3);
  for (const auto& entry : fs::directory_iterator(database())) {
    if (entry.path().extension() == ".log") fs::remove(entry);
  }
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

TEST_F(Disk, ALostDatabaseIsDamageWhileItsMirrorIsThere) {
  fill(3);
  fs::remove_all(database());
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

// What a power loss leaves of LevelDB's small files (leveldb#75, leveldb#333): each is refused as
// damage, and nothing is mended by guessing.
TEST_F(Disk, SmallFilesThatAPowerLossSpoiltAreDamageAndAreLeftAsTheyAre) {
  fill(3);
  std::string manifest;
  for (const auto& entry : fs::directory_iterator(database()))
    if (entry.path().filename().string().starts_with("MANIFEST"))
      manifest = entry.path().filename().string();
  ASSERT_FALSE(manifest.empty());
  struct Case {
    const char* what;
    std::string file;
    std::optional<std::string> bytes;  // none: the file is gone
  };
  const Case cases[] = {
      {"CURRENT is empty", "CURRENT", ""},
      {"CURRENT is gone", "CURRENT", {}},
      {"CURRENT names another MANIFEST", "CURRENT", "MANIFEST-999999\n"},
      {"CURRENT names no MANIFEST", "CURRENT", "000003.log\n"},
      {"CURRENT has CRLF", "CURRENT", manifest + "\r\n"},
      {"CURRENT has no end of line", "CURRENT", manifest},
      {"CURRENT has zeroes", "CURRENT", std::string(16, '\0')},
      {"the MANIFEST is empty", manifest, ""},
      {"the MANIFEST is cut", manifest, bytes_of(database() / manifest).substr(0, 9)}};
  const auto whole = files();
  for (const Case& spoilt : cases) {
    SCOPED_TRACE(spoilt.what);
    const std::string good = bytes_of(database() / spoilt.file);
    if (spoilt.bytes) {
      write_bytes(database() / spoilt.file, *spoilt.bytes);
    } else {
      fs::remove(database() / spoilt.file);
    }
    const auto before = files();
    for (const auto lost_tail : {journal::LostTail::refuse, journal::LostTail::recover})
      EXPECT_EQ(refusal(lost_tail).fault, StoreFault::damaged);
    EXPECT_EQ(files(), before);
    write_bytes(database() / spoilt.file, good);
  }
  EXPECT_EQ(files(), whole);
  open();
  EXPECT_EQ(read_, small_run(3));
}

TEST_F(Disk, ADatabaseWithoutAnyFileIsDamage) {
  fill(3);
  for (const auto& entry : fs::directory_iterator(database())) fs::remove(entry);
  const auto before = files();
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
  EXPECT_EQ(files(), before);
}

TEST_F(Disk, ALockThatIsADirectoryIsNamedAndNoDamage) {
  fill(3);
  fs::remove(database() / "LOCK");
  fs::create_directory(database() / "LOCK");
  const auto before = files();
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::io) << error.what();
  EXPECT_NE(std::string(error.what()).find("LOCK"), std::string::npos) << error.what();
  EXPECT_EQ(files(), before);
}

TEST_F(Disk, AJournalWithoutAnyFactIsRefused) {
  Store::create(run_);
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

TEST_F(Disk, AMissingMirrorIsWrittenAnewAndThatIsSaid) {
  fill(4);
  const std::string text = bytes_of(mirror());
  fs::remove(mirror());
  EXPECT_NE(open()->notices().at(0).find("missing"), std::string::npos);
  EXPECT_EQ(bytes_of(mirror()), text);
}

TEST_F(Disk, AMirrorCutAnywhereIsCompletedAndThatIsSaid) {
  fill(3);
  const std::string text = bytes_of(mirror());
  for (std::size_t length = 0; length < text.size(); ++length) {
    write_bytes(mirror(), text.substr(0, length));
    EXPECT_EQ(Store::inspect(run_, [](core::Record&&) {}).notices.size(), 1U) << length;
    if (length % 101 != 0) continue;  // opening in earnest waits for the disk
    EXPECT_EQ(open()->notices().size(), 1U) << length;
    EXPECT_EQ(bytes_of(mirror()), text) << length;
  }
}

TEST_F(Disk, AMirrorThatEndsInZeroesIsCompleted) {
  fill(3);
  const std::string text = bytes_of(mirror());
  write_bytes(mirror(), text.substr(0, text.size() - 40) + std::string(500, '\0'));
  EXPECT_EQ(open()->notices().size(), 1U);
  EXPECT_EQ(bytes_of(mirror()), text);
  write_bytes(mirror(), text + std::string(5, '\0'));
  EXPECT_EQ(open()->notices().size(), 1U);
  EXPECT_EQ(bytes_of(mirror()), text);
}

TEST_F(Disk, AMirrorThatGoesOnWithWhatDoesNotFollowIsRefused) {
  fill(3);
  write_bytes(mirror(), bytes_of(mirror()) + "{}\n");
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_EQ(error.seq, 4U);
}

// The database as it was after `facts` facts, beside a mirror that has more.
class LostTail : public Disk {
 protected:
  void lose_after(std::size_t facts, const std::function<std::string(std::string)>& change_mirror) {
    const std::vector<core::Record> all = small_run(5);
    const auto store = Store::create(run_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i == facts) fs::copy(database(), directory_.path() / "old", fs::copy_options::recursive);
      store->append(all[i]);
    }
    text_ = bytes_of(mirror());
    fs::remove_all(database());
    fs::rename(directory_.path() / "old", database());
    write_bytes(mirror(), change_mirror(text_));
  }
  std::string text_;
};

TEST_F(LostTail, IsRefusedWithItsPositionAndTheWayOut) {
  lose_after(3, [](std::string text) { return text; });
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_EQ(error.seq, 4U);
  EXPECT_EQ(error.lost_facts, 2U);
  EXPECT_NE(std::string(error.what()).find("facts 4 to 5"), std::string::npos) << error.what();
  EXPECT_EQ(bytes_of(mirror()), text_);
}

TEST_F(LostTail, IsTakenBackWhenTheOperatorSaysSo) {
  lose_after(3, [](std::string text) { return text; });
  {
    const auto store = open(journal::LostTail::recover);
    EXPECT_EQ(read_, small_run(5));
    EXPECT_EQ(store->head().seq, 5U);
    EXPECT_FALSE(store->notices().empty());
    store->append(small_run(6)[5]);
  }
  EXPECT_TRUE(open()->notices().empty());
  EXPECT_EQ(read_, small_run(6));
}

TEST_F(LostTail, IsRefusedAlsoWhereTheMirrorHasOnlyTheBeginningOfALine) {
  lose_after(4, [](std::string text) { return text.substr(0, text.size() - 9); });
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
  EXPECT_EQ(refusal().seq, 5U);
  EXPECT_FALSE(open(journal::LostTail::recover)->notices().empty());
  EXPECT_EQ(read_, small_run(4));
  EXPECT_TRUE(open()->notices().empty());
}

// Facts that were changed with LevelDB's own means:
// its checksums are whole, only the chain can tell.
class Forged : public Disk {
 protected:
  void SetUp() override {
    fill(5);
    fs::remove(mirror());
  }
  static std::string key(char seq) { return std::string(7, '\0') + seq; }
  void change(const std::function<void(leveldb::DB&)>& with) {
    leveldb::DB* opened = nullptr;
    ASSERT_TRUE(leveldb::DB::Open({}, database(), &opened).ok());
    const std::unique_ptr<leveldb::DB> db(opened);
    with(*db);
  }
  void rewrite(char seq, const std::function<std::string(std::string)>& edit) {
    change([&](leveldb::DB& db) {
      std::string line;
      ASSERT_TRUE(db.Get({}, key(seq), &line).ok());
      ASSERT_TRUE(db.Put({}, key(seq), edit(line)).ok());
    });
  }
};

TEST_F(Forged, AFactThatWasRemovedIsAGap) {
  change([](leveldb::DB& db) { ASSERT_TRUE(db.Delete({}, key(3)).ok()); });
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_EQ(error.seq, 3U);
  EXPECT_EQ(read_, small_run(2));
}

TEST_F(Forged, AFactThatWasChangedIsFoundByItsSuccessor) {
  rewrite(3, [](std::string line) { return line.replace(line.find(".126Z"), 5, ".999Z"); });
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_EQ(error.seq, 4U);
  EXPECT_EQ(read_, small_run(2));
}

TEST_F(Forged, AFactThatIsNoLineIsRefused) {
  rewrite(4, [](const std::string&) { return "{}"; });
  EXPECT_EQ(refusal().seq, 4U);
}

TEST_F(Forged, AForeignKeyIsRefused) {
  change([](leveldb::DB& db) { ASSERT_TRUE(db.Put({}, "note", "hello").ok()); });
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

TEST_F(Forged, AFactOfAnotherVersionIsRefusedAsThatWithTheVersionThatWroteIt) {
  rewrite(4, [](std::string line) { return line.replace(line.find("ticked"), 6, "tocked"); });
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::other_version);
  EXPECT_EQ(error.seq, 4U);
  EXPECT_NE(std::string(error.what()).find("'tocked'"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("restorectl 0.1.0"), std::string::npos) << error.what();
}

TEST_F(Forged, ALastFactThatWasChangedIsFoundByTheMirror) {
  open();  // writes the mirror anew
  rewrite(5, [](std::string line) { return line.replace(line.find(".128Z"), 5, ".999Z"); });
  const StoreError error = refusal();
  EXPECT_EQ(error.fault, StoreFault::damaged);
  EXPECT_EQ(error.seq, 5U);
}

}  // namespace journal_tests
