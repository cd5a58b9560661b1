// A proof as one line of JSON: what restorectl-prover prints on a host, and restorectl reads on
// the workstation. Invariant: what is read is hostile until it was read. It is bounded, has exactly
// the fields that are written here, each of its kind, and every text in it is valid UTF-8; the
// directory and the files' names are never the host's word.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tools/lib/backup/verify.hpp"

namespace backup {

inline constexpr std::size_t kProofBytesMax = 8U << 20;

// It is no proof; the words say where.
struct BadProof : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Without its directory. Longer texts than a reader takes are cut.
std::string proof_text(const Proof& proof);

// The proof of a backup that lies in this directory of a host. Throws BadProof.
Proof read_proof(std::string_view text, const std::filesystem::path& directory);

}  // namespace backup
