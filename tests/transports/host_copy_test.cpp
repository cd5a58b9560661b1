// Copies that a real sshd's host makes of its own files: proven or not there.
#include "transports/host/host_copy.hpp"

#include "tests/transports/sshd.hpp"

using namespace testing_ssh;
using transports::UploadResult;

namespace {

constexpr std::uint64_t kPieceBytes = 64U << 20;

class HostCopies : public Sshd {
 protected:
  // A file with other bytes in each of its pieces.
  core::BackupFile make_source(std::uint64_t size) {
    {
      std::ofstream out(source(), std::ios::binary);
      for (std::uint64_t at = 0; at < size; at += 1U << 20) out.seekp(static_cast<long>(at)) << at;
    }
    fs::resize_file(source(), size);
    return {"snapshot.db", digest_of(source()), size};
  }
  std::string digest_of(const std::string& file) {
    sh("openssl dgst -sha256 -r '" + file + "' > " + dir + "/digest");
    std::string digest;
    std::ifstream(dir + "/digest") >> digest;
    return digest;
  }
  UploadResult copy(transports::Shell& shell, const core::BackupFile& file) {
    transports::UploadHooks hooks;
    hooks.on_progress = [this](std::uint64_t bytes) {
      progress.push_back(bytes);
      if (on_progress) on_progress();
    };
    transports::UploadRequest order{source(), file, dir + "/target", {}, 60'000};
    return run(transports::copy_on_host(shell, std::move(order), std::move(hooks)));
  }
  std::string source() const { return dir + "/backup of today.db"; }
  std::string arrived() const { return dir + "/target/snapshot.db"; }
  bool nothing_is_there() const { return fs::is_empty(dir + "/target"); }

  std::vector<std::uint64_t> progress;
  std::function<void()> on_progress;
};

}  // namespace

TEST_F(HostCopies, TheCopyHasItsNameWithTheProvenDigestAndNoByteOfItTravels) {
  const core::BackupFile file = make_source(2 * kPieceBytes + 12'345);
  const auto session = connect();
  const UploadResult result = copy(*session, file);
  ASSERT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.sent_bytes, 0u);
  EXPECT_EQ(result.message, source());
  EXPECT_EQ(digest_of(arrived()), file.sha256);
  EXPECT_EQ(digest_of(source()), file.sha256);
  EXPECT_EQ(progress.back(), file.size_bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir + "/target"), {}), 1);
}

TEST_F(HostCopies, AnEmptyFileIsCopiedToo) {
  const core::BackupFile file = make_source(0);
  const auto session = connect();
  ASSERT_TRUE(copy(*session, file).succeeded);
  EXPECT_EQ(fs::file_size(arrived()), 0u);
}

TEST_F(HostCopies, WhatHasTheNameAlreadyIsLeftToTheStepsLook) {
  const core::BackupFile file = make_source(1'000);
  fs::create_directory(dir + "/target");
  std::ofstream(arrived()) << "another's";
  const auto session = connect();
  const UploadResult result = copy(*session, file);
  EXPECT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(fs::file_size(arrived()), 9u);
}

TEST_F(HostCopies, AFileThatWasTakenAwayIsSaidByItsPathAndNothingIsNamed) {
  const core::BackupFile file = make_source(1'000);
  fs::remove(source());
  const auto session = connect();
  const UploadResult result = copy(*session, file);
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("is no longer on the host: " + source()), std::string::npos)
      << result.message;
  EXPECT_TRUE(nothing_is_there());
}

TEST_F(HostCopies, AFileThatIsAnotherByNowIsSaidAndNothingIsNamed) {
  core::BackupFile file = make_source(kPieceBytes + 1);
  {
    std::fstream bytes(source(), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(kPieceBytes).put('x');
  }
  const auto session = connect();
  UploadResult result = copy(*session, file);
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("is not the one that was verified: " + source()), std::string::npos)
      << result.message;
  EXPECT_TRUE(nothing_is_there());
  fs::resize_file(source(), kPieceBytes);
  result = copy(*session, file);
  EXPECT_NE(result.message.find("is not the one that was verified"), std::string::npos);
  EXPECT_TRUE(nothing_is_there());
}

TEST_F(HostCopies, AFullDiskIsSaidInTheHostsWords) {
  const core::BackupFile file = make_source(3'000'000);
  sh("mkdir " + dir + "/target && mount -t tmpfs -o size=1m tmpfs " + dir + "/target");
  const auto session = connect();
  const UploadResult result = copy(*session, file);
  EXPECT_FALSE(result.succeeded);
  EXPECT_NE(result.message.find("No space left on device"), std::string::npos) << result.message;
  EXPECT_TRUE(nothing_is_there());
  sh("umount " + dir + "/target");
}

TEST_F(HostCopies, ACutWithinItLeavesNothingHalfNamedAndTheNextOneMakesIt) {
  const core::BackupFile file = make_source(8 * kPieceBytes);
  auto session = connect();
  on_progress = [&] { session->close("cut"); };
  EXPECT_THROW(copy(*session, file), transports::LinkFailure);
  on_progress = nullptr;
  session = connect();
  const UploadResult result = copy(*session, file);
  ASSERT_TRUE(result.succeeded) << result.message;
  EXPECT_EQ(digest_of(arrived()), file.sha256);
  EXPECT_TRUE(
      eventually([&] { return std::distance(fs::directory_iterator(dir + "/target"), {}) == 1; }));
}
