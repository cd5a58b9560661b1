// What a snapshot carries beside its keys, and the words for backups that are spoilt in ways that
// others met.
#include <gmock/gmock.h>

#include "core/backup_place.hpp"
#include "tests/tools/backup_bytes.hpp"
#include "tools/restorectl/input/backup_proof.hpp"

using namespace backup_bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

constexpr char kNoSpace = 1;
constexpr char kCorrupt = 2;

}  // namespace

TEST_F(Backups, OneWithoutAnythingUnusualHasNoDefect) {
  const backup::Proof proof = verify(buckets_of());
  EXPECT_THAT(names(proof), IsEmpty()) << words(proof);
  EXPECT_EQ(proof.snapshot.server, backup::ServerFacts{});
}

TEST_F(Backups, AnAlarmOfEtcdsIsADefectWithTheCommandThatCuresIt) {
  struct Case {
    char kind;
    const char* name;
    bool acceptable;
  };
  for (const auto& [kind, name, acceptable] :
       {Case{kNoSpace, "nospace-alarm", true}, Case{kCorrupt, "corrupt-alarm", true},
        Case{9, "unknown-alarm", false}}) {
    Buckets buckets = buckets_of();
    buckets["alarm"] = {{alarm(1, kind), ""}, {alarm(2, kind), ""}};
    backup::Proof proof = verify(buckets);
    EXPECT_THAT(names(proof), ElementsAre(name));
    EXPECT_EQ(backup::may_be_accepted(name), acceptable) << name;
    if (!acceptable) continue;
    EXPECT_THAT(words(proof), HasSubstr("etcdctl alarm disarm"));
    proof.accept({name});
    EXPECT_THAT(names(proof), IsEmpty());
    EXPECT_THAT(proof.accepted, ElementsAre(name));
  }
}

TEST_F(Backups, AnAlarmThatCannotBeReadIsNotPassedBy) {
  Buckets buckets = buckets_of();
  buckets["alarm"] = {{"\xff\xff", ""}};
  EXPECT_THAT(names(verify(buckets)), ElementsAre("unknown-alarm"));
}

TEST_F(Backups, AnEtcdThatAsksForUsersIsNotOneOfOkds) {
  Buckets buckets = buckets_of();
  buckets["auth"] = {{"authEnabled", std::string(1, '\0')}, {"authRevision", "x"}};
  EXPECT_THAT(names(verify(buckets)), IsEmpty());
  buckets["auth"]["authEnabled"] = "\x01";
  const backup::Proof proof = verify(buckets);
  EXPECT_THAT(names(proof), ElementsAre("auth-enabled"));
  EXPECT_THAT(words(proof), HasSubstr("etcdctl auth disable"));
  EXPECT_TRUE(backup::may_be_accepted("auth-enabled"));
}

TEST_F(Backups, MembersLearnersLeasesVersionAndRaftIndexAreTold) {
  Buckets buckets = buckets_of();
  buckets["cluster"] = {{"clusterVersion", "3.4.0"}};
  buckets["members"] = {{"1a", R"({"id":26,"peerURLs":[],"name":"master-0","clientURLs":[]})"},
                        {"1b", R"({"id":27,"peerURLs":[],"isLearner":true,"name":"master-1"})"},
                        {"1c", R"({"id":28,"peerURLs":[]})"},
                        {"1d", "no JSON"}};
  buckets["lease"] = {{"12345678", "x"}, {"12345679", "x"}};
  buckets["meta"] = {{"consistent_index", std::string("\0\0\0\0\0\0\1\2", 8)}};
  const backup::Proof proof = verify(buckets);
  EXPECT_THAT(names(proof), IsEmpty()) << words(proof);
  const backup::ServerFacts& server = proof.snapshot.server;
  EXPECT_EQ(server.version, "3.4.0");
  EXPECT_EQ(proof.manifest().content.etcd_version, "3.4.0");
  EXPECT_THAT(server.members, ElementsAre(backup::MemberFacts{"master-0", false},
                                          backup::MemberFacts{"master-1", true},
                                          backup::MemberFacts{}, backup::MemberFacts{}));
  EXPECT_EQ(server.leases, 2u);
  EXPECT_EQ(server.consistent_index, 258u);
}

