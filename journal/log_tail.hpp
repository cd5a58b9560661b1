// Does LevelDB's newest log end in the middle of a record? LevelDB drops such a tail without a word,
// since it is what a crash in the middle of a write leaves; we want to say so.
// Invariant: reads only. The format is LevelDB's doc/log_format.md: blocks of 32 KiB, records of a
// seven-byte header (checksum, length, type) and their bytes.
#pragma once

#include <filesystem>

namespace journal {

bool log_ends_torn(const std::filesystem::path& database);

}  // namespace journal
