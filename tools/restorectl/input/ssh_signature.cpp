// ssh-keygen as a child; see the header.
#include "tools/restorectl/input/ssh_signature.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kWordsMax = 400;

// A directory of ours alone, gone with the block.
class Workplace {
 public:
  Workplace() {
    std::string name = (fs::temp_directory_path() / "restorectl-sign-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Failure(Code::file_not_written,
                    "cannot make a directory below " + fs::temp_directory_path().string());
    path_ = name;
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path write(const char* name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  std::string read(const char* name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Ended {
  int code = 127;
  std::string words;
};

// Opens a file as one of the child's descriptors.
void redirect(posix_spawn_file_actions_t* actions, int fd, const fs::path& file, int flags) {
  ::posix_spawn_file_actions_addopen(actions, fd, file.c_str(), flags, 0600);
}

// With a file as its standard input, and nobody to ask for a passphrase.
Ended ssh_keygen(const Workplace& place, const fs::path& input, std::vector<std::string> words) {
  words.insert(words.begin(), "ssh-keygen");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> with;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("SSH_ASKPASS")) with.push_back(*entry);
  std::string nobody = "SSH_ASKPASS=/bin/false";
  std::string always = "SSH_ASKPASS_REQUIRE=force";
  with.insert(with.end(), {nobody.data(), always.data(), nullptr});

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  redirect(&actions, STDIN_FILENO, input, O_RDONLY);
  redirect(&actions, STDOUT_FILENO, place.path() / "words", O_WRONLY | O_CREAT | O_TRUNC);
  redirect(&actions, STDERR_FILENO, place.path() / "errors", O_WRONLY | O_CREAT | O_TRUNC);
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, "ssh-keygen", &actions, nullptr, argv.data(), with.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {127, std::string("ssh-keygen cannot be run: ") + std::strerror(failed)};
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  Ended ended{WIFEXITED(status) ? WEXITSTATUS(status) : 127,
              place.read("words") + place.read("errors")};
  if (ended.words.size() > kWordsMax) ended.words.resize(kWordsMax);
  while (ended.words.ends_with('\n')) ended.words.pop_back();
  return ended;
}

std::string first_line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line.substr(0, 16'384);
}

}  // namespace

fs::path default_key() {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return {};
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    const fs::path key = fs::path(home) / ".ssh" / name;
    std::error_code error;
    if (fs::exists(key, error)) return key;
    if (fs::exists(key.string() + ".pub", error)) return key.string() + ".pub";
  }
  return {};
}

Signed sign(const std::string& text, const fs::path& key) {
  const Workplace place;
  const fs::path file = place.write("manifest.json", text);
  const Ended ended = ssh_keygen(place, "/dev/null",
                                 {"-Y", "sign", "-q", "-n", kSignatureNamespace, "-f",
                                  fs::absolute(key).string(), file.string()});
  Signed made;
  made.signature = place.read("manifest.json.sig");
  if (ended.code != 0 || made.signature.empty()) return {"", "", ended.words};
  // The public key, from beside the private one or from that one itself.
  std::string pub = key.extension() == ".pub" ? key.string() : key.string() + ".pub";
  made.signer = first_line_of(pub);
  if (made.signer.empty()) {
    const Ended shown = ssh_keygen(place, "/dev/null", {"-y", "-f", fs::absolute(key).string()});
    if (shown.code == 0) made.signer = shown.words;
  }
  if (made.signer.empty()) return {"", "", "there is no public key beside " + key.string()};
  made.signer += "\n";
  return made;
}

Checked check_signature(const std::string& text, const std::string& signature, const Trust& trust) {
  const Workplace place;
  const fs::path signature_file = place.write("manifest.json.sig", signature);
  const fs::path input = place.write("manifest.json", text);
  std::vector<std::string> words = {"-Y", "check-novalidate",     "-n", kSignatureNamespace,
                                    "-s", signature_file.string()};
  fs::path signers = trust.allowed_signers;
  std::string identity = trust.identity;
  if (!trust.key.empty()) {
    const std::string line = first_line_of(trust.key);
    if (line.empty())
      throw Failure(Code::no_public_key, fmt::format("there is no public key in {}",
                                                     core::printable(trust.key.string())));
    signers = place.write("allowed_signers", "operator namespaces=\"restorectl\" " + line + "\n");
    identity = "operator";
  }
  if (!signers.empty()) {
    std::error_code error;
    if (!fs::exists(signers, error))
      throw Failure(Code::file_not_read,
                    fmt::format("there is no file {}", core::printable(signers.string())));
    words[1] = "verify";
    words.insert(words.end(), {"-f", fs::absolute(signers).string(), "-I", identity});
  }
  const Ended ended = ssh_keygen(place, input, words);
  return {ended.code == 0, ended.words};
}

}  // namespace restorectl
