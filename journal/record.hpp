// Record <-> line: one record is one line of compact JSON, without its newline.
// Invariant: the bytes that are hashed are the bytes that are stored, so anybody can check the chain
// with sha256sum. Tags and field names are never reused. docs/journal-format.md has the whole format.
#pragma once

#include <string>
#include <string_view>

#include "core/effect.hpp"

namespace journal {

// The `prev` of the first line: there is no line before it.
inline constexpr std::string_view kNoPrevious =
    "0000000000000000000000000000000000000000000000000000000000000000";

// Returns the line of a record. `prev` is the hex SHA-256 of the previous line's bytes.
std::string encode(const core::Record& record, std::string_view prev);

struct Decoded {
  core::Record record;
  std::string prev;
  std::string error;  // why the line is no record; empty: it is one
};

// Reads a line. Unknown fields are ignored; an unknown type is an error that names it.
Decoded decode(std::string_view line);

// A record as JSON for people's tools (`-o json`): the line without its chain.
std::string to_json(const core::Record& record);

}  // namespace journal