TEST_F(Backups, TheSizeIsComparedWithTheQuotaOfTheEtcdPodInTheArchive) {
  const auto with_quota = [](const std::string& bytes, bool json) {
    return pods_of(json ? R"({"env":[{"name":"ETCD_QUOTA_BACKEND_BYTES","value":")" + bytes +
                              R"("},{"name":"ETCD_NAME","value":"9"}]})"
                        : "    - name: \"ETCD_QUOTA_BACKEND_BYTES\"\n      value: \"" + bytes +
                              "\"\n");
  };
  for (const bool json : {false, true}) {
    backup::Proof proof = verify(buckets_of(), with_quota("12288", json));
    EXPECT_EQ(proof.etcd_quota_bytes(), 12'288u);
    EXPECT_EQ(proof.snapshot.database_bytes, 12'288u);  // its first byte beyond is refused
    EXPECT_THAT(names(proof), ElementsAre("over-quota"));
    EXPECT_THAT(words(proof), HasSubstr("etcdctl defrag"));
    EXPECT_TRUE(backup::may_be_accepted("over-quota"));
    EXPECT_THAT(names(verify(buckets_of(), with_quota("12289", json))), IsEmpty());
  }
}

TEST_F(Backups, WhereTheArchiveNamesNoQuotaItIsTheReleases) {
  EXPECT_EQ(verify(buckets_of("4.7.0")).etcd_quota_bytes(), 7ULL << 30);
  EXPECT_EQ(verify(buckets_of("4.8.2")).etcd_quota_bytes(), 7ULL << 30);
  EXPECT_EQ(verify(buckets_of("4.10.1")).etcd_quota_bytes(), 8ULL << 30);
  EXPECT_EQ(verify(buckets_of(), pods_of("env: ETCD_QUOTA_BACKEND_BYTES")).etcd_quota_bytes(),
            7ULL << 30);
}

TEST_F(Backups, PagesThatNothingReachesAreNotInUse) {
  std::string bytes = database(buckets_of()) + std::string(2 * kPage, '\0');
  write_metas(bytes, ~0ULL);
  const backup::Proof proof = verify(with_trailer(bytes), backup::gzipped(tar(pods_of())));
  EXPECT_EQ(proof.snapshot.database_bytes, 5 * kPage);
  EXPECT_EQ(proof.snapshot.in_use_bytes, 3 * kPage);
}

TEST_F(Backups, ASnapshotOfABigEndianMachineIsNamedAsSuch) {
  std::string bytes = database(buckets_of());
  for (std::size_t meta : {std::size_t{0}, kPage}) bytes.replace(meta + 16, 4, "\xED\x0C\xDA\xED");
  const backup::Proof proof = verify(with_trailer(bytes), backup::gzipped(tar(pods_of())));
  EXPECT_THAT(names(proof), ElementsAre("big-endian"));
  EXPECT_THAT(words(proof), HasSubstr("s390x"));
}

namespace {

std::string cluster_operator(const std::string& available, const std::string& progressing,
                             const std::string& degraded, const std::string& reason = "R") {
  const auto condition = [&](const char* type, const std::string& status) {
    return std::string(R"({"type":")") + type + R"(","status":")" + status + R"(","reason":")" +
           reason + R"("})";
  };
  return R"({"metadata":{"name":"x"},"status":{"conditions":[)" +
         condition("Available", available) + "," + condition("Progressing", progressing) + "," +
         condition("Degraded", degraded) + "]}}";
}

}  // namespace

