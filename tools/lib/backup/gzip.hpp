// A gzip file's content, piece by piece. Invariant: its end is reached only when the checksums and
// lengths of all its members held; never more than `bytes_max` are given.
#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "tools/lib/backup/file.hpp"

namespace backup {

class Gzip {
 public:
  Gzip(const File& file, std::uint64_t bytes_max);
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // The next piece, valid until the next call; empty at the end. Throws Defect.
  std::string_view next();

  std::uint64_t given() const { return given_; }
  // SHA-256 of the compressed file. REQUIRES: the end was reached.
  std::string file_sha256() const { return digest_.hex(); }

 private:
  void refill();

  const File& file_;
  const std::uint64_t bytes_max_;
  z_stream stream_{};
  core::Sha256 digest_;
  std::string in_;
  std::string out_;
  std::uint64_t read_ = 0;
  std::uint64_t given_ = 0;
  bool member_ended_ = false;
};

// The other way round: one member. Throws std::bad_alloc.
std::string gzipped(std::string_view bytes);

}  // namespace backup
