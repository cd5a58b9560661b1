// SHA-256: at once, in pieces, and in the midst.
#include "core/digest.hpp"

#include <gtest/gtest.h>

TEST(Digest, IsTheStandardsAtOnceAndInPieces) {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(core::sha256_hex("abc"), abc);
  EXPECT_EQ(core::sha256_hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  core::Sha256 digest;
  digest.update("a");
  EXPECT_EQ(digest.hex(), core::sha256_hex("a")) << "more may come afterwards";
  core::Sha256 copy(digest);
  copy.update("c");
  EXPECT_EQ(copy.hex(), core::sha256_hex("ac"));
  digest.update("bc");
  EXPECT_EQ(digest.hex(), abc);
  EXPECT_EQ(digest.bytes().size(), 32u);
}
