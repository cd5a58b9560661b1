// Reading journal.jsonl: whole, while it is written, and damaged at every byte.
#include "journal/disk/mirror.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "journal/format/file_lines.hpp"
#include "tests/journal/samples.hpp"

namespace journal_tests {

using journal::MirrorReport;
using journal::read_mirror;

class Mirror : public ::testing::Test {
 protected:
  std::string text_of(std::size_t facts) {
    std::string text;
    std::string prev(journal::kNoPrevious);
    for (const core::Record& record : small_run(facts)) {
      const std::string line = journal::encode(record, prev);
      prev = journal::sha256_hex(line);
      text += line + "\n";
    }
    return text;
  }
  MirrorReport read(const std::string& text) {
    write_bytes(file_, text);
    records_.clear();
    return read_mirror(file_, [this](core::Record&& record, std::string_view) {
      records_.push_back(std::move(record));
    });
  }
  // What was handed out must be the true beginning of the run, whatever else happened.
  bool is_true_prefix(std::size_t facts) const {
    const std::vector<core::Record> all = small_run(facts);
    return records_.size() <= all.size() &&
           std::equal(records_.begin(), records_.end(), all.begin());
  }

  TempDir directory_;
  fs::path file_ = directory_.path() / "journal.jsonl";
  std::vector<core::Record> records_;
};

TEST_F(Mirror, AWholeOneIsReadToItsEnd) {
  const MirrorReport report = read(text_of(5));
  EXPECT_TRUE(report.found);
  EXPECT_FALSE(report.torn_tail);
  EXPECT_EQ(report.defect, "");
  EXPECT_EQ(report.head.seq, 5U);
  EXPECT_EQ(records_, small_run(5));
}

TEST_F(Mirror, AMissingOneIsSaid) {
  EXPECT_FALSE(
      read_mirror(directory_.path() / "none", [](core::Record&&, std::string_view) {}).found);
}

TEST_F(Mirror, AnEmptyOneHasNoFactAndNoDefect) {
  const MirrorReport report = read("");
  EXPECT_TRUE(report.found);
  EXPECT_EQ(report.defect, "");
  EXPECT_EQ(report.head.seq, 0U);
}

TEST_F(Mirror, CutAtAnyByteItGivesTheWholeLinesAndSaysThatItIsTorn) {
  const std::string text = text_of(4);
  for (std::size_t length = 0; length < text.size(); ++length) {
    const std::string cut = text.substr(0, length);
    const MirrorReport report = read(cut);
    const auto whole = static_cast<std::size_t>(std::count(cut.begin(), cut.end(), '\n'));
    EXPECT_EQ(report.defect, "") << length;
    EXPECT_EQ(records_.size(), whole) << length;
    EXPECT_TRUE(is_true_prefix(4)) << length;
    EXPECT_EQ(report.torn_tail, !cut.empty() && cut.back() != '\n') << length;
  }
}

TEST_F(Mirror, AnyFlippedByteIsADefectOrInTheLastLineAnotherHead) {
  const std::string text = text_of(4);
  const journal::Head head = read(text).head;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const int mask : {0x01, 0x80}) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ mask);
      const MirrorReport report = read(flipped);
      // No line follows the last one to vouch for it. A flip that leaves it a record changes the
      // head, and is found by comparing that with the database's or one kept elsewhere.
      const bool last_line = at > text.rfind('\n', text.size() - 2);
      const bool head_differs = report.head != head;
      EXPECT_TRUE(last_line ? head_differs : !report.defect.empty() && is_true_prefix(4)) << at;
    }
  }
}

TEST_F(Mirror, ADefectNamesItsLine) {
  std::string text = text_of(4);
  text[text.find('\n') + 3] = '#';
  const MirrorReport report = read(text);
  EXPECT_EQ(report.defect_seq, 2U);
  EXPECT_EQ(report.kind, journal::DefectKind::bad_line);
  EXPECT_EQ(report.defect.find("line 2: "), 0U) << report.defect;
  EXPECT_EQ(report.head.seq, 1U);
}

TEST_F(Mirror, ALineWithoutEndIsADefectAndNotAllRead) {
  const MirrorReport report = read(text_of(1) + std::string(journal::kLineBytesMax + 1, 'x'));
  EXPECT_NE(report.defect.find("line 2: longer than"), std::string::npos) << report.defect;
}

// The file has a hole in place of the gigabyte, so that only a reader of it all would pay for it.
TEST_F(Mirror, OfAGigabyteWithoutEndNoMoreIsHeldThanALineMayBe) {
  write_bytes(file_, "");
  fs::resize_file(file_, std::uintmax_t{1} << 30);
  journal::FileLines lines(file_);
  std::string_view line;
  journal::Defect defect;
  EXPECT_FALSE(lines.next(&line, &defect));
  EXPECT_EQ(defect.kind, journal::DefectKind::bad_line);
  EXPECT_LT(lines.rest().size(), journal::kLineBytesMax + (1U << 20));
}

TEST_F(Mirror, LinesLongerThanAChunkAreRead) {
  std::string prev(journal::kNoPrevious);
  std::string text;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    const std::string line =
        journal::encode(record_of(seq, core::PhaseFinished{std::string(300'000, 'p')}), prev);
    prev = journal::sha256_hex(line);
    text += line + "\n";
  }
  EXPECT_EQ(read(text).head, (journal::Head{5, prev}));
}

namespace {

bool is_no_note(const core::Fact& fact) { return !std::holds_alternative<core::Noted>(fact.body); }

}  // namespace

TEST_F(Mirror, ItsLastFactIsFoundFromTheEndWhateverStandsBefore) {
  const std::string text = text_of(9);
  const core::Fact last = small_run(9).back().fact;
  write_bytes(file_, text);
  EXPECT_EQ(journal::last_fact(file_, is_no_note), last);
  write_bytes(file_, "damaged" + text + "{\"seq\":10,\"ti");
  EXPECT_EQ(journal::last_fact(file_, is_no_note), last) << "a torn line is no fact yet";
  write_bytes(file_, text + "damaged\n");
  EXPECT_FALSE(journal::last_fact(file_, is_no_note));
  EXPECT_FALSE(journal::last_fact(file_, [](const core::Fact&) { return false; }));
  write_bytes(file_, "");
  EXPECT_FALSE(journal::last_fact(file_, is_no_note));
  EXPECT_FALSE(journal::last_fact(file_.string() + ".none", is_no_note));
}

TEST_F(Mirror, ItsLastFactIsFoundBehindNotesOfAnyLength) {
  std::string text = text_of(3);
  for (std::uint64_t seq = 4; seq < 12; ++seq)
    text += journal::encode({{seq, 1'795'418'943'184, 1,
                              core::Noted{"n-1", "me", "words", "", "", std::string(60'000, 'x')}},
                             {}},
                            journal::kNoPrevious) +
            "\n";
  write_bytes(file_, text);
  EXPECT_EQ(journal::last_fact(file_, is_no_note), small_run(3).back().fact);
}

}  // namespace journal_tests
