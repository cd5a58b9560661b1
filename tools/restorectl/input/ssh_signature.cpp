// ssh-keygen as a child; see the header.
#include "tools/restorectl/input/ssh_signature.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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
#include "tools/restorectl/state/child.hpp"
#include "tools/restorectl/state/descriptor.hpp"

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
                    "cannot create a directory in " + fs::temp_directory_path().string());
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

// With a file as its standard input, and nobody to ask for a passphrase.
Ended ssh_keygen(const Workplace& place, const fs::path& input, std::vector<std::string> words) {
  words.insert(words.begin(), "ssh-keygen");
  const auto made = [&place](const char* name) {
    return Descriptor(
        ::open((place.path() / name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  };
  const Descriptor from(::open(input.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor output = made("words");
  const Descriptor errors = made("errors");
  pid_t pid = 0;
  const int failed = start_child(
      {"ssh-keygen", std::move(words),
       environment_with({{"SSH_ASKPASS", "/bin/false"}, {"SSH_ASKPASS_REQUIRE", "force"}}),
       from.get(), output.get(), errors.get()},
      &pid);
  if (failed != 0) return {127, std::string("cannot run ssh-keygen: ") + std::strerror(failed)};
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
  if (made.signer.empty()) return {"", "", "no public key next to " + key.string()};
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
      throw Failure(Code::no_public_key,
                    fmt::format("no public key in {}", core::printable(trust.key.string())));
    signers = place.write("allowed_signers", "operator namespaces=\"restorectl\" " + line + "\n");
    identity = "operator";
  }
  if (!signers.empty()) {
    std::error_code error;
    if (!fs::exists(signers, error))
      throw Failure(Code::file_not_read,
                    fmt::format("no such file: {}", core::printable(signers.string())));
    words[1] = "verify";
    words.insert(words.end(), {"-f", fs::absolute(signers).string(), "-I", identity});
  }
  const Ended ended = ssh_keygen(place, input, words);
  return {ended.code == 0, ended.words};
}

}  // namespace restorectl
