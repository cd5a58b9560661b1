// Text from elsewhere: valid, harmless, and times that survive the way to a line and back.
#include "core/text.hpp"

#include <gtest/gtest.h>

#include "core/shell_quote.hpp"

TEST(CleanUtf8, ReplacesWhatIsNotUtf8AndKeepsTheRest) {
  EXPECT_EQ(core::clean_utf8("aä€😀"), "aä€😀");
  EXPECT_EQ(core::clean_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(core::clean_utf8(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(core::clean_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "an overlong form";
  EXPECT_EQ(core::clean_utf8("\xED\xA0\x80").find('\xED'), std::string::npos) << "a surrogate";
  EXPECT_EQ(core::clean_utf8("x\xE2\x82"), "x\xEF\xBF\xBD\xEF\xBF\xBD") << "cut off at the end";
}

TEST(CleanUtf8, KeepsNulWhereItIsAsked) {
  const std::string_view text("a\0\xFF", 3);
  EXPECT_EQ(core::clean_utf8(text, core::Nul::kept), std::string("a\0\xEF\xBF\xBD", 5));
}

TEST(IsValidUtf8, SaysWhatCleanWouldLeaveAsItIs) {
  const std::vector<std::string> texts = {"",
                                          "plain text longer than a word",
                                          "aä€😀",
                                          std::string("a\0b", 3),
                                          "seven b\xC3\xA4",
                                          "a\xFFz",
                                          "\xC0\xAF",
                                          "\xED\xA0\x80",
                                          "\xF4\x90\x80\x80",
                                          "x\xE2\x82",
                                          "eight by\xE2"};
  for (const std::string& text : texts)
    EXPECT_EQ(core::is_valid_utf8(text), core::clean_utf8(text, core::Nul::kept) == text) << text;
  EXPECT_TRUE(core::is_valid_utf8(texts[2]));
  EXPECT_FALSE(core::is_valid_utf8(texts[8]));
}

TEST(HexOf, HasTwoSmallDigitsForEachByte) {
  EXPECT_EQ(core::hex_of(std::string_view("\x00\x7f\xAB", 3)), "007fab");
}

TEST(Printable, NoEscapeReachesTheTerminal) {
  const std::string text = core::printable("\x1b[2J\x07\xC2\x9Bok\n\t\x7F");
  EXPECT_EQ(text, "\\x1b[2J\\x07\\u009bok\n\t\\x7f");
}

TEST(IsoTime, GoesThereAndBack) {
  for (const std::int64_t ms : {0LL, 1'795'418'943'184LL, 951'782'400'000LL, 4'107'542'399'999LL}) {
    std::int64_t back = -1;
    ASSERT_TRUE(core::parse_iso_time(core::iso_time(ms), &back)) << core::iso_time(ms);
    EXPECT_EQ(back, ms);
  }
  EXPECT_EQ(core::iso_time(951'782'400'000), "2000-02-29T00:00:00.000Z");
  std::int64_t out = 0;
  EXPECT_FALSE(core::parse_iso_time("2026-13-01T00:00:00.000Z", &out));
  EXPECT_FALSE(core::parse_iso_time("2026-11-23 10:15:00.000Z", &out));
  // Found by fuzzing: it was read, and written again as 1970.
  EXPECT_FALSE(core::parse_iso_time("1013-11-23T10:15:00.135Z", &out));
  EXPECT_FALSE(core::parse_iso_time("1969-12-31T23:59:59.999Z", &out));
}

TEST(IsoTime, ADayThatNoCalendarHasIsNone) {
  std::int64_t out = 0;
  for (const char* day : {"2026-02-31", "2026-02-29", "2100-02-29", "2026-04-31", "2026-11-00"})
    EXPECT_FALSE(core::parse_iso_time(std::string(day) + "T10:15:00.000Z", &out)) << day;
  EXPECT_TRUE(core::parse_iso_time("2024-02-29T10:15:00.000Z", &out));
  EXPECT_EQ(core::iso_time(out), "2024-02-29T10:15:00.000Z");
}

TEST(IsoTime, EveryDayOfFourCenturiesComesBack) {
  for (std::int64_t day = 0; day < 146'097; ++day) {
    std::int64_t back = -1;
    ASSERT_TRUE(core::parse_iso_time(core::iso_time(day * 86'400'000), &back)) << day;
    ASSERT_EQ(back, day * 86'400'000);
  }
}

TEST(ParseDuration, ReadsWholeNumbersWithUnitsAndNothingElse) {
  const auto read = [](std::string_view text) {
    std::int64_t ms = -1;
    return core::parse_duration(text, &ms) ? ms : -1;
  };
  EXPECT_EQ(read("200ms"), 200);
  EXPECT_EQ(read("20s"), 20'000);
  EXPECT_EQ(read("10m"), 600'000);
  EXPECT_EQ(read("1h30m"), 5'400'000);
  EXPECT_EQ(read("0s"), 0);
  for (const char* wrong :
       {"", "20", "s", "-1s", "1.5h", "1h30", "1 h", "1H", "1hm", "9999999999s", "999999999h"})
    EXPECT_EQ(read(wrong), -1) << wrong;
}

TEST(ShellQuote, ShReadsBackExactlyTheValue) {
  const std::string hostile = "a'b\"c$(id)`id`\\ \n;|&<>*?~#!{}[]";
  std::string out;
  FILE* pipe = ::popen(("printf %s " + core::shell_quote(hostile)).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  for (int c; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(out, hostile);
  EXPECT_EQ(core::shell_quote(""), "''");
  EXPECT_THROW(core::shell_quote(std::string_view("a\0b", 3)), std::invalid_argument);
}

TEST(ShellQuote, AScriptsHeadAssignsExactlyTheValues) {
  EXPECT_EQ(core::assignments({{"dir", "/var/lib"}, {"words", "it's $HOME"}, {"none", ""}}),
            "dir=/var/lib\nwords='it'\\''s $HOME'\nnone=''\n");
  EXPECT_EQ(core::assignments({}), "");
}

TEST(DurationWords, AreForPeople) {
  EXPECT_EQ(core::duration_words(850), "850 ms");
  EXPECT_EQ(core::duration_words(185'000), "3 min 05 s");
}
