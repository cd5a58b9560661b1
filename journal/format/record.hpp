// Record <-> line: one record is one line of compact JSON, without its newline. Invariant: the
// bytes that are hashed are the bytes that are stored, so anyone can check the chain with
// sha256sum. Tags and field names are never reused. docs/journal-format.md has the whole format.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/effect.hpp"

namespace journal {

// The `prev` of the first line.
inline constexpr std::string_view kNoPrevious =
    "0000000000000000000000000000000000000000000000000000000000000000";

// No line is longer: an observation holds 256 KiB at most, and JSON makes at most six bytes of one.
inline constexpr std::size_t kLineBytesMax = 4U << 20;

// Returns the line of a record: valid UTF-8, without a newline. `prev` is the hex SHA-256 of the
// previous line's bytes. Each byte of a text that is not valid UTF-8 becomes U+FFFD; decode()
// returns everything else unchanged.
std::string encode(const core::Record& record, std::string_view prev);

struct Decoded {
  core::Record record;
  std::string prev;
  std::string error;          // why the line is not a record, with the byte; empty if it is
  bool unknown_type = false;  // the error is a fact or effect that this version does not know
};

// Reads a line as encode() writes it: `seq`, `time`, `epoch` and `type` first. Unknown fields are
// ignored, missing ones keep their default; an unknown type is an error that names it.
Decoded decode(std::string_view line);

// A record as JSON for scripts (`-o json`): the line without its chain.
std::string to_json(const core::Record& record);

}  // namespace journal
