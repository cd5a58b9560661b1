// The inventory's YAML file. Invariant: what cannot be used is refused
// with the file's name, the line and what was expected; an unknown key
// is refused too, since a misspelt key must not be ignored.
#pragma once

#include <filesystem>

#include "core/inventory.hpp"

namespace restorectl {

// Reads and validates. Relative paths in it are taken
// from the file's folder. Throws Failure.
core::Inventory read_inventory(const std::filesystem::path& path);

// The same of a text, as if it stood in a file at `path`.
core::Inventory parse_inventory(const std::string& text, const std::filesystem::path& path);

}  // namespace restorectl
