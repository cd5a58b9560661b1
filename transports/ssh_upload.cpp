// One stream into `cat`, hashed on both sides; see the header.
#include "transports/ssh_upload.hpp"

#include <openssl/evp.h>

#include <cstdio>
#include <memory>

#include "core/shell_quote.hpp"

namespace transports {

using core::shell_quote;

namespace {

struct FileClose {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string hex_of(EVP_MD_CTX* context) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context, digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

}  // namespace

awaitable<UploadResult> upload(Shell& shell, std::string source, core::BackupFile file,
                               std::string directory, std::int64_t timeout_ms,
                               UploadProgress progress) {
  UploadResult result;
  const std::unique_ptr<std::FILE, FileClose> from(std::fopen(source.c_str(), "rb"));
  if (!from) {
    result.message = source + " cannot be read on the workstation";
    co_return result;
  }
  const std::unique_ptr<EVP_MD_CTX, DigestFree> digest(EVP_MD_CTX_new());
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);

  const std::string part = shell_quote(directory + "/." + file.name + ".part");
  const std::string name = shell_quote(directory + "/" + file.name);
  const std::string script = "umask 077\nset -e\nmkdir -p " + shell_quote(directory) + "\n[ ! -e " +
                             name + " ] || { cat > /dev/null; exit 0; }\ncat > " + part +
                             "\nsync " + part + "\nsha256sum < " + part + " | cut -d ' ' -f 1\n";
  ExecOptions options;
  options.timeout_ms = timeout_ms;
  options.input = [&](char* buffer, std::size_t size) {
    const std::size_t read = std::fread(buffer, 1, size, from.get());
    EVP_DigestUpdate(digest.get(), buffer, read);
    result.sent_bytes += read;
    if (progress) progress(result.sent_bytes);
    return read;
  };
  const ExecResult sent = co_await shell.exec(shell.as_root(script), std::move(options));
  if (!sent.exit_code) throw LinkFailure(false, "the copy's channel closed without an exit status");
  if (*sent.exit_code != 0) {
    result.message = "the host could not take it: " + sent.err;
    co_return result;
  }
  const std::string here = hex_of(digest.get());
  if (here != file.sha256) {
    result.message = source + " has changed since the start of the run";
    co_return result;
  }
  if (!sent.out.empty() && sent.out.substr(0, 64) != file.sha256) {
    result.message = "what arrived has another SHA-256: " + sent.out.substr(0, 64);
    co_return result;
  }
  if (!sent.out.empty()) {
    std::string rename =
        shell.as_root("mv -nT " + part + " " + name + " && sync " + shell_quote(directory));
    ExecOptions plain;
    const ExecResult named = co_await shell.exec(std::move(rename), std::move(plain));
    if (!named.exit_code)
      throw LinkFailure(false, "the rename's channel closed without an exit status");
    if (*named.exit_code != 0) {
      result.message = "the host could not name the file: " + named.err;
      co_return result;
    }
  }
  result.succeeded = true;
  co_return result;
}

}  // namespace transports
