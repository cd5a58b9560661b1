// Every error's code, provoked as a user meets it: the program is run, and what it printed is
// compared. cmake/error_pages.cmake refuses a code that stands in no test.
// Those that need hosts are provoked in tests/e2e and host_proof_test.cpp.
#include "tools/restorectl/error_codes.hpp"

#include <leveldb/db.h>

#include "journal/format/record.hpp"
#include "tests/states/story.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/restorectl/ending.hpp"
#include "tools/restorectl/run/notes.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace {

class ErrorCodes : public Verbs {
 protected:
  // The words end with that code, on a line of its own, and with the exit code that belongs to it.
  Ended expect_code(const std::string& words, const std::string& code) {
    const Ended ended = run(words);
    EXPECT_NE(ended.text.find("restorectl: " + code + ": "), std::string::npos) << words << "\n"
                                                                                << ended.text;
    const auto known = restorectl::read_code(code);
    EXPECT_EQ(ended.code, static_cast<int>(restorectl::exit_of(known.value()))) << ended.text;
    return ended;
  }
  // Ends an action of this process, whose words are caught.
  void expect_ending(const std::function<void()>& what, const std::string& code) {
    ::testing::internal::CaptureStderr();
    const int ended = restorectl::end_of([&] { return what(), restorectl::Exit::done; });
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(text.starts_with("restorectl: " + code + ": ")) << text;
    EXPECT_EQ(ended, static_cast<int>(restorectl::exit_of(*restorectl::read_code(code))));
  }
  // Performs it with this test's state directory.
  void of_this_workstation(const std::function<void()>& what) const {
    ::setenv("RESTORECTL_STATE_DIR", (dir / "state").c_str(), 1);
    what();
    ::unsetenv("RESTORECTL_STATE_DIR");
  }
  // The shell's words for a disk whose files cannot become larger.
  static std::string limited_to_kib(int kib) {
    return "sh -c 'trap \"\" XFSZ; ulimit -f " + std::to_string(2 * kib) + "; exec \"$@\"' --";
  }
  void edit_mirror(const std::string& from, const std::string& to) const {
    std::string text = read(of_run("journal.jsonl"));
    text.replace(text.find(from), from.size(), to);
    std::ofstream(of_run("journal.jsonl"), std::ios::binary) << text;
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void begin_run() { write_run(kRun, newest_digest()); }
  fs::path of_run(const char* name) const { return dir / "state/runs" / kRun / name; }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(dir / name, std::ios::binary) << text;
  }
  // What a story came to, as a run of this workstation.
  void write_story(const story::Story& story) {
    const auto store = journal::Store::create(dir / "state/runs" / kRun);
    for (const core::Record& record : story.records) store->append(record);
  }
  void expect_hold(const story::Story& story, const std::string& code) {
    write_story(story);
    EXPECT_NE(run("status").text.find(" " + code + ": "), std::string::npos) << run("status").text;
    EXPECT_NE(run("replay").text.find("HELD: " + code + ": "), std::string::npos)
        << run("replay").text;
    EXPECT_NE(run("status -o json").text.find("\"code\":\"" + code + "\""), std::string::npos);
    fs::remove_all(dir / "state");
  }
};

}  // namespace

