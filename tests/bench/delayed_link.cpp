// A link with a long way: joins two network namespaces by a TUN device in each, and whatever enters
// one leaves the other DELAY_MS later. It stands in for netem, which kernels are often built
// without. Invariant: the packets of a direction leave in the order in which they came, none before
// its time, and none is lost unless kQueueBytesMax of that direction are under way; those that were
// are counted and said at the end. The devices go with the process, however it ends.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kDevice = "delayed0";
constexpr const char* kAddressA = "10.99.0.1";
constexpr const char* kAddressB = "10.99.0.2";
constexpr const char* kNetmask = "255.255.255.252";
constexpr int kMtuBytes = 1'500;
// The kernel drops what finds this queue full, before we could see it; the default of 500 is soon
// full when the machine lets us wait.
constexpr int kDeviceQueuePackets = 10'000;
// Drop-tail, for each direction; a GiB a second at 50 ms fits.
constexpr std::size_t kQueueBytesMax = 64u << 20;
// What TCP hands over in one piece, with its headers, is below this.
constexpr std::size_t kPacketBytesMax = 128u << 10;
// After so many reads of one side the other has its turn, and what is due leaves.
constexpr int kBatchPackets = 64;
constexpr double kDelayMsMax = 60'000;

volatile std::sig_atomic_t stop_asked = 0;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Fd {
 public:
  Fd(int fd, const std::string& what) : fd_(fd) {
    if (fd_ < 0) fail(what);
  }
  ~Fd() { ::close(fd_); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// What enters at one device on its way to the other.
class Direction {
 public:
  Direction(int from, int to, Clock::duration delay)
      : from_(from), to_(to), delay_(delay), scratch_(kPacketBytesMax) {}
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;

  void receive() {
    for (int i = 0; i < kBatchPackets; ++i) {
      const ssize_t size = ::read(from_, scratch_.data(), scratch_.size());
      if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (size < 0) fail("reading the device");
      enqueue(static_cast<std::size_t>(size));
    }
  }

  void deliver() {
    while (!packets_.empty() && packets_.front().due <= Clock::now()) {
      const std::vector<char>& bytes = packets_.front().bytes;
      // A device that is down takes nothing; on a real link the packet would be lost as well.
      if (::write(to_, bytes.data(), bytes.size()) < 0) ++dropped_;
      queued_bytes_ -= bytes.size();
      packets_.pop_front();
    }
  }

  Clock::time_point next_due() const {
    return packets_.empty() ? Clock::time_point::max() : packets_.front().due;
  }
  std::uint64_t carried_bytes() const { return carried_bytes_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  struct Packet {
    Clock::time_point due;
    std::vector<char> bytes;
  };

  void enqueue(std::size_t size) {
    if (queued_bytes_ + size > kQueueBytesMax) {
      ++dropped_;
      return;
    }
    const char* begin = scratch_.data();
    packets_.push_back({Clock::now() + delay_, std::vector<char>(begin, begin + size)});
    queued_bytes_ += size;
    carried_bytes_ += size;
  }

  int from_;
  int to_;
  Clock::duration delay_;
  std::vector<char> scratch_;
  std::deque<Packet> packets_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t carried_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

// A TUN device that ends with its descriptor. Its packets come with the kernel's own header of
// unfinished checksums and segments, which we hand on as it is: so TCP passes 64 KiB at a time and
// not 1500 bytes, and one process carries gigabytes a second. The MTU is still what both ends agree
// on.
int open_device() {
  const int fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  ifreq request{};
  std::strncpy(request.ifr_name, kDevice, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(fd, TUNSETIFF, &request) < 0 ||
      ::ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0) {
    const int error = errno;
    ::close(fd);
    errno = error;
    fail("making a TUN device");
  }
  return fd;
}

void set_address(const Fd& socket, unsigned long what, const char* address) {
  ifreq request{};
  std::strncpy(request.ifr_name, kDevice, IFNAMSIZ - 1);
  sockaddr_in internet{};
  internet.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &internet.sin_addr);
  std::memcpy(&request.ifr_addr, &internet, sizeof internet);
  if (::ioctl(socket.get(), what, &request) < 0) fail(std::string("giving the device ") + address);
}

void bring_up(const char* address) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  set_address(socket, SIOCSIFADDR, address);
  set_address(socket, SIOCSIFNETMASK, kNetmask);
  ifreq request{};
  std::strncpy(request.ifr_name, kDevice, IFNAMSIZ - 1);
  request.ifr_mtu = kMtuBytes;
  if (::ioctl(socket.get(), SIOCSIFMTU, &request) < 0) fail("setting the MTU");
  request.ifr_qlen = kDeviceQueuePackets;
  if (::ioctl(socket.get(), SIOCSIFTXQLEN, &request) < 0) fail("setting the device's queue");
  request.ifr_flags = IFF_UP;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) < 0) fail("bringing the device up");
}

