// Room where it is used: the live data's own mount, the script's copies, inodes.
#include "tests/states/scripts.hpp"

using core::Verdict;
using scripts::in_namespace;
using scripts::says;
using scripts::Step;

namespace {

constexpr std::int64_t kGiB = 1 << 30;
constexpr std::int64_t kMiB = 1 << 20;

// An inspection for a backup of 1 GiB.
struct Rooms {
  explicit Rooms(std::size_t host) : number(host) {
    auto start = std::make_shared<core::RunStarted>(*step.state.start);
    start->backup.files[0].size_bytes = kGiB;
    start->backup.files[1].size_bytes = 0;
    step.state.start = start;
  }
  Verdict judge(const std::string& out) const {
    return step.spec.judge({step.state, step.state.start->inventory.hosts[number], 1},
                           {"h", "inspect-host", 0, out, "", false});
  }
  Step step{"inspect-host"};
  std::size_t number;
};

std::string room(const std::string& place, const std::string& where, std::int64_t bytes,
                 const std::string& inodes = "99999 999999") {
  return "room=" + place + " " + where + " " + std::to_string(bytes / 4096) + " 4096 " + inodes +
         "\n";
}

// Everything on /var, or etcd on a disk of its own.
std::string one_disk(std::int64_t free) {
  std::string out;
  for (const char* place : {"/var/lib/restorectl", "/var/lib/etcd", "/var/lib/etcd-backup"})
    out += room(place, "1 /var", free);
  return out;
}
std::string own_disk(std::int64_t free, std::int64_t etcd, std::int64_t member) {
  return room("/var/lib/restorectl", "1 /var", free) +
         room("/var/lib/etcd-backup", "1 /var", free) +
         room("/var/lib/etcd", "2 /var/lib/etcd", etcd) + "member_bytes=" + std::to_string(member) +
         "\n";
}

}  // namespace

TEST(Room, TheLiveDataOfADiskOfItsOwnIsCopiedAndCounted) {
  const Rooms recovery(0);
  const Verdict verdict = recovery.judge(own_disk(8 * kGiB, kGiB, 8 * kGiB));
  ASSERT_EQ(verdict.kind, Verdict::Kind::wrong) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail, "/var has 8192 MiB free and needs 10496 MiB")) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail, "the live etcd data, copied from its own mount 8192 MiB"))
      << verdict.detail;
  EXPECT_FALSE(says(verdict.detail, "/var/lib/etcd has")) << verdict.detail;
  EXPECT_TRUE(says(verdict.remedy, "free up space in /var")) << verdict.remedy;
  EXPECT_EQ(recovery.judge(own_disk(10496 * kMiB, kGiB, 8 * kGiB)).kind, Verdict::Kind::holds);
}

TEST(Room, ADiskThatIsFullOfDataWhichLeavesItIsRoomEnough) {
  const Rooms recovery(0);
  EXPECT_EQ(recovery.judge(own_disk(99 * kGiB, 0, 2 * kGiB)).detail, "all prerequisites are met");
  const Verdict small = recovery.judge(own_disk(99 * kGiB, 0, kGiB));
  EXPECT_TRUE(says(small.detail, "/var/lib/etcd has 0 MiB free and needs 256 MiB")) << small.detail;
}

TEST(Room, AnotherHostNeedsRoomWhereItsNewMemberWillBe) {
  const Rooms other(1);
  const Verdict verdict = other.judge(own_disk(99 * kGiB, kGiB, 8 * kGiB));
  EXPECT_TRUE(says(verdict.detail, "/var/lib/etcd has 1024 MiB free and needs 1280 MiB"))
      << verdict.detail;
  EXPECT_EQ(other.judge(own_disk(256 * kMiB, 1280 * kMiB, 8 * kGiB)).kind, Verdict::Kind::holds);
}

TEST(Room, OnOneDiskTheLiveDataIsRenamedAndNeedsNone) {
  const Rooms recovery(0);
  const std::string live = "member_bytes=" + std::to_string(8 * kGiB) + "\n";
  EXPECT_TRUE(says(recovery.judge(one_disk(3 * kGiB) + live).detail, "needs 3328 MiB"));
  EXPECT_EQ(recovery.judge(one_disk(3328 * kMiB) + live).detail, "all prerequisites are met");
  // A bind mount of the same disk: the data is copied, and the original is deleted afterwards.
  std::string bound = one_disk(9 * kGiB) + live;
  bound.replace(bound.find("/var/lib/etcd 1 /var "), 21, "/var/lib/etcd 1 /var/lib/etcd ");
  EXPECT_TRUE(says(recovery.judge(bound).detail, "needs 9472 MiB")) << recovery.judge(bound).detail;
}

