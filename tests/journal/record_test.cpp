// Record <-> line: every type comes back as it went, and what is no record is refused with a place.
#include "journal/format/record.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "journal/format/fields.hpp"
#include "tests/journal/samples.hpp"

namespace journal_tests {

using journal::decode;
using journal::Decoded;
using journal::encode;
using journal::kNoPrevious;

const std::string kPrev(64, 'c');

std::string tick_line() { return encode(record_of(7, core::Ticked{"h", "s"}), kPrev); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Record, EveryFactComesBackAsItWas) {
  for (const core::FactBody& body : every_fact()) {
    const core::Record record = record_of(kHuge, body);
    const Decoded decoded = decode(encode(record, kPrev));
    EXPECT_EQ(decoded.error, "") << core::tag_of(body);
    EXPECT_EQ(decoded.record, record) << core::tag_of(body);
    EXPECT_EQ(decoded.prev, kPrev);
  }
}

TEST(Record, EveryEffectComesBackAsItWas) {
  const core::Record record = record_of(1, core::RunFinished{}, every_effect());
  const Decoded decoded = decode(encode(record, kNoPrevious));
  EXPECT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.record, record);
}

TEST(Record, EveryLineIsJsonForAnotherReaderToo) {
  for (const core::FactBody& body : every_fact()) {
    const std::string line = encode(record_of(3, body, every_effect()), kPrev);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const boost::json::object object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.at("type").as_string(), core::tag_of(body));
    EXPECT_EQ(object.at("intents").as_array().size(), every_effect().size());
    if (const auto* seen = std::get_if<core::Observed>(&body)) {
      EXPECT_EQ(object.at("out").as_string(), seen->out);
    }
  }
}

TEST(Record, TheFormatOfALineIsFixed) {
  core::Record record =
      record_of(12, core::JobFound{"master-0", "restore", "j", core::Finding::killed},
                {core::Wait{"master-0", "restore", 5}});
  record.fact.epoch = 2;
  EXPECT_EQ(encode(record, kNoPrevious),
            R"({"seq":12,"time":"2026-11-23T10:15:00.135Z","epoch":2,"type":"job_found",)"
            R"("host":"master-0","step":"restore","job":"j","finding":"killed",)"
            R"("intents":[{"type":"wait","host":"master-0","step":"restore","until_ms":5}],)"
            R"("prev":"0000000000000000000000000000000000000000000000000000000000000000"})");
}

// The row of a type in docs/journal-format.md, made from the fields that are written.
template <class T>
std::string row_of(std::string_view tag, const T& value) {
  std::string names;
  journal::fields(value, [&](const char* name, const auto&) {
    names += (names.empty() ? "`" : " `") + std::string(name) + "`";
  });
  return "| `" + std::string(tag) + "` | " + names + " |\n";
}

TEST(Record, TheFormatsPageNamesEveryTypeWithItsFieldsInOrder) {
  const fs::path root = RESTORECTL_TOP;
  const std::string page = bytes_of(root / "docs/journal-format.md");
  ASSERT_FALSE(page.empty());
  std::vector<std::string> rows;
  for (const core::FactBody& body : every_fact()) {
    std::visit([&](const auto& fact) { rows.push_back(row_of(core::tag_of(body), fact)); }, body);
  }
  for (const core::Effect& effect : every_effect()) {
    std::visit([&](const auto& e) { rows.push_back(row_of(core::tag_of(effect), e)); }, effect);
  }
  const core::Inventory inventory = sample_inventory();
  rows.push_back(row_of("inventory", inventory));
  rows.push_back(row_of("ssh", inventory.ssh));
  rows.push_back(row_of("api", inventory.api));
  rows.push_back(row_of("timing", inventory.timing));
  rows.push_back(row_of("backup", core::BackupManifest{}));
  rows.push_back("| `hosts` (a list) " + row_of("", core::Host{}).substr(5));
  rows.push_back("| `absent` (a list) " + row_of("", core::AbsentHost{}).substr(5));
  rows.push_back("| `files` (a list) " + row_of("", core::BackupFile{}).substr(5));
  rows.push_back(row_of("content", core::BackupContent{}));
  rows.push_back("| `unsettled` (a list) " + row_of("", core::UnsettledOperator{}).substr(5));
  // Words may follow the fields.
  for (std::string& row : rows) row.resize(row.size() - 3);
  for (const std::string& row : rows) EXPECT_NE(page.find(row), std::string::npos) << row;
}

