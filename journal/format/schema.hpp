// The JSON Schema of a line, made from the field lists that the codec writes and reads by.
// Invariant: a fact, an intent or a field that a line can have is in it by itself; it says what a
// reader takes, so fields that are unknown or missing are allowed where decode() allows them.
#pragma once

#include <string>

namespace journal {

// Returns the schema (JSON Schema 2020-12) as pretty text with a newline at its end; it is
// docs/journal.schema.json.
std::string schema_json();

}  // namespace journal
