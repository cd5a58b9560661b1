// Bytes from elsewhere as text: clean enough to journal, and harmless enough for a terminal.
// Invariant: what clean_utf8 returns is valid UTF-8 without NUL; what printable returns moves no
// cursor, rings no bell and changes no colour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace core {

// Replaces each byte that is not part of valid UTF-8,
// and each NUL, by U+FFFD. Everything else stays.
std::string clean_utf8(std::string_view bytes);

// clean_utf8, and every control character but newline and tab shown as \xNN (C1 ones as \u00NN).
std::string printable(std::string_view bytes);

// "2026-11-23T10:15:00.123Z". Times before 1970 or after 9999 are clamped.
std::string iso_time(std::int64_t utc_ms);

// The inverse; returns false where the text is not exactly of that form, or before 1970.
bool parse_iso_time(std::string_view text, std::int64_t* utc_ms);

// "850 ms", "12 s", "3 min 05 s", "1 h 02 min": a duration for people.
std::string duration_words(std::int64_t duration_ms);

}  // namespace core