// What a run does not wait for at its end.
TEST_F(Backups, ClusterOperatorsThatHadNotSettledAreToldAndAreNoDefect) {
  const std::string prefix = "/kubernetes.io/config.openshift.io/clusteroperators/";
  Buckets buckets = buckets_of();
  Bucket& keys = buckets["key"];
  store(keys, 6, prefix + "dns", cluster_operator("True", "False", "True", "OldReason"));
  store(keys, 7, prefix + "dns", cluster_operator("False", "True", "True"));
  store(keys, 8, prefix + "healed", cluster_operator("True", "False", "True"));
  store(keys, 9, prefix + "healed", cluster_operator("True", "False", "False"));
  store(keys, 10, prefix + "long",
        cluster_operator("True", "False", "Unknown", std::string(900, 'r')));
  store(keys, 11, prefix + "new", R"({"status":{}})");
  store(keys, 12, prefix + "odd", "no JSON");
  store(keys, 13, prefix + "gone", cluster_operator("True", "False", "True"));
  // Its tombstone is an entry with a longer key.
  keys[std::string(7, '\0') + std::string(1, 14) + "_" + std::string(8, '\0') + "t"] =
      field(1, prefix + "gone");
  const backup::Proof proof = verify(buckets);
  EXPECT_THAT(names(proof), IsEmpty()) << words(proof);
  using Unsettled = core::UnsettledOperator;
  EXPECT_THAT(proof.manifest().content.unsettled,
              ElementsAre(Unsettled{"dns", "Available", "R"}, Unsettled{"dns", "Degraded", "R"},
                          Unsettled{"dns", "Progressing", "R"},
                          Unsettled{"long", "Degraded", std::string(100, 'r')},
                          Unsettled{"new", "Available", ""}, Unsettled{"new", "Degraded", ""},
                          Unsettled{"new", "Progressing", ""}));
  EXPECT_EQ(restorectl::words_of(proof.snapshot.unsettled[1]),
            "cluster operator dns was degraded (R) when the backup was taken");
}

TEST_F(Backups, OperatorsWithoutEndAreNotJournaledWithoutEnd) {
  Buckets buckets = buckets_of();
  for (int i = 0; i < 120; ++i) {
    store(buckets["key"], static_cast<char>(6 + i),
          "/kubernetes.io/config.openshift.io/clusteroperators/o" + std::to_string(i), "{}");
  }
  store(buckets["key"], 127,
        "/kubernetes.io/config.openshift.io/clusteroperators/" + std::string(300, 'a'), "{}");
  const backup::Proof proof = verify(buckets);
  EXPECT_THAT(names(proof), IsEmpty()) << words(proof);
  EXPECT_EQ(proof.snapshot.unsettled.size(), backup::kUnsettledMax);
  EXPECT_EQ(proof.snapshot.unsettled.front().name, "o0");
}

TEST_F(Backups, TheNodesAreComparedBesideADefectThatWasAccepted) {
  Buckets buckets = buckets_of();
  buckets["alarm"] = {{alarm(1, kNoSpace), ""}};
  store(buckets["key"], 6, "/kubernetes.io/minions/master-7",
        R"({"metadata":{"labels":{"node-role.kubernetes.io/master":""}}})");
  verify(buckets);
  core::Inventory inventory;
  inventory.hosts = {{"master-0", "192.0.2.11", "master-0", {}}};
  const backup::Proof proof = restorectl::prove_backup(core::read_backup_place(dir.string()),
                                                       {"nospace-alarm"}, &inventory);
  EXPECT_THAT(names(proof), ElementsAre("other-nodes"));
  EXPECT_THAT(proof.accepted, ElementsAre("nospace-alarm"));
}

TEST_F(Backups, OneOfAReleaseWhoseProcedureIsNotPerformedIsRefusedByNameAndAcceptedByName) {
  const auto proven = [this](const std::string& version, std::vector<std::string> accepted = {}) {
    verify(buckets_of(version));
    return restorectl::prove_backup(core::read_backup_place(dir.string()), accepted, nullptr);
  };
  for (const char* performed : {"4.7.0-0.okd-2021-03-28-152009", "4.7.9", "4.6.62"})
    EXPECT_THAT(names(proven(performed)), IsEmpty()) << performed;
  for (const char* later : {"4.8.0", "4.10.0-0.okd-2022-03-07-131213", "4.18.3", "5.0.1"}) {
    const backup::Proof proof = proven(later);
    EXPECT_THAT(names(proof), ElementsAre("other-procedure")) << later;
    EXPECT_THAT(words(proof), HasSubstr(later));
  }
  EXPECT_THAT(names(proven("4.10.1", {"other-procedure"})), IsEmpty());
}

