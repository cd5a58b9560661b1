// The tables and steps as text: for the digest that journals pin, and for the docs. Invariant:
// everything here is printed from the rows and steps that run, so it cannot be out of date.
#pragma once

#include <string>

namespace states {

// All tables and steps, one line each, stable between builds. A journal pins its SHA-256.
std::string tables_text();

// docs/diagrams.md: each machine as a Mermaid diagram.
std::string diagrams_markdown();

// The table of steps in docs/procedure.md.
std::string steps_markdown();

}  // namespace states