TEST_F(ErrorCodes, OfTheCommandLine) {
  const auto expect_named = [&](const std::string& words, const std::string& unknown) {
    EXPECT_NE(expect_code(words, "R1001").text.find(unknown), std::string::npos) << words;
  };
  expect_named("frobnicate", "unexpected argument 'frobnicate'");
  expect_named("journal frobnicate", "unexpected argument 'frobnicate'");
  expect_named("start --backp there", "unexpected argument '--backp'");
  expect_named("start -i x --backup y --bogus", "--bogus");
  expect_code("start", "R1001");
  run_by = "env -u HOME -u XDG_STATE_HOME -u RESTORECTL_STATE_DIR";
  expect_code("runs", "R1002");
  run_by = "env RESTORECTL_STATE_DIR=/dev/null";
  expect_code(std::string("note ") + kRun + " words", "R1201");
  run_by.clear();
  begin_run();
  expect_code("report -o /nowhere/report.html", "R1003");
  expect_code("replay ./nowhere.jsonl", "R1004");
  put("there.tar", "x");
  expect_code("export --no-sign -o there.tar", "R1005");
  expect_code("replay --at yesterday", "R1006");
  expect_code("replay --at 2020-01-01T00:00:00Z", "R1006");
  expect_code("replay --longer long", "R1006");
  expect_code("replay --at 9", "R1007");
  expect_code("resume --run-again frobnicate", "R1008");
  expect_code("report -o report.pdf", "R1009");
  expect_code(std::string("note ") + kRun + " ''", "R1010");
  expect_code("resume --on run_vanished=true", "R1011");
  expect_code("explain frobnicate", "R1012");
  expect_code("hooks --deliver", "R1013");
  expect_code("resume --end-with-findings ''", "R1016");
}

TEST_F(ErrorCodes, OfTheInventory) {
  expect_code("plan -i nowhere.yaml --backup .", "R1021");
  put("wrong.yaml", "cluster: lab\nhosts: 3\n");
  expect_code("plan -i wrong.yaml --backup .", "R1022");
  const std::string from_here =
      "cluster: lab\nrecoveryHost: m0\nhosts:\n  - name: m0\n    address: 192.0.2.1\napi:\n  via: "
      "workstation\n  command: ";
  put("program.yaml", from_here + "no-such-kubectl\n  kubeconfig: inventory.yaml\n");
  const Ended program = expect_code("start -i program.yaml --backup . --yes", "R1022");
  EXPECT_NE(program.text.find("no-such-kubectl is no program in PATH"), std::string::npos)
      << program.text;
  put("file.yaml", from_here + "sh\n  kubeconfig: /nowhere\n");
  const Ended file = expect_code("start -i file.yaml --backup . --yes", "R1022");
  EXPECT_NE(file.text.find("api.kubeconfig /nowhere cannot be read"), std::string::npos)
      << file.text;
}

// A network in which nobody has the inventory's addresses, and says so at once.
constexpr const char* kNobodyThere =
    "unshare --net sh -c 'ip link set lo up; ip route add unreachable 192.0.2.0/24; "
    "exec \"$@\"' -- ";

TEST_F(ErrorCodes, OfHostsThatAreToBeLeftOut) {
  const std::string start = "start -i inventory.yaml --backup . --yes ";
  expect_code(start + "--without m9", "R1001");
  expect_code(start + "--without m0", "R1001");
  run_by = kNobodyThere;
  expect_code(start + "--without m1 --powered-off m9", "R1001");
  for (const char* typed : {"", "yes", "m0", "m1x"}) {
    run_by = std::string("printf '") + typed + "\\n' | " + kNobodyThere +
             "env RESTORECTL_STATE_DIR=" + (dir / "state").string();
    expect_code(start + "--without m1", "R1014");
  }
  EXPECT_FALSE(fs::exists(dir / "state/runs")) << "a run was begun";
  run_by = "unshare --net sh -c 'ip link set lo up; exec \"$@\"' --";
  put("alive.yaml",
      "cluster: lab\nrecoveryHost: m0\nhosts:\n  - name: m0\n    address: 192.0.2.1\n"
      "  - name: m1\n    address: 127.0.0.1\n");
  const Ended alive =
      expect_code("start -i alive.yaml --backup . --yes --without m1 --powered-off m1", "R3006");
  EXPECT_NE(alive.text.find("127.0.0.1:22 refuses connections"), std::string::npos) << alive.text;
  run_by = "unshare --net";
  const Ended untried = expect_code(start + "--without m1 --powered-off m1", "R3006");
  EXPECT_NE(untried.text.find("cannot be tried: Network is unreachable"), std::string::npos)
      << untried.text;
}

