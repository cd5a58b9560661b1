// The JSON Schema of a line, made from the field lists that the codec writes and reads by.
// Invariant: every fact, intent and field that a line can have is in it automatically. It describes
// what a reader accepts: unknown or missing fields are allowed where decode() allows them.
#pragma once

#include <string>

namespace journal {

// Returns the schema (JSON Schema 2020-12) as pretty text with a newline at its end; it is
// docs/journal.schema.json.
std::string schema_json();

}  // namespace journal
