// The words of a line of ssh_config(5), and its patterns. Invariant: no state, no files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace transports {

// "Host m0 'b'" as its words; the keyword may end with "=". Quotes keep blanks together, and a word
// that begins with "#" ends the line.
std::vector<std::string> config_words(std::string_view line);

// What follows the keyword, as it is.
std::string config_rest(std::string_view line);

std::string small_letters(std::string_view text);

// Is the text named by patterns with "*" and "?", separated by commas, and not by one with "!"?
bool in_pattern_list(std::string_view text, std::string_view patterns);

}  // namespace transports
