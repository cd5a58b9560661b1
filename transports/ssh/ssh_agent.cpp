// The agent's protocol (draft-miller-ssh-agent), as far as it is needed; see the header.
#include "transports/ssh/ssh_agent.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>

#include "transports/limits.hpp"

namespace transports {

namespace asio = boost::asio;

namespace {

constexpr char kFailure = 5;
constexpr char kRequestIdentities = 11;
constexpr char kIdentitiesAnswer = 12;
constexpr char kSignRequest = 13;

std::string number_of(std::size_t value) {
  std::string bytes;
  for (unsigned shift = 32; shift > 0; shift -= 8)
    bytes += static_cast<char>((value >> (shift - 8)) & 0xFFU);
  return bytes;
}

std::string field_of(std::string_view bytes) { return number_of(bytes.size()).append(bytes); }

// Takes a number, or a field, off the front; nothing where there is less.
std::optional<std::size_t> take_number(std::string_view& from) {
  if (from.size() < 4) return std::nullopt;
  std::size_t value = 0;
  for (const char c : from.substr(0, 4)) value = (value << 8U) | static_cast<unsigned char>(c);
  from.remove_prefix(4);
  return value;
}

std::optional<std::string> take_field(std::string_view& from) {
  const std::optional<std::size_t> size = take_number(from);
  if (!size || *size > from.size()) return std::nullopt;
  std::string field(from.substr(0, *size));
  from.remove_prefix(*size);
  return field;
}

std::optional<std::string> receive(int fd, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = ::recv(fd, bytes.data() + at, size - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::optional<std::string> receive_message(int fd) {
  const std::optional<std::string> head = receive(fd, 4);
  if (!head) return std::nullopt;
  std::string_view rest = *head;
  const std::size_t size = take_number(rest).value_or(0);
  if (size == 0 || size > limits::kAgentBytesMax) return std::nullopt;
  return receive(fd, size);
}

bool send_message(int fd, std::string_view message) {
  const std::string bytes = field_of(message);
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t sent = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

// A socket that does not block, or -1 with errno: EAGAIN where the agent takes no connection now.
int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  errno = ENOENT;
  if (path.empty() || path.size() >= sizeof address.sun_path) return -1;
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  const int why = errno;
  ::close(fd);
  errno = why;
  return -1;
}

// For the thread that passes requests on.
void block_within_patience(int fd) {
  const timeval patience{limits::kAgentAnswerS, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

// The message that these bytes begin with; nothing while it is not complete.
std::optional<std::string> message_in(std::string_view bytes) {
  const std::size_t size = take_number(bytes).value_or(0);
  if (size == 0 || bytes.size() < size) return std::nullopt;
  return std::string(bytes.substr(0, size));
}

// The next message that comes by the deadline.
asio::awaitable<std::optional<std::string>> await_message(
    asio::io_context& io, int fd, std::chrono::steady_clock::time_point deadline) {
  // Of its own, so that closing it ends the wait and leaves the connection.
  const auto way = std::make_shared<asio::posix::stream_descriptor>(io, ::dup(fd));
  const auto timer = std::make_shared<asio::steady_timer>(io, deadline);
  timer->async_wait([way](const boost::system::error_code& error) {
    boost::system::error_code ignored;
    if (!error) way->close(ignored);
  });
  std::string bytes;
  std::array<char, 4'096> piece{};
  std::optional<std::string> message;
  while (!message && bytes.size() <= limits::kAgentBytesMax) {
    boost::system::error_code error;
    const std::size_t size = co_await way->async_read_some(
        asio::buffer(piece), asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    bytes.append(piece.data(), size);
    message = message_in(bytes);
  }
  timer->cancel();
  co_return message;
}

std::vector<AgentKey> read_keys(std::string_view answer) {
  std::vector<AgentKey> keys;
  if (!answer.starts_with(kIdentitiesAnswer)) return keys;
  answer.remove_prefix(1);
  const std::size_t count = take_number(answer).value_or(0);
  while (keys.size() < count) {
    std::optional<std::string> blob = take_field(answer);
    std::optional<std::string> comment = blob ? take_field(answer) : std::nullopt;
    if (!comment) break;
    keys.push_back({std::move(*blob), std::move(*comment)});
  }
  return keys;
}

}  // namespace

asio::awaitable<void> SshAgent::ask(asio::io_context& io,
                                    std::chrono::steady_clock::time_point deadline) {
  if (asked_) co_return;
  asked_ = true;
  agent_ = connect_to(path_);
  silent_ = agent_ < 0 && errno == EAGAIN;
  // So short a request always fits into the socket.
  if (agent_ < 0 || !send_message(agent_, std::string(1, kRequestIdentities))) co_return;
  const std::optional<std::string> answer = co_await await_message(io, agent_, deadline);
  silent_ = !answer && std::chrono::steady_clock::now() >= deadline;
  block_within_patience(agent_);
  keys_ = read_keys(answer.value_or(""));
}

SshAgent::~SshAgent() {
  if (thread_.joinable()) {
    ::shutdown(ours_, SHUT_RDWR);
    thread_.join();
    ::close(ours_);
  }
  if (agent_ >= 0) ::close(agent_);
}

void SshAgent::offer(std::vector<AgentKey> keys) {
  {
    const std::lock_guard lock(mutex_);
    offered_ = std::move(keys);
  }
  int pair[2];
  if (thread_.joinable() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return;
  ours_ = pair[0];
  theirs_ = pair[1];
  thread_ = std::thread([this] { serve(); });
}

void SshAgent::serve() {
  while (const std::optional<std::string> request = receive_message(ours_)) {
    std::string answer(1, kFailure);
    if (request->front() == kRequestIdentities) {
      const std::lock_guard lock(mutex_);
      answer = kIdentitiesAnswer + number_of(offered_.size());
      for (const AgentKey& key : offered_) answer += field_of(key.blob) + field_of(key.comment);
    } else if (request->front() == kSignRequest && send_message(agent_, *request)) {
      answer = receive_message(agent_).value_or(answer);
    }
    if (!send_message(ours_, answer)) return;
  }
}

}  // namespace transports
