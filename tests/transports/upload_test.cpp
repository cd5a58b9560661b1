// Copies to a real sshd: whole or not there, and what a cut costs.
#include <mutex>
#include <random>

#include "tests/transports/sshd.hpp"
#include "transports/ssh/chunk_digests.hpp"
#include "transports/ssh/ssh_upload.hpp"

using namespace testing_ssh;
using core::kChunkBytes;
using transports::UploadRequest;
using transports::UploadResult;

namespace {

// A shell whose receiver goes through a filter: a host whose disk alters bytes, or is full.
class Filtered final : public transports::Shell {
 public:
  Filtered(transports::Shell& inner, std::string from, std::string to)
      : inner_(inner), from_(std::move(from)), to_(std::move(to)) {}
  transports::awaitable<transports::ExecResult> exec(std::string command,
                                                     transports::ExecOptions options) override {
    return inner_.exec(std::move(command), std::move(options));
  }
  std::string as_root(std::string_view script) const override {
    std::string text(script);
    const std::size_t at = text.find(from_);
    if (at != std::string::npos) text.replace(at, from_.size(), to_);
    return inner_.as_root(text);
  }
  bool alive() const override { return inner_.alive(); }
  void close(const std::string& why) override { inner_.close(why); }

 private:
  transports::Shell& inner_;
  std::string from_, to_;
};

class Uploads : public Sshd {
 protected:
  // Makes a source of so many bytes that no two chunks have in common, and its entry.
  core::BackupFile make_source(std::uint64_t size) {
    std::mt19937_64 dice(42);
    {
      std::ofstream out(dir + "/source", std::ios::binary);
      std::vector<std::uint64_t> block(1 << 16);
      for (std::uint64_t done = 0; done < size;) {
        for (std::uint64_t& word : block) word = dice();
        const std::uint64_t piece = std::min<std::uint64_t>(size - done, block.size() * 8);
        out.write(reinterpret_cast<const char*>(block.data()), static_cast<std::streamsize>(piece));
        done += piece;
      }
    }
    return {"snapshot.db", whole_digest(dir + "/source"), size,
            transports::chunk_digests(dir + "/source")};
  }
  std::string whole_digest(const std::string& file) {
    sh("openssl dgst -sha256 -r " + file + " > " + dir + "/digest");
    std::string digest;
    std::ifstream(dir + "/digest") >> digest;
    return digest;
  }
  UploadRequest order(const core::BackupFile& file) const {
    return {dir + "/source", file, dir + "/target", confirmed, 60'000};
  }
  // With what a step would keep of it: the confirmed chunks.
  UploadResult bring(transports::Shell& shell, const UploadRequest& what) {
    transports::UploadHooks hooks;
    hooks.on_confirmed = [&, name = what.file.name](std::uint64_t chunk) {
      EXPECT_FALSE(core::has_chunk(confirmed, name, chunk)) << "chunk " << chunk << " came twice";
      core::add_chunk(confirmed, name, chunk);
    };
    hooks.on_sent = [&](std::uint64_t bytes) { sent += bytes; };
    hooks.on_progress = [&](std::uint64_t bytes) { progress.push_back(bytes); };
    transports::OpenShell another =
        [&]() -> transports::awaitable<std::shared_ptr<transports::Shell>> {
      ++sessions;
      co_return co_await transports::SshSession::connect(io, way());
    };
    return run(transports::upload(shell, std::move(another), what, std::move(hooks)));
  }
  transports::SshTarget way() const {
    transports::SshTarget to = target();
    if (relayed_port != 0) to.settings.port = static_cast<std::uint16_t>(relayed_port);
    return to;
  }
  std::string arrived() { return dir + "/target/snapshot.db"; }

  std::vector<core::FileChunks> confirmed;
  std::vector<std::uint64_t> progress;
  std::uint64_t sent = 0;
  int sessions = 0;
  int relayed_port = 0;
};

// Many connections side by side, of which each of the first so many is cut after a random number of
// bytes to the server.
class Cutter {
 public:
  Cutter(int to_port, int cuts) : to_port_(to_port), cuts_left_(cuts) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(port_);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    thread_ = std::thread([this] { serve(); });
  }
  ~Cutter() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (std::thread& one : connections_) one.join();
    ::close(listener_);
  }
  int port() const { return port_; }
  int cuts() const { return cuts_; }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void serve() {
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      // At random: within the handshake, a chunk, or between two. Most never bring a whole chunk.
      const std::int64_t limit =
          cuts_left_-- > 0 ? static_cast<std::int64_t>(dice_() % (kChunkBytes * 9 / 8)) : -1;
      connections_.emplace_back([this, client, limit] { forward(client, limit); });
    }
  }
  void forward(int client, std::int64_t limit) {
    const int server = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(to_port_);
    std::thread back;
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      back = std::thread([&] { move(server, client, -1); });
      if (move(client, server, limit)) ++cuts_;
    }
    ::shutdown(server, SHUT_RDWR);
    ::shutdown(client, SHUT_RDWR);
    if (back.joinable()) back.join();
    ::close(server);
    ::close(client);
  }
  // True: the limit was reached.
  static bool move(int from, int to, std::int64_t limit) {
    std::vector<char> bytes(1 << 16);
    for (std::int64_t moved = 0;;) {
      const std::size_t room = limit < 0
                                   ? bytes.size()
                                   : static_cast<std::size_t>(std::min<std::int64_t>(
                                         static_cast<std::int64_t>(bytes.size()), limit - moved));
      if (room == 0) return true;
      const ssize_t got = ::recv(from, bytes.data(), room, 0);
      if (got <= 0) break;
      for (ssize_t sent = 0; sent < got;) {
        const ssize_t one =
            ::send(to, bytes.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
        if (one <= 0) return false;
        sent += one;
      }
      moved += got;
    }
    ::shutdown(to, SHUT_WR);
    return false;
  }

  int to_port_;
  int port_ = free_port();
  int listener_ = -1;
  std::mt19937_64 dice_{20261123};
  std::atomic<int> cuts_left_;
  std::atomic<int> cuts_{0};
  std::thread thread_;
  std::vector<std::thread> connections_;
};

}  // namespace

