// Chunks: the pieces in which a file is copied, and which of them have arrived. Invariant: ranges
// are sorted and never touch, so equal sets are equal values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace core {

// A cut connection costs at most one chunk. Smaller ones would cost a host more in processes, of
// which each chunk takes three, than a cut does in bytes.
inline constexpr std::uint64_t kChunkBytes = 16U << 20;

// How many chunks a file has; the last may be short.
constexpr std::uint64_t chunk_count(std::uint64_t size_bytes) {
  return (size_bytes + kChunkBytes - 1) / kChunkBytes;
}

struct ChunkRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // included
  bool operator==(const ChunkRange&) const = default;
};

// The chunks of a file that a host has, their digests compared.
struct FileChunks {
  std::string file;
  std::vector<ChunkRange> ranges;
  bool operator==(const FileChunks&) const = default;
};

// Adds a chunk; one that is there already changes nothing.
void add_chunk(std::vector<FileChunks>& to, std::string_view file, std::uint64_t chunk);
bool has_chunk(const std::vector<FileChunks>& in, std::string_view file, std::uint64_t chunk);

}  // namespace core