TEST(Room, InodesAreCountedWhereTheFileSystemHasALimitedNumber) {
  const Rooms other(1);
  const auto with = [&](const std::string& inodes) {
    return other.judge(one_disk(99 * kGiB) + room("/etc/kubernetes", "3 /", 99 * kGiB, inodes));
  };
  EXPECT_TRUE(says(with("12 65536").detail, "/ has 12 inodes free and needs 2000"));
  EXPECT_EQ(with("0 0").kind, Verdict::Kind::holds);
}

TEST(Room, ATrialRestoreThatWillBeSkippedIsANotice) {
  const Rooms recovery(0);
  const std::string out = room("/var/lib/restorectl", "1 /small", 2 * kGiB) +
                          room("/var/lib/etcd", "2 /var", 99 * kGiB) +
                          room("/var/lib/etcd-backup", "2 /var", 99 * kGiB);
  const Verdict verdict = recovery.judge(out);
  EXPECT_EQ(verdict.kind, Verdict::Kind::holds) << verdict.detail;
  EXPECT_TRUE(says(verdict.detail, "no trial restore will run: it needs 2350 MiB in /small"))
      << verdict.detail;
}

TEST(Room, LinesThatNoHostPrintsAreNoFindings) {
  const Rooms recovery(0);
  for (const std::string line :
       {"room=", "room=/var/lib/etcd", "room=/var/lib/etcd 1 /var x y z w",
        "room=/var/lib/etcd 1 /var 99999999999999999 99999999999999999 1 1", "member_bytes=-5",
        "member_bytes=99999999999999999999"}) {
    EXPECT_EQ(recovery.judge(one_disk(4 * kGiB) + line + "\n").kind, Verdict::Kind::holds) << line;
    EXPECT_EQ(recovery.judge(line + "\nfree_bytes=9999999999\n").kind, Verdict::Kind::holds)
        << line;
  }
}

TEST(Room, TheLookMeasuresEachMount) {
  const Step inspect("inspect-host");
  const std::string out =
      in_namespace(
          "mount -t tmpfs -o size=64m,nr_inodes=500 disk /var/lib/etcd; mkdir "
          "/var/lib/etcd/member; head -c 5000000 /dev/zero > /var/lib/etcd/member/db",
          inspect.look(), "")
          .out;
  const auto line = [&out](const std::string& place) {
    const std::size_t at = out.find("\nroom=" + place + " ");
    return at == std::string::npos ? "" : out.substr(at + 1, out.find('\n', at + 1) - at - 1);
  };
  EXPECT_TRUE(says(line("/var/lib/etcd"), " /var/lib/etcd ")) << out;
  EXPECT_TRUE(says(line("/var/lib/etcd"), " 500")) << out;
  for (const char* place : {"/var/lib/restorectl", "/var/lib/etcd-backup"})
    EXPECT_TRUE(says(line(place), " /var/lib ")) << out;
  EXPECT_TRUE(says(line("/etc/kubernetes"), " /etc/kubernetes ")) << out;
  EXPECT_TRUE(says(out, "\nmember_bytes=500")) << out;
  EXPECT_TRUE(says(Rooms(1).judge(out).detail, "/var/lib/etcd has 59 MiB free and needs 1280 MiB"))
      << Rooms(1).judge(out).detail;
}

// The procedure would move the link and leave the data to a second etcd.
TEST(Room, ADataDirectoryThatIsALinkIsRefused) {
  const Step inspect("inspect-host");
  const std::string out =
      in_namespace(
          "rmdir /var/lib/etcd; mkdir -p /var/lib/big/etcd/member; ln -s big/etcd "
          "/var/lib/etcd",
          inspect.look(), "")
          .out;
  EXPECT_TRUE(says(out, "\netcd_link=/var/lib/big/etcd\n")) << out;
  for (const std::size_t host : {0u, 1u}) {
    const Verdict verdict = Rooms(host).judge("etcd_link=/var/lib/big/etcd\n");
    EXPECT_EQ(verdict.kind, Verdict::Kind::wrong);
    EXPECT_TRUE(says(verdict.detail, "/var/lib/etcd is a symbolic link to /var/lib/big/etcd"));
    EXPECT_TRUE(says(verdict.remedy, "mount --bind")) << verdict.remedy;
  }
}
