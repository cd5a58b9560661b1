// One script and the words that it ends with; see the header.
#include "transports/host/host_copy.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "core/digest_script.hpp"
#include "core/shell_quote.hpp"

namespace transports {

using core::shell_quote;

namespace {

// A clone of the file's extents where the file system has such, as XFS on these hosts does; else a
// copy in pieces, after each of which the script would notice that nobody listens. Two of them at
// once, of a driver that was cut off and of the next, have files of their own.
std::string script_of(const UploadOrder& order) {
  const std::string& directory = order.directory;
  const std::string hidden = directory + "/." + order.file.name + ".";
  std::string script = "umask 077\nfrom=" + shell_quote(order.source) +
                       " to=" + shell_quote(directory + "/" + order.file.name) +
                       " part=" + shell_quote(hidden) +
                       "$$ size=" + std::to_string(order.file.size_bytes) + "\n";
  script += core::kDigestFunction;
  script += "mkdir -p " + shell_quote(directory) +
            " || exit 1\n"
            "[ ! -e \"$to\" ] || { echo named; exit 0; }\n"
            "[ -f \"$from\" ] || { echo gone; exit 0; }\n"
            "[ \"$(stat -L -c %s \"$from\")\" = \"$size\" ] || { echo differs; exit 0; }\n"
            "trap 'rm -f \"$part\"' EXIT\n"
            "trap 'exit 1' HUP INT TERM PIPE\n"
            "if ! cp --reflink=always -- \"$from\" \"$part\" 2> /dev/null; then\n"
            "  rm -f \"$part\"\n"
            "  at=0\n"
            "  while [ \"$at\" -lt \"$size\" ]; do\n"
            "    dd if=\"$from\" of=\"$part\" bs=1048576 count=64 skip=\"$((at / 1048576))\" "
            "seek=\"$((at / 1048576))\" conv=notrunc status=none || exit 1\n"
            "    at=$((at + 67108864))\n"
            "    echo \"at $at\"\n"
            "  done\n"
            "fi\n"
            "[ -e \"$part\" ] || : > \"$part\"\n"
            "case $(digest < \"$part\") in\n" +
            order.file.sha256 +
            "*) ;;\n"
            "*) echo differs; exit 0 ;;\n"
            "esac\n"
            "sync \"$part\" && mv -nT \"$part\" \"$to\" && sync " +
            shell_quote(directory) + " && echo copied\n";
  return script;
}

std::string quoted_file(const UploadOrder& order) {
  return order.source + " (SHA-256 " + order.file.sha256 + ")";
}

}  // namespace

awaitable<UploadResult> copy_on_host(Shell& shell, UploadOrder order, UploadHooks hooks) {
  std::string line;
  std::string last;
  ExecOptions options;
  options.timeout_ms = order.timeout_ms;
  options.on_out = [&](std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line.size() < limits::kCopyLineBytesMax) line += c;
        continue;
      }
      std::uint64_t at = 0;
      if (line.starts_with("at ") && hooks.on_progress &&
          std::from_chars(line.data() + 3, line.data() + line.size(), at).ec == std::errc())
        hooks.on_progress(std::min(at, order.file.size_bytes));
      last = std::exchange(line, "");
    }
  };
  const ExecResult done = co_await shell.exec(shell.as_root(script_of(order)), std::move(options));
  if (!done.exit_code) throw LinkFailure(false, "the copy's channel closed without an exit status");
  UploadResult result;
  result.succeeded = *done.exit_code == 0 && (last == "copied" || last == "named");
  if (last == "copied" && result.succeeded) {
    result.message = order.source;
    if (hooks.on_progress) hooks.on_progress(order.file.size_bytes);
  } else if (last == "gone") {
    result.message = "the backup's file is not on the host any more: " + quoted_file(order) +
                     ". Put the same file back there, or abandon this run and start anew with a "
                     "backup that is there";
  } else if (last == "differs") {
    result.message =
        "the backup's file on the host is not the one that was proven: " + quoted_file(order) +
        ". Put that one back there, or abandon this run and start anew";
  } else if (!result.succeeded) {
    result.message = "the host could not copy it: " + done.err;
  }
  co_return result;
}

}  // namespace transports
