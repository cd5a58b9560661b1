// restorectl-prover: reads a backup where it lies, on a host, and prints what `backup verify` would
// find there (tools/lib/backup/proof_text.hpp). restorectl sends it there, runs it once and removes
// it (transports/ssh/ssh_program.hpp). Invariant: it is linked with nothing of the host's, writes
// nothing but its two outputs, and ends soon after nobody listens any more.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "tools/lib/backup/proof_text.hpp"

namespace {

using namespace std::chrono_literals;

// Whole lines in one write each. Where the link broke there is no reader: SIGPIPE ends the program.
void print_line(std::string line) {
  line += '\n';
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t written = ::write(STDOUT_FILENO, line.data() + at, line.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(1);
    at += static_cast<std::size_t>(written);
  }
}

// "read BYTES", once a second, while it lives.
class ProgressLines {
 public:
  explicit ProgressLines(const std::atomic<std::uint64_t>& bytes)
      : thread_([this, &bytes](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!over_.wait_for(lock, stop, 1s, [&] { return stop.stop_requested(); }))
            print_line("read " + std::to_string(bytes.load()));
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

int prove(const char* directory) {
  std::atomic<std::uint64_t> bytes = 0;
  backup::Proof proof;
  {
    const ProgressLines progress(bytes);
    proof = backup::verify(directory, &bytes);
  }
  print_line(backup::proof_text(proof));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs(
        "restorectl-prover verifies a backup on a host; restorectl copies it there and runs it:\n"
        "  restorectl backup verify HOST:DIRECTORY -i inventory.yaml\n"
        "Usage: restorectl-prover DIRECTORY\n",
        stderr);
    return 2;
  }
  ::umask(077);
  ::signal(SIGPIPE, SIG_DFL);
  // The host's openssl.cnf is written for the host's libcrypto and might name modules of it.
  ::OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  try {
    return prove(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "restorectl-prover: %s\n", error.what());
    return 1;
  }
}