// As an etcdctl of 3.2 leaves it: a page with the list of free pages, and the meta pages changed.
TEST_F(Backups, ASnapshotThatAnOldEtcdctlWroteIntoSaysSo) {
  std::string bytes = database(buckets_of());
  std::string list(kPage, '\0');
  put(list, 0, std::uint64_t{bytes.size() / kPage});
  put(list, 8, std::uint16_t{16});
  std::string changed = bytes + list;
  write_metas(changed, bytes.size() / kPage);
  const std::string archive = backup::gzipped(tar(pods_of()));
  const std::string old_trailer = with_trailer(bytes).substr(bytes.size());
  const backup::Proof rewritten = verify(changed + old_trailer, archive);
  EXPECT_THAT(names(rewritten), ElementsAre("digest-differs"));
  EXPECT_THAT(words(rewritten), HasSubstr("`snapshot status` of an older etcdctl"));
  EXPECT_THAT(words(verify(changed, archive)), HasSubstr("`snapshot status` of an older etcdctl"));
  bytes[kPage - 1] = 1;
  EXPECT_THAT(words(verify(bytes + old_trailer, archive)), Not(HasSubstr("etcdctl")));
}

TEST_F(Backups, ADirectoryWithoutAPairSaysWhatIsThere) {
  EXPECT_THAT(words(backup::verify(dir)), HasSubstr("The directory is empty"));
  write("snapshot.db", "x");
  fs::create_directory(dir / "backup");
  backup::Proof proof = backup::verify(dir);
  EXPECT_THAT(names(proof), ElementsAre("no-pair"));
  EXPECT_THAT(words(proof), HasSubstr("It contains backup/, snapshot.db. "));
  for (int i = 0; i < 30; ++i) write("z\n" + std::to_string(i), "x");
  EXPECT_THAT(words(backup::verify(dir)), HasSubstr(" and 20 more"));
  EXPECT_THAT(words(backup::verify(dir)), Not(HasSubstr("z\n")));
}

TEST_F(Backups, NamesThatBeginWithADotAreOneDefect) {
  Entries entries = pods_of("image: a\n", "./");
  entries.insert(entries.begin(), {{"./", ""}, {"./static-pod-resources/", ""}});
  backup::Proof proof = verify(buckets_of(), entries);
  EXPECT_THAT(names(proof), ElementsAre("archive-prefix"));
  EXPECT_THAT(words(proof), HasSubstr("tar -czf"));
  EXPECT_FALSE(backup::may_be_accepted("archive-prefix"));
  entries.emplace_back("./../etc/shadow", "x");
  EXPECT_THAT(names(verify(buckets_of(), entries)),
              ElementsAre("archive-prefix", "archive-escape"));
}

TEST_F(Backups, APlainTarUnderACompressedOnesNameIsCalledThat) {
  const backup::Proof proof = verify(with_trailer(database(buckets_of())), tar(pods_of()));
  EXPECT_THAT(names(proof), ElementsAre("archive-broken"));
  EXPECT_THAT(words(proof), HasSubstr("is a plain tar archive"));
}

