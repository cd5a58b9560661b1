// The agent's protocol (draft-miller-ssh-agent), as far as it is needed; see the header.
#include "transports/ssh/ssh_agent.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "transports/limits.hpp"

namespace transports {

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

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return -1;
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const timeval patience{limits::kAgentAnswerS, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
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

SshAgent::SshAgent(const std::string& path) : agent_(connect_to(path)) {
  if (agent_ < 0 || !send_message(agent_, std::string(1, kRequestIdentities))) return;
  keys_ = read_keys(receive_message(agent_).value_or(""));
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
