// Lanes that take chunks from one queue; see the header. Each lane is a session with a receiver on
// the host, which reads "offset size", then that many bytes, and answers with their digest as the
// file has them. Nothing of a chunk is taken for sent before that answer.
#include "transports/ssh/ssh_upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstring>
#include <deque>
#include <map>

#include "core/digest_script.hpp"
#include "core/shell_quote.hpp"
#include "transports/scripts.hpp"
#include "transports/ssh/chunk_digests.hpp"

namespace transports {

namespace asio = boost::asio;
using core::kChunkBytes;

namespace {

// What a lane is at: a chunk of which bytes go out, or whose digest is awaited.
struct Lane {
  enum class At { idle, sending, awaiting } at = At::idle;
  std::uint64_t chunk = 0;
  std::uint64_t next = 0;  // the file's byte that is sent next
  std::uint64_t end = 0;
  std::string answer;  // an unfinished line
};

class Upload {
 public:
  Upload(UploadRequest request, UploadHooks hooks)
      : request_(std::move(request)),
        hooks_(std::move(hooks)),
        fd_(::open(request_.source.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  ~Upload() {
    if (fd_ >= 0) ::close(fd_);
  }

  awaitable<UploadResult> run(Shell& shell, OpenShell another);

 private:
  std::string script(const char* text) const;
  bool source_is_as_proven() const;

  awaitable<std::string> begin(Shell& shell);
  awaitable<void> finish(Shell& shell);
  void fill_queue(bool part_is_kept);

  awaitable<void> send_all(Shell& shell, OpenShell another);
  awaitable<void> work(Shell* shell, OpenShell* another);
  awaitable<void> send(Shell& shell);
  std::optional<std::size_t> next_bytes(Lane& lane, char* buffer, std::size_t size);
  void take_answer(Lane& lane, std::string_view bytes);
  void compare(Lane& lane, std::string_view digest);
  void put_back(Lane& lane);
  void went_on(std::int64_t bytes);

  UploadRequest request_;
  UploadHooks hooks_;
  UploadResult result_;
  int fd_;
  std::deque<std::uint64_t> queue_;
  std::map<std::uint64_t, int> tries_;
  std::int64_t progress_bytes_ = 0;
  int lanes_ = 0;
  std::optional<LinkFailure> lost_;  // the last link that broke
  std::exception_ptr error_;
};

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

// ---- on the host --------------------------------------------------------------------------------

std::string Upload::script(const char* text) const {
  return core::assignments({{"directory", request_.directory},
                            {"name", request_.file.name},
                            {"part", request_.directory + "/." + request_.file.name + ".part"},
                            {"size", std::to_string(request_.file.size_bytes)},
                            {"sha256", request_.file.sha256}}) +
         std::string(core::kDigestFunction) + text;
}

awaitable<std::string> Upload::begin(Shell& shell) {
  ExecOptions options;
  options.timeout_ms = request_.timeout_ms;
  const ExecResult begun =
      co_await shell.exec(shell.as_root(script(sh::kUploadbeginsh)), std::move(options));
  if (!begun.exit_code)
    throw LinkFailure(false, "the copy's channel closed without an exit status");
  if (*begun.exit_code != 0) result_.message = "the host could not receive the file: " + begun.err;
  co_return first_line(begun.out);
}

awaitable<void> Upload::finish(Shell& shell) {
  ExecOptions options;
  options.timeout_ms = request_.timeout_ms;
  const ExecResult named =
      co_await shell.exec(shell.as_root(script(sh::kUploadfinishsh)), std::move(options));
  if (!named.exit_code)
    throw LinkFailure(false, "the rename's channel closed without an exit status");
  if (*named.exit_code != 0) result_.message = "the host could not rename the file: " + named.err;
  result_.succeeded = *named.exit_code == 0;
}

// ---- one lane -----------------------------------------------------------------------------------

void Upload::went_on(std::int64_t bytes) {
  progress_bytes_ += bytes;
  if (hooks_.on_progress) hooks_.on_progress(static_cast<std::uint64_t>(progress_bytes_));
}

void Upload::put_back(Lane& lane) {
  if (lane.at == Lane::At::idle) return;
  queue_.push_front(lane.chunk);
  went_on(static_cast<std::int64_t>(lane.chunk * kChunkBytes) -
          static_cast<std::int64_t>(lane.next));
  lane.at = Lane::At::idle;
}

std::optional<std::size_t> Upload::next_bytes(Lane& lane, char* buffer, std::size_t size) {
  if (lane.at == Lane::At::awaiting) return std::nullopt;
  if (lane.at == Lane::At::idle) {
    if (queue_.empty() || !result_.message.empty() || error_) return 0;
    lane.chunk = queue_.front();
    queue_.pop_front();
    lane.next = lane.chunk * kChunkBytes;
    lane.end = std::min(lane.next + kChunkBytes, request_.file.size_bytes);
    lane.at = Lane::At::sending;
    const std::string header =
        std::to_string(lane.next) + " " + std::to_string(lane.end - lane.next) + "\n";
    return header.copy(buffer, size);
  }
  const std::size_t wanted = std::min<std::uint64_t>(size, lane.end - lane.next);
  const ssize_t got = ::pread(fd_, buffer, wanted, static_cast<off_t>(lane.next));
  if (got <= 0) {
    result_.message =
        request_.source + (got < 0 ? " cannot be read: " + std::string(strerror(errno))
                                   : " is shorter than at the start of the run");
    return 0;
  }
  lane.next += static_cast<std::uint64_t>(got);
  if (lane.next == lane.end) lane.at = Lane::At::awaiting;
  result_.sent_bytes += static_cast<std::uint64_t>(got);
  if (hooks_.on_sent) hooks_.on_sent(static_cast<std::uint64_t>(got));
  went_on(got);
  return static_cast<std::size_t>(got);
}

void Upload::take_answer(Lane& lane, std::string_view bytes) {
  lane.answer += bytes.substr(
      0, limits::kCopyLineBytesMax - std::min(limits::kCopyLineBytesMax, lane.answer.size()));
  const std::size_t end = lane.answer.find('\n');
  if (end == std::string::npos || lane.at != Lane::At::awaiting) return;
  const std::string header = std::to_string(lane.chunk * kChunkBytes) + " ";
  const std::string line = lane.answer.substr(0, end);
  lane.answer.clear();
  compare(lane, line.starts_with(header) ? line.substr(header.size(), 64) : "");
}

void Upload::compare(Lane& lane, std::string_view digest) {
  const std::uint64_t chunk = lane.chunk;
  const std::string& expected = request_.file.chunks[chunk];
  if (digest == expected) {
    lane.at = Lane::At::idle;
    if (hooks_.on_confirmed) hooks_.on_confirmed(chunk);
    return;
  }
  put_back(lane);
  if (chunk_digest(fd_, chunk, nullptr) != expected) {
    result_.message = request_.source + " has changed since the start of the run";
  } else if (++tries_[chunk] == limits::kChunkTriesMax) {
    result_.message = "chunk " + std::to_string(chunk) + " of " + request_.file.name + " arrived " +
                      std::to_string(limits::kChunkTriesMax) +
                      " times with a different SHA-256 than it was sent with: the host's disk or "
                      "memory, or the network, corrupts data";
  }
}

awaitable<void> Upload::send(Shell& shell) {
  Lane lane;
  ExecOptions options;
  options.timeout_ms = request_.timeout_ms;
  options.on_out = [&](std::string_view bytes) { take_answer(lane, bytes); };
  options.input = [&](char* buffer, std::size_t size) { return next_bytes(lane, buffer, size); };
  std::exception_ptr thrown;
  try {
    const ExecResult sent =
        co_await shell.exec(shell.as_root(script(sh::kUploadreceivesh)), std::move(options));
    if (!sent.exit_code)
      throw LinkFailure(false, "the copy's channel closed without an exit status");
    if (*sent.exit_code != 0 && result_.message.empty())
      result_.message = "the host could not receive the file: " + sent.err;
  } catch (...) {
    thrown = std::current_exception();
  }
  put_back(lane);
  if (thrown) std::rethrow_exception(thrown);
}

// ---- all of them --------------------------------------------------------------------------------

// The chunk of a lane that breaks goes to another.
awaitable<void> Upload::work(Shell* shell, OpenShell* another) {
  try {
    std::shared_ptr<Shell> own;
    if (shell == nullptr) {
      own = co_await (*another)();
      shell = own.get();
    }
    co_await send(*shell);
  } catch (const LinkFailure& failure) {
    lost_ = failure;
  } catch (...) {
    error_ = std::current_exception();
  }
}

awaitable<void> Upload::send_all(Shell& shell, OpenShell another) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer ended(executor, asio::steady_timer::time_point::max());
  const auto wanted =
      static_cast<int>(std::min<std::size_t>(limits::kUploadLanesMax, queue_.size()));
  for (int i = 0; i < wanted; ++i) {
    ++lanes_;
    asio::co_spawn(executor, work(i == 0 ? &shell : nullptr, &another),
                   [&](const std::exception_ptr&) {
                     --lanes_;
                     ended.cancel();
                   });
  }
  boost::system::error_code ignored;
  while (lanes_ > 0) co_await ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

bool Upload::source_is_as_proven() const {
  struct stat status {};
  return fd_ >= 0 && ::fstat(fd_, &status) == 0 &&
         static_cast<std::uint64_t>(status.st_size) == request_.file.size_bytes &&
         request_.file.chunks.size() == core::chunk_count(request_.file.size_bytes);
}

void Upload::fill_queue(bool part_is_kept) {
  std::uint64_t there = 0;
  for (std::uint64_t chunk = 0; chunk < request_.file.chunks.size(); ++chunk) {
    if (!part_is_kept || !core::has_chunk(request_.confirmed, request_.file.name, chunk)) {
      queue_.push_back(chunk);
    } else {
      there += std::min(kChunkBytes, request_.file.size_bytes - chunk * kChunkBytes);
    }
  }
  went_on(static_cast<std::int64_t>(there));
}

awaitable<UploadResult> Upload::run(Shell& shell, OpenShell another) {
  if (fd_ < 0) {
    result_.message = request_.source + " cannot be read on the workstation: " + strerror(errno);
    co_return result_;
  }
  // A journal from before there were chunks; the step's look has the whole file's digest.
  if (request_.file.chunks.empty()) request_.file.chunks = chunk_digests(request_.source);
  if (!source_is_as_proven()) {
    result_.message = request_.source + " has changed since the start of the run";
    co_return result_;
  }
  const std::string state = co_await begin(shell);
  if (!result_.message.empty()) co_return result_;
  if (state == "named") {
    result_.succeeded = true;
    co_return result_;
  }
  const bool found = state.starts_with("found ");
  if (!found) {
    fill_queue(state == "kept");
    co_await send_all(shell, std::move(another));
    if (error_) std::rethrow_exception(error_);
    if (!result_.message.empty()) co_return result_;
    if (!queue_.empty())
      throw lost_.value_or(
          LinkFailure(false, "every upload session ended before the copy was complete"));
  }
  co_await finish(shell);
  if (result_.succeeded && found) result_.message = state.substr(6);
  co_return result_;
}

}  // namespace

awaitable<UploadResult> upload(Shell& shell, OpenShell another, UploadRequest request,
                               UploadHooks hooks) {
  Upload work(std::move(request), std::move(hooks));
  co_return co_await work.run(shell, std::move(another));
}

}  // namespace transports