TEST(Record, BytesThatAreNoUtf8AreReplacedVisiblyAndTheLineStaysValid) {
  const std::string hostile = "a\xFF\xC0\x80 \xED\xA0\x80 \xF5 cut \xE2\x82";
  const std::string line =
      encode(record_of(1, core::Observed{"h", "s", 0, hostile, "", false}), kPrev);
  EXPECT_TRUE(core::is_valid_utf8(line));
  const Decoded decoded = decode(line);
  ASSERT_EQ(decoded.error, "");
  EXPECT_EQ(std::get<core::Observed>(decoded.record.fact.body).out, core::clean_utf8(hostile));
}

TEST(Record, OfInvalidTextOnlyTheInvalidBytesAreReplaced) {
  const std::string hostile("x\0y\xFF\0", 5);
  const Decoded decoded =
      decode(encode(record_of(1, core::Observed{"h", "s", 0, hostile, "", false}), kPrev));
  EXPECT_EQ(std::get<core::Observed>(decoded.record.fact.body).out,
            std::string("x\0y\xEF\xBF\xBD\0", 7));
}

TEST(Record, EveryByteRoundTripsOrIsReplaced) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("seven b") + static_cast<char>(byte) + "and more text";
    const std::string line = encode(record_of(1, core::PhaseFinished{text}), kPrev);
    const Decoded decoded = decode(line);
    ASSERT_EQ(decoded.error, "") << byte;
    const std::string& back = std::get<core::PhaseFinished>(decoded.record.fact.body).phase;
    EXPECT_EQ(back, byte < 0x80 ? text : core::clean_utf8(text)) << byte;
  }
}

TEST(Record, UnknownFieldsAreIgnoredWhereverTheyStand) {
  const std::string extra =
      R"("new":{"a":[1,-2.5e+3,true,false,null,"\u00e9\ud834\udd1e",{}],"b":[]},)";
  for (const char* before : {"\"host\"", "\"step\"", "\"intents\"", "\"prev\""}) {
    const Decoded decoded = decode(replaced(tick_line(), before, extra + before));
    EXPECT_EQ(decoded.error, "") << before;
    EXPECT_EQ(decoded.record, record_of(7, core::Ticked{"h", "s"}));
  }
}

TEST(Record, MissingFieldsOfAFactKeepTheirDefault) {
  const Decoded decoded = decode(replaced(tick_line(), R"("step":"s",)", ""));
  EXPECT_EQ(decoded.error, "");
  EXPECT_EQ(decoded.record, record_of(7, core::Ticked{"h", ""}));
}

TEST(Record, FieldsOfAFactMayStandInAnyOrder) {
  const std::string line =
      replaced(tick_line(), R"("host":"h","step":"s")", R"("step":"s","host":"h")");
  EXPECT_EQ(decode(line).record, record_of(7, core::Ticked{"h", "s"}));
}

TEST(Record, AnUnknownFactIsRefusedByName) {
  const Decoded decoded = decode(replaced(tick_line(), "ticked", "tocked"));
  EXPECT_TRUE(decoded.unknown_type);
  EXPECT_NE(decoded.error.find("'tocked'"), std::string::npos) << decoded.error;
}

TEST(Record, AnUnknownIntentIsRefusedByName) {
  const Decoded decoded = decode(
      replaced(tick_line(), R"("intents":[])", R"("intents":[{"type":"reboot","host":"h"}])"));
  EXPECT_TRUE(decoded.unknown_type);
  EXPECT_NE(decoded.error.find("'reboot'"), std::string::npos) << decoded.error;
}

