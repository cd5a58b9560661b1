// The digests of a file's chunks. Invariant: the chunks cover all of the file's bytes, so files
// whose digests are all equal are equal.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace transports {

// Returns the SHA-256 of each chunk (core/chunks.hpp) as 64 hex digits, computed on as many threads
// as there are processors. Adds what was read to `bytes_read`, where that is not null. Throws
// std::system_error where the file cannot be read.
std::vector<std::string> chunk_digests(const std::filesystem::path& file,
                                       std::atomic<std::uint64_t>* bytes_read = nullptr);

// The digest of one chunk; empty where it cannot be read.
std::string chunk_digest(int fd, std::uint64_t chunk, std::atomic<std::uint64_t>* bytes_read);

}  // namespace transports