// REQUIRES: one thread, since a namespace is entered by a thread and not by the process.
int device_in(const std::string& netns, const char* address) {
  const std::string path = netns.find('/') == std::string::npos ? "/run/netns/" + netns : netns;
  const Fd there(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path);
  if (::setns(there.get(), CLONE_NEWNET) < 0) fail("entering " + path);
  const int fd = open_device();
  try {
    bring_up(address);
  } catch (...) {
    ::close(fd);
    throw;
  }
  return fd;
}

// Sleeps until a packet comes, one is due or a signal asks for the end.
// A signal is let in only while waiting, so none falls between the question and the wait.
void await(const Fd& a, const Fd& b, Clock::time_point due) {
  timespec timeout{};
  if (due != Clock::time_point::max()) {
    const auto left = std::max(due - Clock::now(), Clock::duration::zero());
    const auto left_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    timeout.tv_sec = left_ns / 1'000'000'000;
    timeout.tv_nsec = left_ns % 1'000'000'000;
  }
  sigset_t none;
  ::sigemptyset(&none);
  pollfd fds[] = {{a.get(), POLLIN, 0}, {b.get(), POLLIN, 0}};
  const int ready = ::ppoll(fds, 2, due == Clock::time_point::max() ? nullptr : &timeout, &none);
  if (ready < 0 && errno != EINTR) fail("waiting for packets");
  if (ready <= 0) return;
  for (const pollfd& one : fds) {
    if ((one.revents & (POLLERR | POLLNVAL)) != 0) throw std::runtime_error("a device is gone");
  }
}

void forward(const Fd& a, const Fd& b, Clock::duration delay) {
  Direction there(a.get(), b.get(), delay);
  Direction back(b.get(), a.get(), delay);
  while (stop_asked == 0) {
    await(a, b, std::min(there.next_due(), back.next_due()));
    for (Direction* direction : {&there, &back}) {
      direction->deliver();
      direction->receive();
    }
  }
  std::printf("carried %.1f MB there and %.1f MB back, dropped %ju packets\n",
              static_cast<double>(there.carried_bytes()) / 1e6,
              static_cast<double>(back.carried_bytes()) / 1e6,
              static_cast<std::uintmax_t>(there.dropped() + back.dropped()));
}

void end_on_signals(pid_t parent) {
  sigset_t ends;
  ::sigemptyset(&ends);
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = 1; };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&ends, signal);
    ::sigaction(signal, &action, nullptr);
  }
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  // A harness that was killed can end nobody, so we end with it; it may have been before we asked.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) stop_asked = 1;
}

double delay_ms_of(const char* words) {
  char* end = nullptr;
  const double delay_ms = std::strtod(words, &end);
  if (end == words || *end != '\0' || !(delay_ms >= 0 && delay_ms <= kDelayMsMax))
    throw std::invalid_argument(std::string(words) + " is not a delay in milliseconds");
  return delay_ms;
}

}  // namespace

int main(int argc, char** argv) {
  const pid_t parent = ::getppid();
  if (argc != 4) {
    std::fprintf(stderr,
                 "usage: delayed_link DELAY_MS NETNS_A NETNS_B (one way; names or paths)\n");
    return 2;
  }
  try {
    const double delay_ms = delay_ms_of(argv[1]);
    end_on_signals(parent);
    // The kernel otherwise gathers wake-ups within 50 microseconds.
    ::prctl(PR_SET_TIMERSLACK, 1);
    const Fd a(device_in(argv[2], kAddressA), argv[2]);
    const Fd b(device_in(argv[3], kAddressB), argv[3]);
    std::printf("ready: %s in %s, %s in %s, %g ms each way\n", kAddressA, argv[2], kAddressB,
                argv[3], delay_ms);
    std::fflush(stdout);
    forward(a, b,
            std::chrono::duration_cast<Clock::duration>(
                std::chrono::duration<double, std::milli>(delay_ms)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "delayed_link: %s\n", error.what());
    return 1;
  }
  return 0;
}
