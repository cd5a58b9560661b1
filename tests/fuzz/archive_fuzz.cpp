// An archive of static pods: it is refused by a name, or every entry of it may be unpacked by root.
// Inputs that begin with 't' are a tar that is compressed first; others are the file as it is.
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/lib/backup/archive.hpp"

namespace {

std::string compressed(std::string_view tar) {
  z_stream stream{};
  fuzz::require(deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK,
                "zlib");
  std::string out(deflateBound(&stream, static_cast<uLong>(tar.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(tar.data()));
  stream.avail_in = static_cast<uInt>(tar.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  fuzz::require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "it fits");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string bytes = data[0] == 't' ? compressed(input) : std::string(input);
  const int file = ::memfd_create("archive", MFD_CLOEXEC);
  fuzz::require(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                "a file of these bytes");
  const backup::ArchiveReading reading =
      backup::read_archive("/proc/self/fd/" + std::to_string(file));
  ::close(file);

  for (const backup::Defect& defect : reading.defects)
    fuzz::require(fuzz::is_harmless(core::printable(defect.what())), "the words can be printed");
  for (const auto& [name, pod] : reading.facts.pods) {
    fuzz::require(fuzz::is_harmless(pod.version), "a version can be printed");
    for (const std::string& image : pod.images)
      fuzz::require(fuzz::is_harmless(image) && !image.empty(), "an image can be printed");
  }
  if (!reading.defects.empty()) return 0;
  fuzz::require(reading.facts.pods.size() == 4, "the four pods and no others");
  for (const auto& [name, pod] : reading.facts.pods)
    fuzz::require(pod.has_manifest && !pod.revision.empty(), "each has its manifest");
  fuzz::require(reading.facts.unpacked_bytes <= backup::kUnpackedBytesMax, "bounded");
  return 0;
}
