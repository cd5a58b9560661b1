// Is this text valid UTF-8? Asked of every line that is written or read. Invariant: RFC
// 3629: no overlong forms, no surrogates, nothing above U+10FFFF; NUL is a character.
#pragma once

#include <string>
#include <string_view>

namespace journal {

bool is_valid_utf8(std::string_view text);

// Returns the text with each byte that belongs to no valid character replaced by U+FFFD, so that a
// reader sees that something stood there. Valid text, NUL included, comes back as it was.
std::string mend_utf8(std::string_view text);

}  // namespace journal
