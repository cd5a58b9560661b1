// Snapshots and archives that no cluster here would make: told from good ones by their content
// alone.
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/digest.hpp"
#include "tests/tools/backup_bytes.hpp"
#include "tools/lib/backup/archive.hpp"
#include "tools/lib/backup/key_space.hpp"
#include "tools/lib/backup/snapshot.hpp"

namespace fs = std::filesystem;

namespace {

using backup_bytes::kPage;
using backup_bytes::put;

std::string bytes_of(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// A real snapshot of etcd 3.4 without its trailer; the fuzzers begin with it too.
std::string real_database() {
  return bytes_of(fs::path(RESTORECTL_TOP) / "tests/fuzz/corpus/snapshot/branches");
}

std::uint64_t number_at(const std::string& bytes, std::size_t at) {
  std::uint64_t number = 0;
  std::memcpy(&number, &bytes[at], sizeof number);
  return number;
}

class Snapshots : public backup_bytes::InDirectory {
 protected:
  // Both meta pages and the trailer made right for these bytes; then read.
  backup::SnapshotReading read(std::string bytes) {
    for (const std::size_t meta : {std::size_t{16}, kPage + 16}) {
      std::uint64_t hash = 0xcbf29ce484222325ULL;
      for (std::size_t i = 0; i < 56; ++i) {
        hash ^= static_cast<unsigned char>(bytes[meta + i]);
        hash *= 0x100000001b3ULL;
      }
      put(bytes, meta + 56, hash);
    }
    core::Sha256 digest;
    digest.update(bytes);
    std::ofstream(dir / "snapshot.db", std::ios::binary) << bytes << digest.bytes();
    return backup::read_snapshot(dir / "snapshot.db");
  }

  // The database with one more page, which lists these pages as free.
  static std::string with_freelist(std::string bytes, const std::vector<std::uint64_t>& free,
                                   bool long_form) {
    const std::uint64_t page = bytes.size() / kPage;
    std::string list(kPage, '\0');
    put(list, 0, page);
    put(list, 8, std::uint16_t{16});
    put(list, 10, long_form ? std::uint16_t{0xFFFF} : static_cast<std::uint16_t>(free.size()));
    std::size_t at = 16;
    if (long_form) {
      put(list, at, std::uint64_t{free.size()});
      at += 8;
    }
    for (const std::uint64_t id : free) {
      put(list, at, id);
      at += 8;
    }
    for (const std::size_t meta : {std::size_t{16}, kPage + 16}) {
      put(bytes, meta + 32, page);
      put(bytes, meta + 40, page + 1);
    }
    return bytes + list;
  }
};

}  // namespace

TEST_F(Snapshots, ARealOneIsReadWithItsNodesAndVersion) {
  const backup::SnapshotReading reading = read(real_database());
  ASSERT_TRUE(reading.defects.empty()) << reading.defects.front().what();
  EXPECT_EQ(reading.facts.version.desired, "4.7.0-0.okd-2021-03-28-152009");
  EXPECT_EQ(reading.facts.infrastructure_name, "prod-x7k2p");
  ASSERT_EQ(reading.facts.nodes.size(), 4u);
  EXPECT_EQ(reading.facts.nodes[1],
            (backup::NodeFacts{"master-1", {"192.0.2.12", "master-1"}, true}));
  EXPECT_FALSE(reading.facts.encrypted);
}

// etcd since 3.4 lists no free pages; a database of another making may, and then each page is used
// or free. Which are free the reader itself tells, one after another, until it has no complaint.
TEST_F(Snapshots, WhereFreePagesAreListedEachPageIsUsedOrFreeAndNotBoth) {
  const std::string database = real_database();
  std::vector<std::uint64_t> free;
  backup::SnapshotReading reading = read(with_freelist(database, free, false));
  while (!reading.defects.empty() && free.size() < database.size() / kPage) {
    const std::string words = reading.defects.front().what();
    ASSERT_NE(words.find("is neither in use nor free"), std::string::npos) << words;
    ASSERT_NE(words.find("take a new snapshot of that"), std::string::npos) << words;
    free.push_back(std::stoull(words.substr(words.find("page ") + 5)));
    reading = read(with_freelist(database, free, false));
  }
  ASSERT_TRUE(reading.defects.empty()) << reading.defects.front().what();
  ASSERT_FALSE(free.empty());
  EXPECT_TRUE(read(with_freelist(database, free, true)).defects.empty());

  std::vector<std::uint64_t> with_a_used_one = free;
  with_a_used_one.push_back(number_at(database, 16 + 16));  // the root bucket's page
  reading = read(with_freelist(database, with_a_used_one, false));
  ASSERT_EQ(reading.defects.size(), 1u);
  EXPECT_NE(std::string(reading.defects.front().what()).find("in use and listed as free"),
            std::string::npos);

  std::string too_many = with_freelist(database, free, true);
  put(too_many, database.size() + 16, ~std::uint64_t{0} / 8);
  reading = read(too_many);
  ASSERT_EQ(reading.defects.size(), 1u);
  EXPECT_NE(std::string(reading.defects.front().what()).find("more than it can hold"),
            std::string::npos);
}

TEST(KeySpace, OfManyRevisionsTheNewestCountsInWhateverOrderTheyCome) {
  const auto revision = [](char main, bool deleted) {
    return std::string(7, '\0') + main + "_" + std::string(8, '\0') + (deleted ? "t" : "");
  };
  const auto entry = [](const std::string& key, const std::string& value) {
    return std::string("\x0a") + static_cast<char>(key.size()) + key + "\x2a" +
           static_cast<char>(value.size()) + value;
  };
  const std::string name = "/kubernetes.io/minions/";
  backup::KeySpace keys;
  keys.add("key", revision(9, false),
           entry(name + "a",
                 "{\"status\":{\"addresses\":[{\"address\":"
                 "\"192.0.2.9\"}]}}"));
  keys.add("key", revision(4, false), entry(name + "a", "{}"));
  keys.add("key", revision(8, true), entry(name + "b", ""));
  keys.add("key", revision(3, false), entry(name + "b", "{}"));
  keys.add("lease", "x", "y");
  backup::SnapshotFacts facts;
  keys.tell(facts);
  EXPECT_EQ(facts.revision, 9);
  EXPECT_EQ(facts.keys, 5u);
  ASSERT_EQ(facts.nodes.size(), 1u);  // b was deleted later than it was written
  EXPECT_EQ(facts.nodes[0], (backup::NodeFacts{"a", {"192.0.2.9"}, false}));
  EXPECT_THROW(keys.add("key", "short", ""), backup::Defect);
  EXPECT_THROW(keys.add("key", revision(9, false), "\xff"), backup::Defect);
}

TEST(Objects, WhatCannotBeReadIsLeftEmpty) {
  EXPECT_TRUE(backup::read_node("{\"metadata\":{\"labels\":{\"node-role.kubernetes.io/"
                                "control-plane\":\"\"}}}")
                  .control_plane);
  EXPECT_EQ(backup::read_node("no node"), backup::NodeFacts{});
  EXPECT_EQ(backup::read_node(std::string_view("k8s\0\xff\xff\xff", 7)), backup::NodeFacts{});
  EXPECT_EQ(backup::read_cluster_version("{\"status\":{\"desired\":{\"version\":7}}}"),
            backup::VersionFacts{});
  EXPECT_EQ(
      backup::read_cluster_version(
          "{\"status\":{\"desired\":{\"version\":\"4.8.2\"},\"history\":[{\"state\":\"Partial\","
          "\"version\":\"4.8.2\"},{\"state\":\"Completed\",\"version\":\"4.8.1\"}]}}")
          .completed,
      "4.8.1");
}

// A search that recurses as deep as a word is long would end here.
TEST(Archives, AWordOfAMegabyteBehindImageIsCutAndNothingElse) {
  const std::string path = "/tmp/restorectl-archive-" + std::to_string(::getpid()) + ".tar.gz";
  std::string tar;
  for (const std::string pod :
       {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}) {
    const std::string content = "image: " + std::string(1 << 20, 'a') + "\n";
    std::string header(512, '\0');
    const auto at = [&](std::size_t offset, const std::string& text) {
      header.replace(offset, text.size(), text);
    };
    at(0, "static-pod-resources/" + pod + "-pod-7/" + pod + "-pod.yaml");
    char size[12];
    std::snprintf(size, sizeof size, "%011zo", content.size());
    at(100, "0000600");
    at(124, size);
    at(148, "        ");
    at(156, "0");
    at(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    at(148, text);
    header[154] = '\0';
    tar += header + content + std::string((512 - content.size() % 512) % 512, '\0');
  }
  tar += std::string(1024, '\0');
  gzFile file = ::gzopen(path.c_str(), "wb1");
  ASSERT_EQ(::gzwrite(file, tar.data(), static_cast<unsigned>(tar.size())),
            static_cast<int>(tar.size()));
  ::gzclose(file);
  const backup::ArchiveReading reading = backup::read_archive(path);
  ASSERT_TRUE(reading.defects.empty()) << reading.defects.front().what();
  EXPECT_EQ(reading.facts.pods.at("etcd").images, (std::set<std::string>{std::string(200, 'a')}));
  fs::remove(path);
}
