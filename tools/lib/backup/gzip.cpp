// zlib checks each member's CRC-32 and length; see the header.
#include "tools/lib/backup/gzip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "tools/lib/backup/defect.hpp"

namespace backup {

namespace {
constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kInBytes = 64U << 10;
constexpr std::size_t kOutBytes = 256U << 10;
}  // namespace

Gzip::Gzip(const File& file, std::uint64_t bytes_max)
    : file_(file), bytes_max_(bytes_max), in_(kInBytes, '\0'), out_(kOutBytes, '\0') {
  if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

Gzip::~Gzip() { inflateEnd(&stream_); }

void Gzip::refill() {
  const std::size_t size =
      static_cast<std::size_t>(std::min<std::uint64_t>(kInBytes, file_.size() - read_));
  file_.read(read_, in_.data(), size);
  digest_.update(std::string_view(in_).substr(0, size));
  read_ += size;
  stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
  stream_.avail_in = static_cast<uInt>(size);
}

std::string_view Gzip::next() {
  stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
  stream_.avail_out = static_cast<uInt>(out_.size());
  while (stream_.avail_out > 0) {
    if (stream_.avail_in == 0 && read_ < file_.size()) refill();
    if (stream_.avail_in == 0) {
      if (member_ended_) break;
      throw Defect("archive-cut-short",
                   fmt::format("{} is truncated: the gzip stream has no end", file_.path()));
    }
    // What follows a member must be another one: gzip(1) would only warn of anything else.
    if (member_ended_) inflateReset(&stream_);
    const int said = inflate(&stream_, Z_NO_FLUSH);
    member_ended_ = said == Z_STREAM_END;
    if (said != Z_OK && said != Z_STREAM_END) {
      throw Defect("archive-broken",
                   fmt::format("{} is not a complete gzip file: {}", file_.path(),
                               stream_.msg != nullptr ? stream_.msg : "decompression failed"));
    }
  }
  const std::size_t size = out_.size() - stream_.avail_out;
  given_ += size;
  if (given_ > bytes_max_) {
    throw Defect("archive-bomb",
                 fmt::format("{} unpacks to more than {} MiB; a real backup has a few MiB",
                             file_.path(), bytes_max_ >> 20));
  }
  return std::string_view(out_).substr(0, size);
}

std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  // There is room for all of it, so one call ends it.
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace backup