// The statement is passed, and the backup is what is refused.
TEST_F(ErrorCodes, OfABackupAfterTheStatementThatAHostIsOff) {
  const std::string start = "start -i inventory.yaml --backup . --yes --without m1 ";
  run_by = kNobodyThere;
  expect_code(start + "--powered-off m1", "R1101");
  run_by = std::string("printf 'm1\\nlab\\n' | ") + kNobodyThere +
           "env RESTORECTL_STATE_DIR=" + (dir / "state").string();
  const Ended asked = expect_code(start, "R1101");
  EXPECT_NE(asked.text.find("Type the name of the host to confirm that it is powered off for good"),
            std::string::npos)
      << asked.text;
}

TEST_F(ErrorCodes, OfTheBackup) {
  expect_code("backup verify .", "R1101");
  expect_code("start -i inventory.yaml --backup . --yes", "R1101");
  expect_code("backup verify . --accept frobnicate", "R1102");
  expect_code("backup verify m9:/backup -i inventory.yaml", "R1104");
}

TEST_F(ErrorCodes, OfChoosingARun) {
  expect_code("status", "R1201");
  begin_run();
  expect_code("status 2027", "R1201");
  write_run("20261123t101500000z-0000bbbb", newest_digest());
  expect_code("status 2026", "R1202");
}

TEST_F(ErrorCodes, OfARunThatStandsInTheWay) {
  begin_run();
  of_this_workstation([&] {
    const restorectl::ClusterLock driven("lab");
    expect_code("resume", "R1205");
  });
  run("abandon 2026 --reason test");
  expect_code("resume", "R1203");
}

TEST_F(ErrorCodes, OfARunOfOtherTables) {
  write_run(kRun, "0123456789abcdef");
  expect_code("resume", "R1207");
}

TEST_F(ErrorCodes, OfBundles) {
  begin_run();
  expect_code("export -o b.tar --sign-key nowhere", "R1303");
  ASSERT_EQ(std::system(("ssh-keygen -q -t ed25519 -N '' -f " + (dir / "key").string()).c_str()),
            0);
  EXPECT_EQ(run("export -o b.tar --sign-key key").code, 0);
  expect_code("import b.tar", "R1302");
  fs::remove_all(dir / "state");
  EXPECT_EQ(run("import b.tar --key key.pub").code, 0);
  expect_code(std::string("resume ") + kRun, "R1206");
  put("empty.pub", "");
  expect_code("verify b.tar --key empty.pub", "R1304");
  put("bad.tar", "no archive");
  expect_code("verify bad.tar", "R1301");
}

TEST_F(ErrorCodes, OfADamagedJournal) {
  begin_run();
  run("abandon 2026 --reason test");
  edit_mirror("\"lab\"", "\"bal\"");
  expect_code("resume", "R2001");
  expect_code("status", "R2001");
  expect_code("status -o json", "R2001");
  expect_code("replay", "R2009");
  expect_code("report -o r.html", "R2009");
  expect_code("replay -o json", "R2009");
  expect_code("replay --verify", "R2001");
  fs::remove_all(of_run("db"));
  fs::remove(of_run("journal.jsonl"));
  expect_code("resume", "R2003");
}

TEST_F(ErrorCodes, OfAJournalOfAnotherVersion) {
  begin_run();
  edit_mirror("run_started", "run_stirred");
  fs::remove_all(of_run("db"));
  {
    // A database with that line, as the other version would have written it.
    leveldb::DB* opened = nullptr;
    leveldb::Options options;
    options.create_if_missing = true;
    ASSERT_TRUE(leveldb::DB::Open(options, of_run("db"), &opened).ok());
    const std::unique_ptr<leveldb::DB> db(opened);
    std::string line = read(of_run("journal.jsonl"));
    line.pop_back();
    ASSERT_TRUE(db->Put({}, std::string("\0\0\0\0\0\0\0\1", 8), line).ok());
  }
  expect_code("resume", "R2002");
}

