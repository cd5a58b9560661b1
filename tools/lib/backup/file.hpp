// A file that is read at offsets, in bounded pieces. Invariant: a read gives exactly what was asked
// for, or it throws; several threads may read one File.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace backup {

class File {
 public:
  // Opens a plain file for reading; throws Defect "unreadable" where it is none or cannot be read.
  explicit File(const std::filesystem::path& path);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  // Fills the buffer with the bytes at `offset`. REQUIRES: offset + size <= this->size(). Throws
  // Defect "unreadable" where the disk fails or the file has become shorter meanwhile.
  void read(std::uint64_t offset, void* buffer, std::size_t size) const;

 private:
  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace backup
