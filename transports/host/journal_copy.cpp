// Sending by offset, and fetching; see the header.
#include "transports/host/journal_copy.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "core/shell_quote.hpp"
#include "transports/scripts.hpp"

namespace transports {

namespace {

void require_end(const ExecResult& result, const std::string& what) {
  if (result.exit_code == 0) return;
  throw LinkFailure(
      false,
      what + ": " +
          (result.exit_code ? "exit code " + std::to_string(*result.exit_code) + ": " + result.err
                            : "the channel closed without an exit status"));
}

}  // namespace

JournalCopies::JournalCopies(core::Ownership owner, std::string lines, std::string state)
    : owner_(std::move(owner)),
      lines_(std::move(lines)),
      directory_(state + "/" + owner_.run_id),
      path_(directory_ + "/journal." + std::to_string(owner_.epoch) + "-" + owner_.driver +
            ".jsonl") {}

std::string JournalCopies::read_from(std::uint64_t offset, std::uint64_t size_max) {
  std::ifstream file(lines_, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  std::string bytes;
  char piece[65'536];
  while (file && bytes.size() < size_max) {
    file.read(piece, static_cast<std::streamsize>(
                         std::min<std::uint64_t>(sizeof piece, size_max - bytes.size())));
    bytes.append(piece, static_cast<std::size_t>(file.gcount()));
  }
  bytes_read_ += bytes.size();
  return bytes;
}

// True where the host's copy, of that size and digest, is a prefix of the file; `copy` is it
// then. Goes on from what is known to have been sent before.
bool JournalCopies::compare(Copy& copy, std::uint64_t size, const std::string& digest) {
  if (size < copy.size) copy = {};
  const std::string more = read_from(copy.size, size - copy.size);
  copy.digest.update(more);
  copy.size += more.size();
  return copy.size == size && copy.digest.hex() == digest;
}

// REQUIRES: the caller keeps both until this has ended.
awaitable<void> JournalCopies::bring(Copy& copy, Shell& shell, bool compared) {
  const std::string known = compared ? std::to_string(copy.size) : "";
  const std::string ask =
      core::assignments({{"file", path_}, {"dir", directory_}, {"known", known}}) +
      sh::kJournalsizesh;
  ExecOptions asking;
  asking.out_bytes_max = 256;
  const ExecResult has = co_await shell.exec(shell.as_root(ask), std::move(asking));
  require_end(has, "cannot write the copy of the journal on the host");
  std::uint64_t from = 0;
  std::from_chars(has.out.data(), has.out.data() + has.out.size(), from);
  const std::string digest =
      has.out.substr(std::min(has.out.find('\n'), has.out.size() - 1) + 1, 64);
  std::error_code unreadable;
  const bool is_whole = std::filesystem::file_size(lines_, unreadable) >= from && !unreadable;
  const bool as_known = std::to_string(from) == known;
  if (!is_whole || (!as_known && !compare(copy, from, digest))) {
    copy = {};
    throw LinkFailure(true,
                      "the copy of the journal on the host, " + path_ +
                          ", is not a prefix of the journal here: facts were lost here, or the "
                          "copy was altered. To use the host's copy, run "
                          "`restorectl journal recover`");
  }
  // Only whole lines: half a one is completed or cut off by the journal itself.
  std::string text = read_from(from, std::numeric_limits<std::uint64_t>::max());
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  if (text.empty()) co_return;
  const std::string put =
      core::assignments({{"file", path_}, {"dir", directory_}, {"offset", std::to_string(from)}}) +
      sh::kJournalputsh;
  ExecOptions sending;
  sending.timeout_ms = limits::kJournalTimeoutMs;
  std::size_t at = 0;
  sending.input = [&](char* buffer, std::size_t size) {
    const std::size_t piece = text.copy(buffer, size, at);
    at += piece;
    return std::optional(piece);
  };
  const ExecResult sent = co_await shell.exec(shell.as_root(put), std::move(sending));
  require_end(sent, "cannot write the copy of the journal on the host");
  if (copy.size != from) co_return;  // another lane of the same host was faster
  copy.digest.update(text);
  copy.size += text.size();
}

awaitable<void> JournalCopies::push(std::string host, std::shared_ptr<Shell> shell) try {
  Copy& copy = copies_[host];
  const bool compared = copy.compared_in.lock() == shell;
  co_await bring(copy, *shell, compared);
  copy.compared_in = shell;
} catch (const ExecTimeout& late) {
  // Not ExecTimeout: the caller has its own deadline, which has not passed.
  throw LinkFailure(
      false, std::string("the copy of the journal on the host is incomplete: ") + late.what());
}

awaitable<std::vector<JournalCopy>> fetch_journals(Shell& shell, std::string run_id,
                                                   std::string state) {
  const std::string directory = state + "/" + run_id;
  const std::string list = core::assignments({{"dir", directory}}) + sh::kJournallistsh;
  const ExecResult names = co_await shell.exec(shell.as_root(list), ExecOptions{});
  require_end(names, "cannot list the copies of the journal on the host");
  std::vector<JournalCopy> copies;
  std::size_t from = 0;
  while (from < names.out.size()) {
    const std::size_t end = std::min(names.out.find('\n', from), names.out.size());
    JournalCopy copy{names.out.substr(from, end - from), {}};
    from = end + 1;
    ExecOptions options;
    options.out_bytes_max = limits::kJournalBytesMax;
    options.timeout_ms = limits::kJournalTimeoutMs;
    std::string read = "cat " + core::shell_quote(directory + "/" + copy.name);
    ExecResult bytes = co_await shell.exec(shell.as_root(read), std::move(options));
    require_end(bytes, "cannot read " + copy.name);
    copy.bytes = std::move(bytes.out);
    copies.push_back(std::move(copy));
  }
  co_return copies;
}

}  // namespace transports
