// The shell function that computes digests on hosts. Invariant: it reads stdin and prints a line
// that begins with 64 hex digits.
#pragma once

#include <string_view>

namespace core {

// openssl where it exists: it uses the processor's own instructions, which a coreutils that was
// built without it (Debian's) does not, and is four times as fast then.
inline constexpr std::string_view kDigestFunction =
    "if command -v openssl > /dev/null 2>&1; then\n"
    "  digest() { openssl dgst -sha256 -r; }\n"
    "else\n"
    "  digest() { sha256sum; }\n"
    "fi\n";

}  // namespace core
