// Choosing the pair and hashing it; see the header.
#include "tools/restorectl/backup_files.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <regex>
#include <set>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

std::string file_sha256(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure(Exit::input, fmt::format("cannot read {}", path.string()));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  std::string buffer(1 << 20, '\0');
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad())
    throw Failure(Exit::input, fmt::format("cannot read {} to its end", path.string()));
  unsigned char digest[32];
  EVP_DigestFinal_ex(context.get(), digest, nullptr);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

core::BackupFile describe(const fs::path& path) {
  const std::uint64_t size = fs::file_size(path);
  if (size == 0) throw Failure(Exit::input, fmt::format("{} is empty", path.string()));
  return {path.filename().string(), file_sha256(path), size};
}

}  // namespace

core::BackupManifest read_backup(const fs::path& directory) {
  static const std::regex snapshot("snapshot_([0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{6})\\.db");
  static const std::regex resources(
      "static_kuberesources_([0-9]{4}-[0-9]{2}-[0-9]{2}_[0-9]{6})\\.tar\\.gz");
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    throw Failure(Exit::input, fmt::format("the backup {} is not a directory", directory.string()));
  }
  std::set<std::string> snapshots;
  std::set<std::string> archives;
  std::string dirty;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    std::smatch match;
    if (name.find("__POSSIBLY_DIRTY__") != std::string::npos) dirty = name;
    if (std::regex_match(name, match, snapshot)) snapshots.insert(match[1]);
    if (std::regex_match(name, match, resources)) archives.insert(match[1]);
  }
  if (error)
    throw Failure(Exit::input,
                  fmt::format("cannot read {}: {}", directory.string(), error.message()));
  if (!dirty.empty()) {
    throw Failure(Exit::input,
                  fmt::format("{} in {} was taken with --force from a cluster that may have been "
                              "half-way through a change; use another backup",
                              core::printable(dirty), directory.string()));
  }
  if (snapshots.size() != 1 || archives.size() != 1 || snapshots != archives) {
    throw Failure(
        Exit::input,
        fmt::format(
            "{} must hold exactly one pair of the same time, snapshot_<time>.db and "
            "static_kuberesources_<time>.tar.gz; it has {} snapshot(s) [{}] and {} archive(s) "
            "[{}]. Put the pair that you want into a directory of its own",
            directory.string(), snapshots.size(), fmt::join(snapshots, ", "), archives.size(),
            fmt::join(archives, ", ")));
  }
  const std::string time = *snapshots.begin();
  const fs::path absolute = fs::absolute(directory).lexically_normal();
  return {absolute.string(),
          {describe(absolute / ("snapshot_" + time + ".db")),
           describe(absolute / ("static_kuberesources_" + time + ".tar.gz"))}};
}

}  // namespace restorectl
