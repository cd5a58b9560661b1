// Reading what a look printed: key=value lines and small JSON documents, both hostile until parsed.
// Invariant: no input makes these throw or grow beyond the observation they read.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace states {

// The first `key=value` line of each key. Lines without '=' are left out.
using Lines = std::map<std::string, std::string, std::less<>>;
Lines read_lines(std::string_view text);

// Returns the value or "" where the key is missing.
std::string_view value_of(const Lines& lines, std::string_view key);
std::string_view value_of(Lines&& lines, std::string_view key) = delete;  // it would dangle

// What stands before the first line that begins with a key, "key=…": a document in JSON, behind
// which a look printed more. All of it where there is no such line.
std::string_view before_lines(std::string_view text);

// The items, `between` each two, at most so many of them. One may quote several names of 253
// characters each.
std::string joined(const std::vector<std::string>& list, std::string_view between,
                   std::size_t most = std::string::npos);

// The values of all lines `key=value` of that key, sorted, each once.
std::vector<std::string> values_of(std::string_view text, std::string_view key);

// Returns a whole number of bytes, seconds or things; -1 where the text is none, or where it is
// beyond what any host has (2^56).
std::int64_t count_of(std::string_view text);

// Returns the document, or nothing where the text is not JSON (nesting is bounded by the parser).
std::optional<boost::json::value> read_json(std::string_view text);

// Members that may be missing or of another type: "" and 0 then.
std::string text_at(const boost::json::value& object, std::string_view key);
std::int64_t number_at(const boost::json::value& object, std::string_view key);
// Returns nullptr where it is missing or no array.
const boost::json::array* array_at(const boost::json::value& object, std::string_view key);

// At most `bytes_max` bytes of a text on one line, for messages.
std::string brief(std::string_view text, std::size_t bytes_max = 300);

}  // namespace states
