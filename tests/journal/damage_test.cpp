// Damage, byte by byte: every file of a small journal is cut at every length and changed at every
// byte. Invariant of the store that is tested here: what is read is exactly what was written, or a
// true beginning of it and that is said, or it is refused with its place, and no byte was changed.
// With journal.jsonl at hand nothing may be missing without a refusal.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "journal/disk/reserve.hpp"
#include "tests/journal/store_fixture.hpp"

namespace journal_tests {

constexpr std::size_t kFacts = 4;

class Damage : public Disk {
 protected:
  enum class Verdict { refused, whole, beginning };

  // All facts in LevelDB's log, as a run leaves them; or, opened again, the first in tables.
  void make_log() { fill(kFacts); }
  void make_tables() {
    const std::vector<core::Record> all = small_run(kFacts);
    {
      const auto store = Store::create(run_);
      store->append(all[0]);
      store->append(all[1]);
    }
    open()->append(all[2]);
    open()->append(all[3]);
    open();
  }

  // A run so long that LevelDB began new logs and made tables of the old ones meanwhile. Only then
  // can its list of files lose its end and still read as a list: of fewer files.
  void make_rotated() {
    const auto store = Store::create(run_, 64U << 10);
    all_ = small_run(1);
    for (std::uint64_t seq = 2; seq <= 17; ++seq) {
      all_.push_back(record_of(seq, core::PhaseFinished{std::string(9'000, 'p')}));
    }
    for (const core::Record& record : all_) store->append(record);
  }
  // Each trial opens a database of some size: every
  // seventh byte, or all of them with tools/test --full.
  void try_every_byte_of_the_manifest() {
    const std::size_t stride = std::getenv("RESTORECTL_FULL") != nullptr ? 1 : 23;
    std::size_t tables = 0;
    for (const fs::path& file : files()) tables += file.extension() == ".ldb" ? 1U : 0U;
    EXPECT_GE(tables, 1U);
    for (const fs::path& file : files()) {
      if (file.filename().string().starts_with("MANIFEST")) try_every_byte(file, {0x01}, stride);
    }
    EXPECT_GT(verdicts_[Verdict::refused], 100U / stride);
    const auto store = open();
    EXPECT_EQ(read_, all_);
  }

  // All but the reserve: room, of which nothing is ever read.
  std::vector<fs::path> files() const {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(run_)) {
      if (!entry.is_regular_file() || entry.path() == journal::reserve_path(run_)) continue;
      paths.push_back(entry);
    }
    return paths;
  }

  // Every file but LevelDB's own words; of a large one its size.
  std::map<fs::path, std::string> snapshot() const {
    std::map<fs::path, std::string> content;
    for (const fs::path& file : files()) {
      if (file.filename().string().starts_with("LOG")) continue;
      const std::uintmax_t size_bytes = fs::file_size(file);
      content[file] = size_bytes < 16'384 ? bytes_of(file) : std::to_string(size_bytes);
    }
    return content;
  }

  // Reads the journal as it is now and judges the reader. REQUIRES: `file` is the damaged one.
  Verdict judge(const fs::path& file, const std::string& what) {
    const std::string where = file.filename().string() + ", " + what;
    const std::map<fs::path, std::string> before = snapshot();
    std::vector<core::Record> read;
    Verdict verdict = Verdict::refused;
    try {
      const Store::Inspection found =
          Store::inspect(run_, [&](core::Record&& record) { read.push_back(std::move(record)); });
      verdict = read == all_ ? Verdict::whole : Verdict::beginning;
      EXPECT_EQ(found.head.seq, read.size()) << where;
      if (verdict == Verdict::beginning) {
        EXPECT_FALSE(found.notices.empty()) << where << ": facts are missing and nothing is said";
        EXPECT_FALSE(mirror_vouches_) << where << ": journal.jsonl knew better";
      }
    } catch (const StoreError& error) {
      EXPECT_TRUE(error.fault == StoreFault::damaged) << where << ": " << error.what();
      EXPECT_GT(std::string(error.what()).size(), 100U) << where;
    }
    EXPECT_TRUE(read.size() <= all_.size() && std::equal(read.begin(), read.end(), all_.begin()))
        << where << ": a false fact";
    EXPECT_TRUE(snapshot() == before) << where << ": a file was changed";
    return verdict;
  }

  void try_every_byte(const fs::path& file, const std::vector<int>& masks = {0x01, 0x80},
                      std::size_t stride = 1) {
    const std::string whole = bytes_of(file);
    for (std::size_t at = 0; at < whole.size(); at += stride) {
      for (const int mask : masks) {
        std::string flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ mask);
        write_bytes(file, flipped);
        ++verdicts_[judge(file, "byte " + std::to_string(at) + " xor " + std::to_string(mask))];
      }
      std::string zeroed = whole;
      zeroed.replace(at, std::string::npos, whole.size() - at, '\0');
      write_bytes(file, zeroed);
      ++verdicts_[judge(file, "zeroes from byte " + std::to_string(at))];
      write_bytes(file, whole.substr(0, at));
      ++verdicts_[judge(file, "cut to " + std::to_string(at) + " bytes")];
    }
    write_bytes(file, whole);
  }

  void try_every_file() {
    for (const fs::path& file : files()) {
      if (file.filename() != "LOG" && file.filename() != "LOG.old") try_every_byte(file);
    }
    EXPECT_GT(verdicts_[Verdict::refused], 500U);
    RecordProperty("refused", static_cast<int>(verdicts_[Verdict::refused]));
    RecordProperty("whole", static_cast<int>(verdicts_[Verdict::whole]));
    RecordProperty("beginning", static_cast<int>(verdicts_[Verdict::beginning]));
    const auto store = open();  // and undamaged again it is as it was
    EXPECT_EQ(read_, all_);
  }

  std::vector<core::Record> all_ = small_run(kFacts);
  bool mirror_vouches_ = true;
  std::map<Verdict, std::size_t> verdicts_;
};

TEST_F(Damage, OfTheLogIsRecognisedAtEveryByte) {
  make_log();
  try_every_file();
  EXPECT_EQ(verdicts_[Verdict::beginning], 0U);
}

TEST_F(Damage, OfTheLogIsRecognisedAtEveryByteWithoutAMirror) {
  make_log();
  fs::remove(mirror());
  mirror_vouches_ = false;
  try_every_file();
  EXPECT_GT(verdicts_[Verdict::beginning], 0U);
}

TEST_F(Damage, OfTablesIsRecognisedAtEveryByte) {
  make_tables();
  try_every_file();
  EXPECT_EQ(verdicts_[Verdict::beginning], 0U);
}

TEST_F(Damage, OfTablesIsRecognisedAtEveryByteWithoutAMirror) {
  make_tables();
  fs::remove(mirror());
  mirror_vouches_ = false;
  try_every_file();
}

TEST_F(Damage, OfTheListOfTablesIsRecognisedAtEveryByte) {
  make_rotated();
  try_every_byte_of_the_manifest();
  EXPECT_EQ(verdicts_[Verdict::beginning], 0U);
}

TEST_F(Damage, OfTheListOfTablesIsRecognisedAtEveryByteWithoutAMirror) {
  make_rotated();
  fs::remove(mirror());
  mirror_vouches_ = false;
  try_every_byte_of_the_manifest();
  EXPECT_EQ(verdicts_[Verdict::beginning], 0U);  // the log has later facts: a gap
}

TEST_F(Damage, ALostLogIsFoundAlsoWhereTablesAreWholeAndNoMirrorIsThere) {
  make_tables();
  fs::remove(mirror());
  for (const fs::path& file : files()) {
    if (file.extension() == ".log") fs::remove(file);
  }
  EXPECT_EQ(refusal().fault, StoreFault::damaged);
}

TEST_F(Damage, AListOfTablesThatWasCutOffWithinAWriteIsSaid) {
  make_tables();
  for (const fs::path& file : files()) {
    if (file.filename().string().starts_with("MANIFEST"))
      write_bytes(file, bytes_of(file) + "torn");
  }
  const auto store = open();
  EXPECT_EQ(read_, all_);
  ASSERT_EQ(store->notices().size(), 1U);
  EXPECT_NE(store->notices()[0].find("list of files"), std::string::npos);
}

TEST_F(Damage, OfLevelDbsOwnWordsIsHarmless) {
  make_tables();
  for (const char* name : {"LOG", "LOG.old"}) {
    write_bytes(database() / name, "nonsense");
    EXPECT_EQ(judge(database() / name, "overwritten"), Verdict::whole);
  }
}

TEST_F(Damage, ATornLogOpensInEarnestSaysWhatIsLostAndGoesOn) {
  make_log();
  fs::path log;
  for (const fs::path& file : files()) {
    if (file.extension() == ".log") log = file;
  }
  // As a crash in the middle of a write leaves it: the last fact never reached the mirror.
  const std::string text = bytes_of(mirror());
  write_bytes(mirror(), text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  fs::resize_file(log, fs::file_size(log) - 5);
  {
    const auto store = open();
    EXPECT_EQ(read_, small_run(kFacts - 1));
    ASSERT_EQ(store->notices().size(), 1U);
    EXPECT_NE(store->notices()[0].find("after fact 3"), std::string::npos) << store->notices()[0];
    store->append(all_.back());
  }
  EXPECT_TRUE(open()->notices().empty());
  EXPECT_EQ(read_, all_);
}

TEST_F(Damage, TheRefusalOfABrokenRecordNamesFileByteAndFact) {
  make_log();
  for (const fs::path& file : files()) {
    if (file.extension() != ".log") continue;
    std::string bytes = bytes_of(file);
    const std::size_t third = bytes.find("\"seq\":3");
    bytes[third] = '#';
    write_bytes(file, bytes);
    const StoreError error = refusal();
    EXPECT_EQ(error.seq, 3U);
    const std::string words = error.what();
    EXPECT_NE(words.find(file.filename().string() + ", byte "), std::string::npos) << words;
    EXPECT_NE(words.find("after fact 2"), std::string::npos) << words;
  }
}

}  // namespace journal_tests
