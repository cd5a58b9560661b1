// A file that is written whole or not at all. Invariant: its name appears, or changes what it
// names, when all bytes are synced; it is the user's alone (0600); another file of that name is
// untouched until then.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace restorectl {

class NewFile {
 public:
  // Begins it, beside its name. Throws Failure, as all the others do.
  explicit NewFile(std::filesystem::path path);
  // What was begun and not finished is removed.
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(std::string_view bytes);
  // Syncs it, gives it its name and syncs that.
  void finish();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::string part_;
  int fd_ = -1;
};

// The three of them at once.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace restorectl
