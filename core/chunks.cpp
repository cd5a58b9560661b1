// Sets of chunks as ranges; see the header.
#include "core/chunks.hpp"

#include <algorithm>

namespace core {

void add_chunk(std::vector<FileChunks>& to, std::string_view file, std::uint64_t chunk) {
  if (has_chunk(to, file, chunk)) return;
  auto at =
      std::find_if(to.begin(), to.end(), [&](const auto& known) { return known.file == file; });
  if (at == to.end()) at = to.insert(to.end(), {std::string(file), {}});
  std::vector<ChunkRange>& ranges = at->ranges;
  auto next = std::find_if(ranges.begin(), ranges.end(),
                           [&](const ChunkRange& range) { return range.first > chunk; });
  const bool joins_next = next != ranges.end() && next->first == chunk + 1;
  const bool joins_previous = next != ranges.begin() && (next - 1)->last + 1 == chunk;
  if (joins_previous && joins_next) {
    (next - 1)->last = next->last;
    ranges.erase(next);
  } else if (joins_previous) {
    (next - 1)->last = chunk;
  } else if (joins_next) {
    next->first = chunk;
  } else {
    ranges.insert(next, {chunk, chunk});
  }
}

bool has_chunk(const std::vector<FileChunks>& in, std::string_view file, std::uint64_t chunk) {
  return std::any_of(in.begin(), in.end(), [&](const FileChunks& known) {
    return known.file == file &&
           std::any_of(known.ranges.begin(), known.ranges.end(), [&](const ChunkRange& range) {
             return range.first <= chunk && chunk <= range.last;
           });
  });
}

}  // namespace core