// What lies beside a pair in a directory that a person or a tool has handled, and ways to a
// directory that are no plain path.
TEST_F(Backups, APairIsReadInADirectoryOfAnyNameAndBesideWhateverElseLiesThere) {
  const std::string snapshot = with_trailer(database(buckets_of()));
  const std::string archive = backup::gzipped(tar(pods_of()));
  const std::string of_snapshot = std::string("snapshot_") + kTime + ".db";
  const std::string of_archive = std::string("static_kuberesources_") + kTime + ".tar.gz";
  const fs::path directory = dir / "Sicherung vom 23. November – café ☕ 'x' $(y)";
  fs::create_directory(directory);
  const auto put_there = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(directory / name, std::ios::binary) << bytes;
  };
  put_there(of_snapshot, snapshot);
  put_there(of_archive, archive);
  for (const std::string& name : {of_snapshot, of_archive}) {
    put_there("._" + name, "AppleDouble");
    put_there(name + ".sha256", "0000  " + name + "\n");
    put_there(name + ".part", snapshot.substr(0, 100));
    put_there(name + " (1)", "x");
  }
  put_there(std::string("snapshot_") + kTime + " (1).db", snapshot.substr(0, 4096));
  put_there(".DS_Store", "x");
  fs::create_directory_symlink(directory, dir / "link");
  // As a directory of links into an archive of backups.
  fs::create_directory(dir / "links");
  for (const std::string& name : {of_snapshot, of_archive})
    fs::create_symlink(directory / name, dir / "links" / name);
  for (const fs::path& way : {directory, directory / "", dir / "link", dir / "links"}) {
    const backup::Proof proof = backup::verify(way);
    EXPECT_THAT(names(proof), IsEmpty()) << way << ": " << words(proof);
    EXPECT_EQ(proof.snapshot.version.cluster_id, "id-1") << way;
    EXPECT_EQ(proof.manifest().files[0].name, of_snapshot);
    EXPECT_EQ(proof.manifest().files[0].size_bytes, snapshot.size()) << "of the file, not the link";
  }
  fs::create_symlink("gone.db", dir / of_snapshot);
  write(of_archive, archive);
  EXPECT_THAT(names(backup::verify(dir)), ElementsAre("unreadable")) << "a link that leads nowhere";
}

TEST_F(Backups, NamesThatTheRestoreScriptWouldNotFindAreNoPair) {
  const std::string snapshot = with_trailer(database(buckets_of()));
  const std::string archive = backup::gzipped(tar(pods_of()));
  const std::string time = kTime;
  const std::string good_snapshot = "snapshot_" + time + ".db";
  const std::string good_archive = "static_kuberesources_" + time + ".tar.gz";
  struct Case {
    std::string snapshot;
    std::string archive;
    const char* defect = "no-pair";
  };
  const Case cases[] = {
      {"Snapshot_" + time + ".db", good_archive},
      {"SNAPSHOT_" + time + ".DB", good_archive},
      {"snapshot.db", good_archive},
      {"snapshot_" + time + "Z.db", good_archive},
      {"snapshot_" + time + " .db", good_archive},
      {"snapshot_" + time + ".db.gz", good_archive},
      {"snapshot_" + time + ".db (1)", good_archive},
      {"snapshot_" + time + ".db.part", good_archive},
      {"._snapshot_" + time + ".db", good_archive},
      {good_snapshot, "static_kuberesources_" + time + ".tar"},
      {good_snapshot, "static_kuberesources_" + time + ".tgz"},
      {good_snapshot, "static_kuberesources_2026-11-23_101501.tar.gz", "mixed-pair"},
      {"deeper/" + good_snapshot, "deeper/" + good_archive},
  };
  for (const Case& named : cases) {
    fs::remove_all(dir);
    fs::create_directories(dir / "deeper");
    write(named.snapshot, snapshot);
    write(named.archive, archive);
    const backup::Proof proof = backup::verify(dir);
    EXPECT_THAT(names(proof), ElementsAre(named.defect)) << named.snapshot << ", " << named.archive;
    const std::string shown =
        fs::path(named.snapshot).has_parent_path() ? "deeper/" : named.snapshot;
    EXPECT_THAT(words(proof), HasSubstr(shown)) << "it says what is there";
  }
}