struct BadLine {
  const char* from;
  const char* to;
};

TEST(Record, WhatIsNoRecordIsRefusedWithTheByte) {
  const BadLine cases[] = {
      {"\"seq\":7", "\"seq\":7.0"},
      {"\"seq\":7", "\"seq\":-7"},
      {"\"seq\":7", "\"seq\":07"},
      {"\"seq\":7", "\"seq\":18446744073709551616"},
      {"\"seq\":7", "\"seq\":\"7\""},
      {"\"seq\":7", "\"sequence\":7"},
      {"2026-11-23T", "2026-11-23 "},
      {"2026-11-23T", "2026-13-23T"},
      {"\"epoch\":1", "\"epoch\":true"},
      {"\"host\":\"h\"", "\"host\":5"},
      {"\"host\":\"h\"", "\"host\":\"h\",\"host\":\"g\""},
      {"\"host\":\"h\"", "\"host\":\"\\x\""},
      {"\"host\":\"h\"", "\"host\":\"\\u12\""},
      {"\"host\":\"h\"", "\"host\":\"\\udc00\""},
      {"\"host\":\"h\"", "\"host\":\"\\ud800\\u0041\""},
      {"\"host\":\"h\"", "\"host\":\"\x01\""},
      {"\"host\":\"h\"", "\"host\":\"\xFF\""},
      {"\"host\":\"h\"", "\"host\": \"h\""},
      {"\"host\":\"h\"", "\"other\":[1,]"},
      {"\"host\":\"h\"", "\"other\":nul"},
      {"\"host\":\"h\"", "\"other\":-"},
      {"\"intents\":[]", "\"intents\":{}"},
      {"\"intents\":[]", "\"intents\":[],\"intents\":[]"},
      {"\"intents\":[]", "\"intents\":[{\"host\":\"h\",\"type\":\"wait\"}]"},
      {",\"intents\":[]", ""},
      {"}", "},"},
      {"}", "}}"},
      {"{", "["},
  };
  for (const BadLine& bad : cases) {
    const Decoded decoded = decode(replaced(tick_line(), bad.from, bad.to));
    EXPECT_NE(decoded.error.find("(byte "), std::string::npos) << bad.to << ": " << decoded.error;
    EXPECT_FALSE(decoded.unknown_type) << bad.to;
  }
}

TEST(Record, ALineCutAnywhereIsRefused) {
  const std::string line = encode(record_of(7, every_fact()[1], every_effect()), kPrev);
  for (std::size_t length = 0; length < line.size(); ++length) {
    EXPECT_NE(decode(std::string_view(line).substr(0, length)).error, "") << length;
  }
}

TEST(Record, DeepNestingIsRefusedAndDoesNotExhaustTheStack) {
  const std::string deep = "\"x\":" + std::string(200'000, '[') + ",";
  EXPECT_NE(decode(replaced(tick_line(), "\"host\"", deep + "\"host\"")).error.find("deep"),
            std::string::npos);
}

TEST(Record, AnEnumeratorOfAnotherVersionIsRefused) {
  const std::string line =
      encode(record_of(1, core::JobFound{"h", "s", "j", core::Finding::killed}), kPrev);
  EXPECT_NE(decode(replaced(line, "killed", "lost")).error.find("'lost'"), std::string::npos);
  const std::string start = encode(record_of(1, every_fact()[0]), kPrev);
  EXPECT_NE(
      decode(replaced(start, "\"via\":\"workstation\"", "\"via\":\"moon\"")).error.find("'moon'"),
      std::string::npos);
}

TEST(Record, ToJsonIsTheLineWithoutItsChain) {
  const core::Record record = record_of(7, core::Ticked{"h", "s"});
  const std::string line = encode(record, kPrev);
  EXPECT_EQ(journal::to_json(record), replaced(line, ",\"prev\":\"" + kPrev + "\"", ""));
}

}  // namespace journal_tests
