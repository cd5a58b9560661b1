// Ids that nobody else has. Invariant: what makes them unique comes from the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace restorectl {

// So many bytes from the kernel. Throws Failure where it gives none.
std::string random_bytes(std::size_t count);

// "20261123t101500123z-4f2a91c0": the time for people, four random bytes for uniqueness. With
// milliseconds, so that the order of ids is the order of runs.
std::string new_run_id(std::int64_t now_ms);

// "n-4f2a91c04f2a91c0", of a note.
std::string new_note_id();

}  // namespace restorectl