// As tar --selinux --xattrs packs it on a host: pax headers before each entry.
TEST_F(Backups, AnArchiveWithTheAttributesOfSelinuxIsTakenWithAnEmptyFolderOfAnotherRevision) {
  Entries entries;
  for (const auto& [name, content] : pods_of()) {
    entries.emplace_back("x:PaxHeaders/" + name,
                         pax("RHT.security.selinux", "system_u:object_r:kubernetes_file_t:s0") +
                             pax("SCHILY.xattr.security.selinux",
                                 std::string("system_u:object_r:kubernetes_file_t:s0\0", 39)) +
                             pax("mtime", "1795418943.184295731"));
    entries.emplace_back(name, content);
  }
  entries.emplace_back("static-pod-resources/etcd-pod-6/", "");
  backup::Proof proof = verify(buckets_of(), entries);
  EXPECT_THAT(names(proof), IsEmpty()) << words(proof);
  EXPECT_EQ(proof.archive.pods.at("etcd").revision, "7");
  EXPECT_EQ(proof.archive.files, 4u);
  // A name within such a header counts, and not the one that stands behind it.
  entries.emplace_back("x:PaxHeaders/evil", pax("path", "static-pod-resources/../manifests/evil"));
  entries.emplace_back("static-pod-resources/etcd-pod-7/innocent", "x");
  EXPECT_THAT(names(verify(buckets_of(), entries)), ElementsAre("archive-escape"));
}

// A Mac packs its attributes as files of their own, which the restore script would unpack beside
// the others.
TEST_F(Backups, AppleDoubleEntriesAndOtherResourcesAreRefusedByName) {
  for (const std::string name :
       {"._static-pod-resources", "static-pod-resources/._etcd-pod-7",
        "static-pod-resources/etcd-certs/secrets/etcd-all-certs/tls.key", "__MACOSX/x"}) {
    Entries entries = pods_of();
    entries.insert(entries.begin(), {name, std::string("\0\5\x16\7", 4)});
    const backup::Proof proof = verify(buckets_of(), entries);
    EXPECT_THAT(names(proof), ElementsAre("archive-foreign")) << name;
    EXPECT_THAT(words(proof), HasSubstr(name));
  }
}

// By rz/sz or as FTP's text: each LF becomes CRLF, or each CRLF becomes LF.
TEST_F(Backups, ACopyWhoseEndsOfLinesWereConvertedIsRefused) {
  const auto replaced = [](std::string bytes, const std::string& old, const std::string& by) {
    for (std::size_t at = 0; (at = bytes.find(old, at)) != std::string::npos; at += by.size())
      bytes.replace(at, old.size(), by);
    return bytes;
  };
  const std::string snapshot = with_trailer(database(buckets_of()));
  ASSERT_NE(snapshot.find('\n'), std::string::npos);
  const std::string archive = backup::gzipped(tar(pods_of()));
  EXPECT_THAT(names(verify(replaced(snapshot, "\n", "\r\n"), archive)), ElementsAre("meta-broken"));
  Buckets buckets = buckets_of();
  store(buckets["key"], 6, "/kubernetes.io/configmaps/x", "a\r\nb");
  const std::string with_crlf = with_trailer(database(buckets));
  ASSERT_THAT(names(verify(with_crlf, archive)), IsEmpty());
  EXPECT_THAT(names(verify(replaced(with_crlf, "\r\n", "\n"), archive)), ElementsAre("cut-short"));
  // Compressed bytes have every value.
  std::string noise;
  for (unsigned i = 0; i < 4096; ++i) noise += static_cast<char>((i * i * 2654435761u) >> 24);
  Entries entries = pods_of();
  entries.emplace_back("static-pod-resources/etcd-pod-7/noise", noise);
  const std::string packed = backup::gzipped(tar(entries));
  ASSERT_NE(packed.find('\n'), std::string::npos);
  ASSERT_THAT(names(verify(snapshot, packed)), IsEmpty());
  EXPECT_THAT(names(verify(snapshot, replaced(packed, "\n", "\r\n"))),
              ElementsAre("archive-broken"));
}
