// A state directory on a file system that is none of this machine's own, with a real one of FUSE.
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstring>
#include <thread>

#include "tests/tools/verbs.hpp"
#include "tools/restorectl/state/local_disk.hpp"

namespace {

// A directory with nothing in it, served by a thread of this process.
class Fuse {
 public:
  explicit Fuse(fs::path there) : there_(std::move(there)), fd_(::open("/dev/fuse", O_RDWR)) {
    const std::string options =
        "fd=" + std::to_string(fd_) + ",rootmode=40000,user_id=0,group_id=0";
    mounted_ = ::mount("test", there_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
    if (mounted_) thread_ = std::thread([this] { serve(); });
  }
  ~Fuse() {
    if (mounted_) ::umount2(there_.c_str(), MNT_FORCE);
    if (thread_.joinable()) thread_.join();
    ::close(fd_);
  }
  bool mounted() const { return mounted_; }

 private:
  void serve() {
    std::string request(1 << 20, '\0');
    while (::read(fd_, request.data(), request.size()) > 0) {  // ENODEV once it is unmounted
      fuse_in_header in{};
      std::memcpy(&in, request.data(), sizeof in);
      if (in.opcode == FUSE_FORGET) continue;
      if (in.opcode == FUSE_INIT) {
        fuse_init_out out{};
        out.major = FUSE_KERNEL_VERSION;
        out.minor = 31;
        answer(in, 0, &out, sizeof out);
      } else if (in.opcode == FUSE_GETATTR) {
        fuse_attr_out out{};
        out.attr.ino = 1;
        out.attr.mode = S_IFDIR | 0700;
        out.attr.nlink = 2;
        answer(in, 0, &out, sizeof out);
      } else if (in.opcode == FUSE_STATFS) {
        const fuse_statfs_out out{};
        answer(in, 0, &out, sizeof out);
      } else {
        answer(in, in.opcode == FUSE_LOOKUP ? -ENOENT : -ENOSYS, nullptr, 0);
      }
    }
  }
  void answer(const fuse_in_header& in, int error, const void* body, std::size_t size) const {
    fuse_out_header head{};
    head.len = static_cast<std::uint32_t>(sizeof head + size);
    head.error = error;
    head.unique = in.unique;
    std::string bytes(reinterpret_cast<const char*>(&head), sizeof head);
    if (size > 0) bytes.append(static_cast<const char*>(body), size);
    // Where the asker has gone meanwhile, nobody misses the answer.
    [[maybe_unused]] const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
  }

  fs::path there_;
  int fd_;
  bool mounted_ = false;
  std::thread thread_;
};

using StateDisk = Verbs;

}  // namespace

TEST_F(StateDisk, ARunIsNotBegunOnAFileSystemOfFuse) {
  fs::create_directory(dir / "state");
  {
    const Fuse fuse(dir / "state");
    ASSERT_TRUE(fuse.mounted()) << std::strerror(errno);
    const Ended ended = run("start -i inventory.yaml --backup . --yes");
    EXPECT_EQ(ended.code, 5) << ended.text;
    EXPECT_NE(ended.text.find("R2006: the state directory"), std::string::npos) << ended.text;
    EXPECT_NE(ended.text.find("is on FUSE"), std::string::npos) << ended.text;
    EXPECT_NE(ended.text.find("use a local disk"), std::string::npos) << ended.text;
    run_by = "env RESTORECTL_STATE_DIR=" + (dir / "state/deeper/and/deeper").string();
    EXPECT_NE(run("start -i inventory.yaml --backup .").text.find("is on FUSE"), std::string::npos);
  }
  run_by.clear();
  // The same on a disk: the backup, which is none, is what is refused.
  EXPECT_NE(run("start -i inventory.yaml --backup . --yes").text.find("R1101"), std::string::npos);
}

TEST(ForeignDisks, AreThoseThatAnotherMachineOrAProgramServes) {
  using restorectl::foreign_kind;
  EXPECT_EQ(foreign_kind(0x6969), "NFS");
  EXPECT_EQ(foreign_kind(0xFF534D42), "CIFS");
  EXPECT_EQ(foreign_kind(0xFE534D42), "SMB");
  EXPECT_EQ(foreign_kind(0x65735546), "FUSE");
  // ext4, xfs, btrfs, tmpfs, overlay.
  const std::uint64_t of_this_machine[] = {0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630};
  for (const std::uint64_t type : of_this_machine) EXPECT_EQ(foreign_kind(type), "") << type;
}
