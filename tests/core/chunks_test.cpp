// Which chunks have arrived: ranges beside a plain set.
#include "core/chunks.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

using core::ChunkRange;
using core::FileChunks;

TEST(Chunks, RangesSayTheSameAsASetWhateverTheOrder) {
  std::mt19937 dice(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<FileChunks> ranges;
    std::set<std::uint64_t> set;
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t chunk = dice() % 40;
      core::add_chunk(ranges, "a", chunk);
      set.insert(chunk);
      std::uint64_t previous_last = 0;
      bool first = true;
      for (const ChunkRange& range : ranges.at(0).ranges) {
        ASSERT_LE(range.first, range.last);
        ASSERT_TRUE(first || range.first > previous_last + 1) << "ranges touch or overlap";
        previous_last = range.last;
        first = false;
      }
      for (std::uint64_t at = 0; at < 40; ++at)
        ASSERT_EQ(core::has_chunk(ranges, "a", at), set.contains(at)) << at;
    }
  }
}

TEST(Chunks, EachFileHasItsOwn) {
  std::vector<FileChunks> ranges;
  core::add_chunk(ranges, "b", 3);
  EXPECT_TRUE(core::has_chunk(ranges, "b", 3));
  EXPECT_FALSE(core::has_chunk(ranges, "a", 3));
  core::add_chunk(ranges, "a", 0);
  core::add_chunk(ranges, "b", 2);
  EXPECT_EQ(ranges, (std::vector<FileChunks>{{"b", {{2, 3}}}, {"a", {{0, 0}}}}));
}

TEST(Chunks, AFileOfOneByteMoreHasOneChunkMore) {
  EXPECT_EQ(core::chunk_count(0), 0u);
  EXPECT_EQ(core::chunk_count(1), 1u);
  EXPECT_EQ(core::chunk_count(core::kChunkBytes), 1u);
  EXPECT_EQ(core::chunk_count(core::kChunkBytes + 1), 2u);
}
