// Reads LevelDB's log files (the log of facts, and the MANIFEST, which has the same format) on its
// own: LevelDB silently drops an unfinished end, as a crash in the middle of a write leaves it, and
// does not report the position of a damaged record. We report both.
// Invariant: reads only. The form is LevelDB's doc/log_format.md: blocks of 32 KiB, records of a
// seven-byte header (masked CRC-32C, length, type) and their bytes.
#pragma once

#include <cstdint>
#include <filesystem>

namespace journal {

enum class LogEnd {
  clean,
  torn,     // it ends within a record, or in zeroes: as a crash leaves it
  damaged,  // a record is not what was written; only found when checksums are asked for
};

struct LogScan {
  LogEnd end = LogEnd::clean;
  std::uint64_t at = 0;             // the byte where the torn or damaged record begins
  std::uint64_t last_sequence = 0;  // LevelDB's number of the last whole write before it, 0: none
};

// A file that cannot be read counts as clean: LevelDB reports a missing one.
LogScan scan_log(const std::filesystem::path& path, bool check_checksums);

// The log with the highest number ("db/000003.log"), and the
// MANIFEST that CURRENT names. Empty if there is none.
std::filesystem::path newest_log(const std::filesystem::path& database);
std::filesystem::path current_manifest(const std::filesystem::path& database);

}  // namespace journal