TEST_F(Uploads, AFileIsWholeOrNotThereAndIsNotSentTwice) {
  const core::BackupFile file = make_source(3 * kChunkBytes + 12'345);
  const auto session = connect();
  UploadResult result = bring(*session, order(file));
  ASSERT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(whole_digest(arrived()), file.sha256);
  EXPECT_EQ(result.sent_bytes, file.size_bytes);
  EXPECT_EQ(progress.back(), file.size_bytes);
  EXPECT_EQ(confirmed, (std::vector<core::FileChunks>{{"snapshot.db", {{0, 3}}}}));
  EXPECT_EQ(sessions, 3) << "one a chunk, beside the first";
  result = bring(*session, order(file));
  EXPECT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.sent_bytes, 0u);
}

TEST_F(Uploads, ARunOfAnEarlierVersionWhoseJournalHasNoChunksIsCopiedToo) {
  core::BackupFile file = make_source(kChunkBytes + 1);
  file.chunks.clear();
  const auto session = connect();
  ASSERT_TRUE(bring(*session, order(file)).succeeded);
  EXPECT_EQ(whole_digest(arrived()), file.sha256);
}

TEST_F(Uploads, AnEmptyFileArrivesToo) {
  const core::BackupFile file = make_source(0);
  const auto session = connect();
  ASSERT_TRUE(bring(*session, order(file)).succeeded);
  EXPECT_EQ(fs::file_size(arrived()), 0u);
}

