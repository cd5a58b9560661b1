// Sending by offset, and fetching; see the header.
#include "transports/host/journal_copy.hpp"

#include <openssl/evp.h>

#include <charconv>
#include <fstream>
#include <memory>

#include "core/shell_quote.hpp"

namespace transports {

using core::shell_quote;

namespace {

constexpr std::size_t kCopyBytesMax = 512U << 20;
constexpr std::int64_t kTransferTimeoutMs = 600'000;

std::string sha256_of(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[digest[i] >> 4];
    hex += "0123456789abcdef"[digest[i] & 15];
  }
  return hex;
}

// Only whole lines: half a one is completed or cut off by the journal itself.
std::string whole_lines(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  return text;
}

void require_end(const ExecResult& result, const std::string& what) {
  if (result.exit_code == 0) return;
  throw LinkFailure(
      false, what + ": " +
                 (result.exit_code ? "code " + std::to_string(*result.exit_code) + ", " + result.err
                                   : "the channel closed without an exit status"));
}

}  // namespace

awaitable<void> push_journal(Shell& shell, core::Ownership owner, std::string lines,
                             std::string state) {
  const std::string text = whole_lines(lines);
  const std::string directory = state + "/" + owner.run_id;
  const std::string path =
      directory + "/journal." + std::to_string(owner.epoch) + "-" + owner.driver + ".jsonl";
  const std::string file = "file=" + shell_quote(path) + " dir=" + shell_quote(directory) + "\n";
  const std::string ask = "umask 077\n" + file +
                          "mkdir -p \"$dir\" && : >> \"$file\" || exit 1\n"
                          "stat -c %s \"$file\" && sha256sum < \"$file\" | cut -d ' ' -f 1\n";
  ExecOptions asking;
  asking.out_bytes_max = 256;
  const ExecResult has = co_await shell.exec(shell.as_root(ask), std::move(asking));
  require_end(has, "the journal's copy on the host cannot be written");
  std::size_t have = 0;
  std::from_chars(has.out.data(), has.out.data() + has.out.size(), have);
  // Of a copy that is longer, the digest is another one too.
  const std::string digest = sha256_of(std::string_view(text).substr(0, have));
  if (has.out.find(digest) == std::string::npos) {
    throw LinkFailure(true,
                      "the copy of the journal on the host, " + path +
                          ", is no beginning of the journal here: facts were lost here, or the "
                          "copy was altered. `restorectl journal recover` takes the host's");
  }
  if (have == text.size()) co_return;
  // By offset, so that a write that comes late or twice puts the same bytes in the same place.
  const std::string put = file + "dd of=\"$file\" bs=65536 iflag=fullblock oflag=seek_bytes seek=" +
                          std::to_string(have) +
                          " conv=notrunc,fsync status=none && sync \"$dir\"\n";
  ExecOptions sending;
  sending.timeout_ms = kTransferTimeoutMs;
  std::size_t at = have;
  sending.input = [&](char* buffer, std::size_t size) {
    const std::size_t piece = text.copy(buffer, size, at);
    at += piece;
    return std::optional(piece);
  };
  const ExecResult sent = co_await shell.exec(shell.as_root(put), std::move(sending));
  require_end(sent, "the journal's copy on the host cannot be written");
}

awaitable<std::vector<JournalCopy>> fetch_journals(Shell& shell, std::string run_id,
                                                   std::string state) {
  const std::string directory = state + "/" + run_id;
  const std::string list = "cd " + shell_quote(directory) +
                           " 2>/dev/null || exit 0\nls journal.*.jsonl 2>/dev/null; exit 0\n";
  const ExecResult names = co_await shell.exec(shell.as_root(list), ExecOptions{});
  require_end(names, "the copies of the journal cannot be listed");
  std::vector<JournalCopy> copies;
  std::size_t from = 0;
  while (from < names.out.size()) {
    const std::size_t end = std::min(names.out.find('\n', from), names.out.size());
    JournalCopy copy{names.out.substr(from, end - from), {}};
    from = end + 1;
    ExecOptions options;
    options.out_bytes_max = kCopyBytesMax;
    options.timeout_ms = kTransferTimeoutMs;
    std::string read = "cat " + shell_quote(directory + "/" + copy.name);
    ExecResult bytes = co_await shell.exec(shell.as_root(read), std::move(options));
    require_end(bytes, copy.name + " cannot be read");
    copy.bytes = std::move(bytes.out);
    copies.push_back(std::move(copy));
  }
  co_return copies;
}

}  // namespace transports
