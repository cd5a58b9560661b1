// Bundle: one file with a run's journal and what proves it, made by export, read offline anywhere.
// Invariant: reading one never trusts a name, a size or a digest that it did not check itself.
// docs/evidence.md has the format.
#pragma once

#include <filesystem>

#include "tools/postmortem/history.hpp"

namespace postmortem {

// As read_history() for a bundle: every digest of its manifest is checked, not only the chain.
ChainVerdict read_bundle(const std::filesystem::path& bundle, const Visitor& visitor);

}  // namespace postmortem