TEST_F(Uploads, WhatIsConfirmedIsNotSentAgainAsLongAsTheHostHasIt) {
  const core::BackupFile file = make_source(3 * kChunkBytes);
  const auto session = connect();
  ASSERT_TRUE(bring(*session, order(file)).succeeded);
  // As if the driver had died before the name was given.
  fs::rename(arrived(), dir + "/target/.snapshot.db.part");
  confirmed = {{"snapshot.db", {{0, 0}, {2, 2}}}};
  UploadResult result = bring(*session, order(file));
  EXPECT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.sent_bytes, kChunkBytes);
  EXPECT_EQ(whole_digest(arrived()), file.sha256);

  fs::remove(arrived());
  transports::UploadHooks none;
  result = run(transports::upload(
      *session,
      [&]() -> transports::awaitable<std::shared_ptr<transports::Shell>> {
        throw transports::LinkFailure(true, "only ten sessions are permitted");
      },
      order(file), none));
  EXPECT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.sent_bytes, file.size_bytes) << "the host lost it, whatever was confirmed";
  EXPECT_EQ(whole_digest(arrived()), file.sha256) << "one session is enough";
}

TEST_F(Uploads, ASourceThatHasChangedIsRefusedByNameAndGetsNoName) {
  const core::BackupFile file = make_source(2 * kChunkBytes);
  {
    std::fstream source(dir + "/source", std::ios::in | std::ios::out | std::ios::binary);
    source.seekp(kChunkBytes + 7);
    source.put('\0').put('\1').put('\2');
  }
  const auto session = connect();
  UploadResult result = bring(*session, order(file));
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("has changed since the start of the run"), std::string::npos)
      << result.message;
  fs::resize_file(dir + "/source", kChunkBytes);
  result = bring(*session, order(file));
  EXPECT_NE(result.message.find("has changed"), std::string::npos) << result.message;
  fs::remove(dir + "/source");
  result = bring(*session, order(file));
  EXPECT_NE(result.message.find("cannot be read on the workstation"), std::string::npos)
      << result.message;
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(Uploads, AHostThatAltersBytesIsFoundOutAndTheFileGetsNoName) {
  const core::BackupFile file = make_source(2 * kChunkBytes);
  const auto session = connect();
  Filtered bad_disk(*session, "status=none | digest)", "status=none | tr a b | digest)");
  const UploadResult result =
      run(transports::upload(bad_disk,
                             [&]() -> transports::awaitable<std::shared_ptr<transports::Shell>> {
                               throw transports::LinkFailure(false, "no other way");
                             },
                             order(file), {}));
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("arrived 3 times with a different SHA-256"), std::string::npos)
      << result.message;
  EXPECT_EQ(result.sent_bytes, 3 * kChunkBytes);
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(Uploads, AFullDiskIsSaidInTheHostsWords) {
  const core::BackupFile file = make_source(2 * kChunkBytes);
  const auto session = connect();
  Filtered full(*session, "while read", "trap '' XFSZ; ulimit -f 100; while read");
  const UploadResult result =
      run(transports::upload(full,
                             [&]() -> transports::awaitable<std::shared_ptr<transports::Shell>> {
                               throw transports::LinkFailure(false, "no other way");
                             },
                             order(file), {}));
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("File too large"), std::string::npos) << result.message;
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(Uploads, AHundredCutsCostAtMostAChunkEachAndEveryByteArrives) {
  const core::BackupFile file = make_source(24 * kChunkBytes + 1);
  Cutter cutter(port, 100);
  relayed_port = cutter.port();
  sh("sed -i 's/^\\[[^ ]*/[127.0.0.1]:" + std::to_string(relayed_port) + "/' " + dir + "/known");
  int attempts = 0;
  for (bool whole = false; !whole && attempts < 200; ++attempts) {
    try {
      const auto session = run(transports::SshSession::connect(io, way()));
      const UploadResult result = bring(*session, order(file));
      ASSERT_TRUE(result.succeeded) << result.message;
      whole = true;
    } catch (const transports::LinkFailure&) {
      // The step's machine waits and looks; here it is begun anew at once.
    }
  }
  EXPECT_EQ(cutter.cuts(), 100);
  EXPECT_EQ(whole_digest(arrived()), file.sha256);
  const std::uint64_t again = sent - file.size_bytes;
  EXPECT_LE(sent, file.size_bytes + 100 * kChunkBytes);
  std::printf("%d cuts, %d attempts: %.2f chunks sent again a cut\n", cutter.cuts(), attempts,
              static_cast<double>(again) / kChunkBytes / 100);
}
