// One script, and how its last line is read; see the header.
#include "transports/host/host_copy.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "core/digest_script.hpp"
#include "core/shell_quote.hpp"
#include "transports/scripts.hpp"

namespace transports {

namespace {

std::string script_of(const UploadRequest& request) {
  return core::assignments({{"from", request.source},
                            {"directory", request.directory},
                            {"name", request.file.name},
                            {"size", std::to_string(request.file.size_bytes)},
                            {"sha256", request.file.sha256}}) +
         std::string(core::kDigestFunction) + sh::kCopysh;
}

std::string quoted_file(const UploadRequest& request) {
  return request.source + " (SHA-256 " + request.file.sha256 + ")";
}

}  // namespace

awaitable<UploadResult> copy_on_host(Shell& shell, UploadRequest request, UploadHooks hooks) {
  std::string line;
  std::string last;
  ExecOptions options;
  options.timeout_ms = request.timeout_ms;
  options.on_out = [&](std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line.size() < limits::kCopyLineBytesMax) line += c;
        continue;
      }
      std::uint64_t at = 0;
      if (line.starts_with("at ") && hooks.on_progress &&
          std::from_chars(line.data() + 3, line.data() + line.size(), at).ec == std::errc())
        hooks.on_progress(std::min(at, request.file.size_bytes));
      last = std::exchange(line, "");
    }
  };
  const ExecResult done =
      co_await shell.exec(shell.as_root(script_of(request)), std::move(options));
  if (!done.exit_code) throw LinkFailure(false, "the copy's channel closed without an exit status");
  UploadResult result;
  result.succeeded = *done.exit_code == 0 && (last == "copied" || last == "named");
  if (last == "copied" && result.succeeded) {
    result.message = request.source;
    if (hooks.on_progress) hooks.on_progress(request.file.size_bytes);
  } else if (last == "gone") {
    result.message = "the backup file is no longer on the host: " + quoted_file(request) +
                     ". Put the same file back, or abandon this run and start a new one with a "
                     "backup that is on the host";
  } else if (last == "differs") {
    result.message =
        "the backup file on the host is not the one that was verified: " + quoted_file(request) +
        ". Put the verified file back, or abandon this run and start a new one";
  } else if (!result.succeeded) {
    result.message = "the host could not copy the file: " + done.err;
  }
  co_return result;
}

}  // namespace transports
