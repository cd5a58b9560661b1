// Backups made by code: a bbolt file as etcd writes it, and an archive of the static pods.
// Invariant: what is made without further words is a backup without defects.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/digest.hpp"
#include "tools/lib/backup/gzip.hpp"
#include "tools/lib/backup/verify.hpp"

namespace backup_bytes {

namespace fs = std::filesystem;

inline constexpr std::size_t kPage = 4096;
inline constexpr const char* kTime = "2026-11-23_101500";

template <class Number>
void put(std::string& bytes, std::size_t at, Number number) {
  std::memcpy(&bytes[at], &number, sizeof number);
}

// ---- the snapshot -------------------------------------------------------------------------------

using Bucket = std::map<std::string, std::string>;
using Buckets = std::map<std::string, Bucket>;

inline std::string leaf(std::uint64_t id, const Bucket& keys, std::uint32_t flags) {
  std::string page(16 + 16 * keys.size(), '\0');
  put(page, 0, id);
  put(page, 8, std::uint16_t{2});
  put(page, 10, static_cast<std::uint16_t>(keys.size()));
  std::size_t at = 16;
  for (const auto& [key, value] : keys) {
    put(page, at, flags);
    put(page, at + 4, static_cast<std::uint32_t>(page.size() - at));
    put(page, at + 8, static_cast<std::uint32_t>(key.size()));
    put(page, at + 12, static_cast<std::uint32_t>(value.size()));
    page += key + value;
    at += 16;
  }
  return page;
}

// Both meta pages, with their checksums made right.
inline void write_metas(std::string& bytes, std::uint64_t freelist) {
  for (std::uint64_t id = 0; id < 2; ++id) {
    const std::size_t at = id * kPage;
    put(bytes, at, id);
    put(bytes, at + 8, std::uint16_t{4});
    put(bytes, at + 16, std::uint32_t{0xED0CDAED});
    put(bytes, at + 20, std::uint32_t{2});
    put(bytes, at + 24, static_cast<std::uint32_t>(kPage));
    put(bytes, at + 32, std::uint64_t{2});
    put(bytes, at + 48, freelist);
    put(bytes, at + 56, std::uint64_t{bytes.size() / kPage});
    put(bytes, at + 64, 10 + id);
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (std::size_t i = at + 16; i < at + 72; ++i)
      hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
    put(bytes, at + 72, hash);
  }
}

// Without its trailer; every bucket within the root's page.
inline std::string database(const Buckets& buckets) {
  Bucket inline_buckets;
  for (const auto& [name, keys] : buckets)
    inline_buckets[name] = std::string(16, '\0') + leaf(0, keys, 0);
  std::string root = leaf(2, inline_buckets, 1);
  const std::size_t pages = (root.size() + kPage - 1) / kPage;
  put(root, 12, static_cast<std::uint32_t>(pages - 1));
  root.resize(pages * kPage);
  std::string bytes = std::string(2 * kPage, '\0') + root;
  write_metas(bytes, ~0ULL);
  return bytes;
}

inline std::string with_trailer(const std::string& bytes) {
  core::Sha256 digest;
  digest.update(bytes);
  return bytes + digest.bytes();
}

// A length-delimited field of protobuf.
inline std::string field(int number, const std::string& content) {
  std::string bytes(1, static_cast<char>(number << 3 | 2));
  std::size_t size = content.size();
  for (; size >= 128; size >>= 7) bytes += static_cast<char>((size & 127) | 128);
  return bytes + static_cast<char>(size) + content;
}

// A key of etcd's bucket `key`, and its value.
inline void store(Bucket& keys, char revision, const std::string& key, const std::string& value) {
  keys[std::string(7, '\0') + revision + "_" + std::string(8, '\0')] =
      field(1, key) + field(5, value);
}

// An etcdserverpb.AlarmMember.
inline std::string alarm(char member, char kind) {
  return std::string("\x08") + member + "\x10" + kind;
}

inline Buckets buckets_of(const std::string& release = "4.7.0") {
  Buckets buckets = {{"alarm", {}}, {"key", {}}, {"lease", {}}, {"meta", {}}};
  store(buckets["key"], 5, "/kubernetes.io/config.openshift.io/clusterversions/version",
        R"({"spec":{"clusterID":"id-1"},"status":{"desired":{"version":")" + release +
            R"("},"history":[{"state":"Completed","version":")" + release + R"("}]}})");
  return buckets;
}

// ---- the archive --------------------------------------------------------------------------------

using Entries = std::vector<std::pair<std::string, std::string>>;

// A record of a pax header: its length counts its own digits.
inline std::string pax(const std::string& key, const std::string& value) {
  const std::string rest = " " + key + "=" + value + "\n";
  std::size_t size = rest.size() + 1;
  while (std::to_string(size).size() + rest.size() != size) ++size;
  return std::to_string(size) + rest;
}

// A name "x:…" is that of a pax header, of the entry that follows.
inline std::string tar(const Entries& entries) {
  std::string bytes;
  for (const auto& [name, content] : entries) {
    std::string header(512, '\0');
    const auto at = [&](std::size_t offset, const std::string& text) {
      header.replace(offset, text.size(), text);
    };
    char size[12];
    std::snprintf(size, sizeof size, "%011zo", content.size());
    const bool is_pax = name.starts_with("x:");
    at(0, is_pax ? name.substr(2) : name);
    at(100, "0000600");
    at(124, size);
    at(148, "        ");
    at(156, is_pax ? "x" : name.ends_with("/") ? "5" : "0");
    at(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    char text[8];
    std::snprintf(text, sizeof text, "%06o", sum);
    at(148, text);
    header[154] = '\0';
    bytes += header + content + std::string((512 - content.size() % 512) % 512, '\0');
  }
  return bytes + std::string(1024, '\0');
}

inline Entries pods_of(const std::string& etcd_pod = "image: a\n", const std::string& before = "") {
  const std::string top = before + "static-pod-resources/";
  Entries entries = {{top + "etcd-pod-7/etcd-pod.yaml", etcd_pod}};
  for (const std::string pod : {"kube-apiserver", "kube-controller-manager", "kube-scheduler"})
    entries.emplace_back(top + pod + "-pod-7/" + pod + "-pod.yaml", "image: b\n");
  return entries;
}

// ---- both, in a directory that goes with the test -----------------------------------------------

class InDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/restorectl-backup-XXXXXX";
    dir = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(dir); }
  fs::path dir;
};

class Backups : public InDirectory {
 protected:
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(dir / name, std::ios::binary) << bytes;
  }
  backup::Proof verify(const std::string& snapshot, const std::string& archive) const {
    write(std::string("snapshot_") + kTime + ".db", snapshot);
    write(std::string("static_kuberesources_") + kTime + ".tar.gz", archive);
    return backup::verify(dir);
  }
  backup::Proof verify(const Buckets& buckets, const Entries& entries = pods_of()) const {
    return verify(with_trailer(database(buckets)), backup::gzipped(tar(entries)));
  }
  static std::vector<std::string> names(const backup::Proof& proof) {
    std::vector<std::string> names;
    for (const backup::Defect& defect : proof.defects) names.push_back(defect.name);
    return names;
  }
  static std::string words(const backup::Proof& proof) {
    return proof.defects.empty() ? "" : proof.defects.front().what();
  }
};

}  // namespace backup_bytes