TEST_F(ErrorCodes, OfAJournalThatIsOpenOrThere) {
  begin_run();
  {
    const auto driver = journal::Store::open(dir / "state/runs" / kRun, [](const auto&) {});
    expect_code("resume", "R2005");
  }
  expect_ending([&] { journal::Store::create(dir / "state/runs" / kRun); }, "R2004");
}

TEST_F(ErrorCodes, OfADiskThatDoesNotKeep) {
  begin_run();
  const std::string note = std::string("note ") + kRun + " words";
  // No file may become larger than half a MiB: the reserve has no place.
  fs::remove(of_run("reserve"));
  run_by = limited_to_kib(512);
  expect_code(note, "R2006");
  run_by.clear();
  EXPECT_EQ(run(note).code, 0);
  // The database's log has no place for a note that waits in the inbox.
  of_this_workstation([] {
    restorectl::leave_note(kRun,
                           {"n-00000000000000a1", "me", "x", "", "", std::string(60'000, 'x')});
  });
  run_by = limited_to_kib(32);
  expect_code(note, "R2007");
  run_by.clear();
  EXPECT_EQ(run(note).code, 0);
  EXPECT_NE(run("replay --verify").text.find("6 facts without a gap"), std::string::npos)
      << "the notes that were refused waited in the inbox, each once: " << run("replay").text;
}

TEST_F(ErrorCodes, OfDecisionsThatTodayWouldBeOthers) {
  const auto store = journal::Store::create(dir / "state/runs" / kRun);
  store->append({{1, 1'795'418'943'184, 1, story::three_hosts()}, {}});
  expect_code("replay --verify", "R2008");
}

TEST_F(ErrorCodes, OfAHistoryThatHoldsNothing) {
  put("empty.jsonl", "");
  expect_code("replay empty.jsonl", "R2010");
  expect_code("replay empty.jsonl -o json", "R2010");
  expect_code("replay empty.jsonl --against", "R2010");
  expect_code("replay --verify empty.jsonl", "R2010");
  expect_code("report empty.jsonl -o r.html", "R2010");
}

TEST_F(ErrorCodes, OfARecoveryThatKnowsNoHost) {
  begin_run();
  put("state/runs/" + std::string(kRun) + "/journal.jsonl", "");
  expect_code(std::string("journal recover ") + kRun, "R3001");
}

TEST_F(ErrorCodes, OfADefectOfOurs) {
  expect_ending([] { throw std::logic_error("a test's own"); }, "R9001");
}

TEST_F(ErrorCodes, OfAHostThatIsNotAsItMustBe) {
  story::Story s;
  s.start();
  s.see("master-0", "boot_id=b\nhostname=h\nuser_id=1000\n");
  expect_hold(s, "R4001");
}

TEST_F(ErrorCodes, OfWhatDoesNotComeInTime) {
  story::Story s;
  s.go_to_quiesce();
  s.pass_move("master-1");
  s.see("master-1", "running=etcd\n");
  const auto look = s.take<core::Look>("master-1");
  s.tell(core::Expired{look.host, look.step, "x"});
  expect_hold(s, "R4002");
}

TEST_F(ErrorCodes, OfALinkThatDoesNotComeBack) {
  story::Story s;
  s.start();
  s.tell(core::LinkLost{"master-1", "reach-host", false, "no route"});
  s.now_ms += 24 * 3'600'000;
  s.tell(core::LinkLost{"master-1", "reach-host", false, "no route"});
  expect_hold(s, "R4003");
}

TEST_F(ErrorCodes, OfAHostThatRefuses) {
  story::Story s;
  s.start();
  s.tell(core::LinkLost{"master-1", "reach-host", true, "the host key is not the known one"});
  expect_hold(s, "R4004");
}

TEST_F(ErrorCodes, OfACommandThatIsNotRunTwice) {
  story::Story s;
  s.go_to_restore();
  s.see("master-0", story::Story::before_restore());
  const auto job = s.take<core::RunJob>("master-0");
  s.tell(core::JobFound{job.host, job.step, job.job, core::Finding::killed});
  s.see("master-0", story::Story::before_restore());
  expect_hold(s, "R4005");
}

TEST_F(ErrorCodes, OfACommandThatFailed) {
  story::Story s;
  s.go_to_quiesce();
  s.see("master-1", "from=present\nto=absent\n");
  s.finish_job("master-1", 1);
  expect_hold(s, "R4006");
}

TEST_F(ErrorCodes, OfACopyThatFailed) {
  story::Story s;
  s.start();
  s.pass_preflight();
  s.see("master-0", "kept=no\n");
  s.finish_job("master-0");
  s.see("master-0", "kept=yes\n# source: the API\n");
  s.see("master-0", "");
  const auto copy = s.take<core::CopyBackup>("master-0");
  s.tell(core::CopyEnded{copy.host, copy.step, false, "no room", 0});
  expect_hold(s, "R4007");
}

TEST_F(ErrorCodes, AreExplainedWithoutANetworkAndSoAreSteps) {
  for (const restorectl::ErrorCode& known : restorectl::error_codes()) {
    const std::string code = restorectl::text_of(known.code);
    EXPECT_TRUE(restorectl::page_of(known.code).starts_with("# " + code + ": ")) << code;
    EXPECT_EQ(restorectl::read_code(code), known.code);
  }
  EXPECT_EQ(run("explain r1201").text, run("explain 1201").text);
  EXPECT_EQ(run("explain R1201").text, read(fs::path(RESTORECTL_TOP) / "docs/errors/R1201.md"));
  EXPECT_NE(run("explain").text.find("R4005   3     held: the command ran before"),
            std::string::npos);
  const Ended step = run("explain run-restore-script");
  EXPECT_EQ(step.code, 0);
  EXPECT_NE(step.text.find("never without --run-again"), std::string::npos) << step.text;
}

// The build's own refusal, tried on a copy of the tree's parts that it reads.
TEST_F(ErrorCodes, WithoutAPageOrATestDoNotBuild) {
  const fs::path top = RESTORECTL_TOP;
  for (const char* part : {"docs/errors", "tools/restorectl", "tests"}) {
    fs::create_directories((dir / part).parent_path());
    fs::copy(top / part, dir / part, fs::copy_options::recursive);
  }
  const auto built = [&] {
    return std::system(("cmake -DTOP=" + dir.string() + " -DOUT=" + (dir / "out.cpp").string() +
                        " -P " + (top / "cmake/error_pages.cmake").string() + " > " +
                        (dir / "words").string() + " 2>&1")
                           .c_str()) == 0;
  };
  const auto said = [&](const std::string& words) {
    return read(dir / "words").find(words) != std::string::npos;
  };
  EXPECT_TRUE(built()) << read(dir / "words");
  fs::rename(dir / "docs/errors/R1201.md", dir / "docs/errors/R1299.md");
  EXPECT_FALSE(built());
  EXPECT_TRUE(said("R1201 has no page")) << read(dir / "words");
  EXPECT_TRUE(said("R1299.md is the page of no code")) << read(dir / "words");
  fs::rename(dir / "docs/errors/R1299.md", dir / "docs/errors/R1201.md");
  put("docs/errors/R1202.md",
      "# R1202: several runs match\n\nNothing was done.\n\n## Cause\n\nx\n");
  EXPECT_FALSE(built());
  EXPECT_TRUE(said("R1202.md is not")) << read(dir / "words");
  fs::copy_file(top / "docs/errors/R1202.md", dir / "docs/errors/R1202.md",
                fs::copy_options::overwrite_existing);
  // A comment provokes nothing.
  std::string test = read(dir / "tests/tools/error_codes_test.cpp");
  const std::string provoked = std::string("\"R") + "1008\"";
  const std::size_t line = test.rfind('\n', test.find(provoked)) + 1;
  test.insert(line, "//");
  put("tests/tools/error_codes_test.cpp", test);
  EXPECT_FALSE(built());
  EXPECT_TRUE(said("no test provokes R1008")) << read(dir / "words");
}
