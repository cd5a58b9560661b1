// The chain: known hashes, and each way in which lines can fail to follow one another.
#include "journal/format/chain.hpp"

#include <gtest/gtest.h>

#include "journal/format/verify_lines.hpp"
#include "tests/journal/samples.hpp"

namespace journal_tests {

using journal::ChainVerifier;
using journal::Defect;
using journal::DefectKind;

std::vector<std::string> chained(const std::vector<core::Record>& records) {
  std::vector<std::string> lines;
  std::string prev(journal::kNoPrevious);
  for (const core::Record& record : records) {
    lines.push_back(journal::encode(record, prev));
    prev = journal::sha256_hex(lines.back());
  }
  return lines;
}

Defect first_defect(const std::vector<std::string>& lines) {
  ChainVerifier verifier;
  core::Record record;
  for (const std::string& line : lines) {
    if (Defect defect = verifier.take(line, &record)) return defect;
  }
  return {};
}

TEST(Chain, HashesAreSha256) {
  EXPECT_EQ(journal::sha256_hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(journal::sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Chain, AWholeChainVerifiesAndItsHeadIsTheLastLine) {
  const std::vector<std::string> lines = chained(small_run(5));
  ChainVerifier verifier;
  core::Record record;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_FALSE(verifier.take(lines[i], &record));
    EXPECT_EQ(record, small_run(5)[i]);
  }
  EXPECT_EQ(verifier.head(), (journal::Head{5, journal::sha256_hex(lines.back())}));
}

TEST(Chain, AMissingLineIsAGap) {
  std::vector<std::string> lines = chained(small_run(5));
  lines.erase(lines.begin() + 2);
  const Defect defect = first_defect(lines);
  EXPECT_EQ(defect.kind, DefectKind::gap);
  EXPECT_EQ(defect.seq, 3U);
}

TEST(Chain, ARepeatedLineIsOutOfOrder) {
  std::vector<std::string> lines = chained(small_run(5));
  lines.insert(lines.begin() + 2, lines[1]);
  const Defect defect = first_defect(lines);
  EXPECT_EQ(defect.kind, DefectKind::wrong_order);
  EXPECT_EQ(defect.seq, 3U);
}

TEST(Chain, ALineThatWasWrittenAnewIsAltered) {
  std::vector<std::string> lines = chained(small_run(5));
  core::Record forged = small_run(5)[2];
  forged.fact.time_ms += 1;
  lines[2] = journal::encode(forged, journal::sha256_hex(lines[1]));
  const Defect defect = first_defect(lines);
  EXPECT_EQ(defect.kind, DefectKind::altered);
  EXPECT_EQ(defect.seq, 4U);
}

TEST(Chain, AFirstLineThatFollowsAnotherIsAltered) {
  const std::string line = journal::encode(small_run(1)[0], std::string(64, 'a'));
  EXPECT_EQ(first_defect({line}).kind, DefectKind::altered);
}

TEST(Chain, ALineThatIsNoRecordIsABadLine) {
  std::vector<std::string> lines = chained(small_run(3));
  lines[1] = "{}";
  const Defect defect = first_defect(lines);
  EXPECT_EQ(defect.kind, DefectKind::bad_line);
  EXPECT_EQ(defect.seq, 2U);
}

TEST(Chain, AnUnknownTypeNamesTheVersionThatWroteTheRun) {
  std::vector<std::string> lines = chained(small_run(3));
  lines[1].replace(lines[1].find("ticked"), 6, "tocked");
  const Defect defect = first_defect(lines);
  EXPECT_EQ(defect.kind, DefectKind::unknown_type);
  EXPECT_NE(defect.what.find("restorectl 0.1.0"), std::string::npos) << defect.what;
}

TEST(Chain, AFlippedBitAnywhereIsADefect) {
  const std::vector<std::string> lines = chained(small_run(3));
  for (std::size_t at = 0; at < lines[1].size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::string> flipped = lines;
      flipped[1][at] = static_cast<char>(flipped[1][at] ^ (1 << bit));
      EXPECT_TRUE(first_defect(flipped)) << at << " " << bit;
    }
  }
}

journal::LineSource source_over(const std::vector<std::string>& lines, Defect at_end = {}) {
  return [&lines, at_end, i = std::size_t{0}](std::string_view* line, Defect* defect) mutable {
    if (i == lines.size()) {
      *defect = at_end;
      return false;
    }
    *line = lines[i++];
    return true;
  };
}

TEST(VerifyLines, HandsOutManyRecordsInOrderWithTheirLines) {
  const std::vector<core::Record> records = small_run(3'000);  // several batches
  const std::vector<std::string> lines = chained(records);
  std::size_t seen = 0;
  const journal::Verified verified =
      journal::verify_lines(source_over(lines), [&](core::Record&& record, std::string_view line) {
        ASSERT_EQ(record, records.at(seen));
        ASSERT_EQ(line, lines.at(seen));
        ++seen;
      });
  EXPECT_FALSE(verified.defect);
  EXPECT_EQ(seen, records.size());
  EXPECT_EQ(verified.head.seq, records.size());
}

TEST(VerifyLines, StopsAtTheFirstDefectHoweverManyLinesFollow) {
  std::vector<std::string> lines = chained(small_run(20'000));
  lines[700].back() = '!';
  std::size_t seen = 0;
  const journal::Verified verified =
      journal::verify_lines(source_over(lines), [&](core::Record&&, std::string_view) { ++seen; });
  EXPECT_EQ(verified.defect.seq, 701U);
  EXPECT_EQ(seen, 700U);
  EXPECT_EQ(verified.head.seq, 700U);
}

TEST(VerifyLines, HandsOutNoLineThatTheNextOneDoesNotVouchFor) {
  std::vector<std::string> lines = chained(small_run(5));
  lines[2].replace(lines[2].find(".126Z"), 5, ".999Z");
  std::size_t seen = 0;
  const journal::Verified verified =
      journal::verify_lines(source_over(lines), [&](core::Record&&, std::string_view) { ++seen; });
  EXPECT_EQ(verified.defect.kind, DefectKind::altered);
  EXPECT_EQ(verified.defect.seq, 4U);
  EXPECT_EQ(seen, 2U);
  EXPECT_EQ(verified.head, (journal::Head{2, journal::sha256_hex(lines[1])}));
}

TEST(VerifyLines, ReportsTheSourcesOwnDefectAfterItsLines) {
  const std::vector<std::string> lines = chained(small_run(4));
  std::size_t seen = 0;
  const journal::Verified verified =
      journal::verify_lines(source_over(lines, {DefectKind::unreadable, 5, "no"}),
                            [&](core::Record&&, std::string_view) { ++seen; });
  EXPECT_EQ(seen, 4U);
  EXPECT_EQ(verified.defect.kind, DefectKind::unreadable);
}

TEST(VerifyLines, PassesOnWhatTheVisitorOrTheSourceThrows) {
  const std::vector<std::string> lines = chained(small_run(20'000));
  EXPECT_THROW(journal::verify_lines(source_over(lines),
                                     [](core::Record&& record, std::string_view) {
                                       if (record.fact.seq == 3) throw std::logic_error("visitor");
                                     }),
               std::logic_error);
  EXPECT_THROW(journal::verify_lines(
                   [](std::string_view*, Defect*) -> bool { throw std::logic_error("source"); },
                   [](core::Record&&, std::string_view) {}),
               std::logic_error);
}

}  // namespace journal_tests
