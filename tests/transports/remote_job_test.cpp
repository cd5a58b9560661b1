// The job protocol: cut at every point it has, the effect happens once or provably never.
#include "transports/host/remote_job.hpp"

#include <cinttypes>

#include "core/shell_quote.hpp"
#include "tests/transports/sshd.hpp"
#include "transports/host/journal_copy.hpp"
#include "transports/host/local_shell.hpp"

using namespace testing_ssh;
using namespace transports;

namespace {

class RemoteJob : public Sshd {
 protected:
  void SetUp() override {
    Sshd::SetUp();
    place = {dir + "/jobs", Launcher::setsid, std::nullopt};
    counter = dir + "/counter";
  }
  // A start that is cut off when all is written and nothing is launched yet.
  static std::string before_launch(const std::string& script) {
    return script.substr(0, script.find("  if ! launch ")) + "fi";
  }
  std::string count_script(const std::string& more = "") {
    return "echo ran >> " + counter + "\n" + more;
  }
  // Ends with the test too: its directory goes, and a job whose wrapper was killed has no other
  // end.
  std::string wait_for_go() const {
    return "while [ -d " + dir + " ] && [ ! -e " + dir + "/go ]; do sleep 0.02; done";
  }
  long runs() const {
    std::ifstream file(counter);
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  }
  JobOutcome settle(Shell& shell) { return run(settle_job(shell, place, "j")); }
  // Settles until the job is no longer running.
  JobOutcome settle_to_the_end(Shell& shell) {
    JobOutcome outcome;
    EXPECT_TRUE(eventually([&] {
      outcome = settle(shell);
      return outcome.ended || outcome.finding != core::Finding::running;
    }));
    return outcome;
  }
  JobPlace place;
  std::string counter;
};

// Behind which bytes of an exchange the link breaks. tools/test --full: every byte;
// RESTORECTL_SLICE=k/n is the k-th n-th of them. Else some all over it, and some about its end,
// since only a cut behind the whole script leaves a job that began. Exchanges differ by a packet or
// two at their end, so some places are behind the longest.
std::vector<std::int64_t> places_of_cuts(std::int64_t first, std::int64_t end) {
  const char* const slice = std::getenv("RESTORECTL_SLICE");
  std::int64_t part = 0;
  std::int64_t stride = std::getenv("RESTORECTL_FULL") != nullptr ? 1 : (end - first) / 40;
  if (slice != nullptr) std::sscanf(slice, "%" SCNd64 "/%" SCNd64, &part, &stride);
  std::vector<std::int64_t> places;
  for (std::int64_t at = first + part; at < end; at += stride) places.push_back(at);
  if (stride > 8 && slice == nullptr)
    for (std::int64_t at = end - 96; at <= end + 96; at += 8) places.push_back(at);
  return places;
}

}  // namespace

TEST_F(RemoteJob, RunsOnceAndTellsCodeSizeAndDigest) {
  const auto session = connect();
  std::string seen;
  const JobOutcome outcome =
      run(run_job(*session, place, "j", count_script("echo hello; echo oops >&2; exit 3"), 10'000,
                  [&](std::uint64_t, std::string_view bytes) { seen += bytes; }));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(seen, "hello\noops\n");
  EXPECT_EQ(outcome.output_bytes, seen.size());
  EXPECT_EQ(outcome.output_sha256.size(), 64u);
  EXPECT_EQ(runs(), 1);
}

TEST_F(RemoteJob, ASecondStartOfTheSameIdOnlyFollows) {
  const auto session = connect();
  run(run_job(*session, place, "j", count_script("echo once"), 10'000, nullptr));
  std::string seen;
  const JobOutcome outcome =
      run(run_job(*session, place, "j", count_script(), 10'000,
                  [&](std::uint64_t, std::string_view bytes) { seen += bytes; }));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(seen, "once\n");
  EXPECT_EQ(runs(), 1);
}

TEST_F(RemoteJob, SettledBeforeTheStartArrivesItCanNeverBegin) {
  const auto session = connect();
  EXPECT_EQ(settle(*session).finding, core::Finding::never_began);
  const JobOutcome late = run(run_job(*session, place, "j", count_script(), 30'000, nullptr));
  EXPECT_FALSE(late.ended);
  EXPECT_EQ(late.finding, core::Finding::never_began);
  EXPECT_EQ(settle(*session).finding, core::Finding::never_began);
  EXPECT_EQ(runs(), 0);
}

// The cut between the directory and the launch: everything is written, nothing was started.
TEST_F(RemoteJob, CutBetweenMkdirAndLaunchItNeverBegan) {
  const auto session = connect();
  std::string script = start_script(place, "j", count_script());
  exec(*session, before_launch(script));
  ASSERT_TRUE(fs::exists(place.base + "/j/wrapper"));
  EXPECT_EQ(settle(*session).finding, core::Finding::never_began);
  // The launch that was still on its way comes after all: the wrapper finds the claim taken.
  exec(*session, "/bin/sh " + place.base + "/j/wrapper " + place.base + "/j");
  EXPECT_EQ(runs(), 0);
}

// A channel that closes without an exit status (sshd was killed, or is broken) says nothing about
// the job, whatever was printed before.
class Mute final : public Shell {
 public:
  awaitable<ExecResult> exec(std::string, ExecOptions) override {
    // A verdict that would be believed, had the channel ended as it should.
    co_return ExecResult{std::nullopt, "", "restorectl-job ended 0 0 \n", false};
  }
  std::string as_root(std::string_view script) const override { return std::string(script); }
  bool alive() const override { return true; }
  void close(const std::string&) override {}
};

TEST_F(RemoteJob, AVerdictWithoutAnExitStatusIsNoVerdict) {
  Mute mute;
  EXPECT_THROW(run(run_job(mute, place, "j", "true", 1'000, nullptr)), LinkFailure);
  EXPECT_THROW(run(settle_job(mute, place, "j")), LinkFailure);
}

// Found by fuzzing: a code that could not be read was 0, and one that the host had no room to write
// was the size of the output.
TEST(ReadVerdict, AnEndIsReadWholeOrNotAtAll) {
  const std::string digest(64, 'a');
  const auto read = [](const std::string& words) {
    return read_verdict({0, "", "sudo: a warning\nrestorectl-job " + words, false}, "j");
  };
  const JobOutcome outcome = read("ended 126 55 " + digest + "\nmore noise");
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 126);
  EXPECT_EQ(outcome.output_bytes, 55u);
  EXPECT_EQ(outcome.output_sha256, digest);
  EXPECT_TRUE(read("ended 0 0 \n").ended) << "the output is gone, its end is not";
  EXPECT_EQ(read("rebooted\n").finding, core::Finding::rebooted);
  for (const std::string& words :
       {"ended  0 " + digest + "\n", "ended x 0 " + digest + "\n", "ended 256 0 " + digest + "\n",
        "ended -1 0 " + digest + "\n", "ended 0x 0 " + digest + "\n", "ended 0 x " + digest + "\n",
        "ended 99999999999999999999 0 " + digest + "\n", "ended 0 0 " + digest,
        std::string("ended 0\n0 a\n"), std::string("ended\n"), std::string("ended 0 0 \x1b[2J\n"),
        std::string("killed by what\n"), std::string("killed"), std::string("\n"), std::string()}) {
    EXPECT_THROW(read(words), LinkFailure) << words;
  }
}

// ---- whom the host obeys
// -------------------------------------------------------------------------

class FencedJob : public RemoteJob {
 protected:
  core::Ownership driver(const std::string& run_id, std::uint64_t epoch, const std::string& name) {
    return {run_id, epoch, name, "me@" + name};
  }
  JobPlace as(const core::Ownership& owner) { return {dir + "/jobs", Launcher::setsid, owner}; }
  // Returns the words of a refusal, or nothing where the job was run to its end.
  std::string refusal(Shell& shell, const core::Ownership& owner, const std::string& job) {
    try {
      run(run_job(shell, as(owner), job, count_script(), 10'000, nullptr));
      return {};
    } catch (const LinkFailure& failure) {
      EXPECT_TRUE(failure.permanent) << failure.what();
      return failure.what();
    }
  }
};

TEST_F(FencedJob, AHostObeysTheFirstDriverAndTellsAnotherRunWhoThatIs) {
  const auto session = connect();
  EXPECT_EQ(refusal(*session, driver("run-a", 1, "ws1"), "run-a.a-step.host.1"), "");
  const std::string words = refusal(*session, driver("run-b", 1, "ws2"), "run-b.a-step.host.1");
  EXPECT_NE(words.find("is owned by run run-a of me@ws1"), std::string::npos) << words;
  EXPECT_NE(words.find("a-step"), std::string::npos) << words;
  EXPECT_EQ(runs(), 1);
  EXPECT_FALSE(fs::exists(place.base + "/run-b.a-step.host.1"));
}

TEST_F(FencedJob, ALaterEpochIsObeyedAndTheOneBeforeRefusedFromThenOn) {
  const auto session = connect();
  EXPECT_EQ(refusal(*session, driver("run-a", 1, "ws1"), "j1"), "");
  EXPECT_EQ(refusal(*session, driver("run-a", 2, "ws2"), "j2"), "");
  EXPECT_NE(refusal(*session, driver("run-a", 1, "ws1"), "j3"), "");
  EXPECT_NE(refusal(*session, driver("run-a", 2, "ws3"), "j4"), "") << "two adoptions at once";
  EXPECT_EQ(runs(), 2);
  EXPECT_THROW(run(settle_job(*session, as(driver("run-a", 1, "ws1")), "j2")), LinkFailure);
  EXPECT_THROW(run(follow_job(*session, as(driver("run-a", 1, "ws1")), "j2", 0, 5'000, nullptr)),
               LinkFailure);
}

// The launch was under way when another driver took over: it must find that out by itself.
TEST_F(FencedJob, ALaunchThatIsLateForTheNextDriverDoesNotBegin) {
  const auto session = connect();
  const core::Ownership before = driver("run-a", 1, "ws1");
  const core::Ownership after = driver("run-a", 2, "ws2");
  std::string script = start_script(as(before), "late", count_script());
  exec(*session, before_launch(script));
  EXPECT_EQ(refusal(*session, after, "other"), "");
  exec(*session, "/bin/sh " + place.base + "/late/wrapper " + place.base + "/late");
  EXPECT_EQ(runs(), 1);
  const JobOutcome outcome = run(settle_job(*session, as(after), "late"));
  EXPECT_EQ(outcome.finding, core::Finding::never_began);
}

TEST_F(FencedJob, ARunThatHasEndedLeavesTheHostFree) {
  const auto session = connect();
  const core::Ownership mine = driver("run-a", 1, "ws1");
  EXPECT_EQ(refusal(*session, mine, "j1"), "");
  exec(*session, core::owner_functions(mine, dir) + "owner_write ended ''");
  EXPECT_EQ(refusal(*session, driver("run-b", 1, "ws2"), "j2"), "");
}

TEST_F(FencedJob, AnOwnerThatCannotBeReadIsNotOverwritten) {
  const auto session = connect();
  std::ofstream(dir + "/owner") << "garbage\n";
  EXPECT_NE(refusal(*session, driver("run-a", 1, "ws1"), "j1"), "");
  EXPECT_EQ(runs(), 0);
}

// A host under load can take longer to launch than anybody waits: what was said then must stay
// true.
TEST_F(RemoteJob, ALaunchThatComesTooLateFindsTheClaimTakenByWhoeverFollowed) {
  const auto session = connect();
  std::string script = start_script(place, "j", count_script());
  exec(*session, before_launch(script));
  const JobOutcome outcome = run(follow_job(*session, place, "j", 0, 30'000, nullptr));
  EXPECT_FALSE(outcome.ended);
  EXPECT_EQ(outcome.finding, core::Finding::never_began);
  exec(*session, "/bin/sh " + place.base + "/j/wrapper " + place.base + "/j");
  EXPECT_EQ(runs(), 0);
}

// Many claim at once; one wins, and what it left is whole.
TEST_F(RemoteJob, OfManyThatClaimAtOnceOneWins) {
  const auto session = connect();
  std::string script = start_script(place, "j", count_script());
  exec(*session, before_launch(script));
  std::string race = "for i in 1 2 3 4 5 6 7 8; do /bin/sh -c ";
  race += core::shell_quote(settle_script(place, "j")) + " & /bin/sh " + place.base +
          "/j/wrapper " + place.base + "/j & done; wait";
  const ExecResult raced = exec(*session, race);
  const JobOutcome outcome = settle_to_the_end(*session);
  EXPECT_EQ(runs(), outcome.ended ? 1 : 0);
  if (outcome.ended) {
    EXPECT_EQ(raced.err.find("never_began"), std::string::npos) << raced.err;
  } else {
    EXPECT_EQ(outcome.finding, core::Finding::never_began);
    EXPECT_EQ(raced.err.find("running"), std::string::npos) << raced.err;
  }
}

TEST_F(RemoteJob, CutAfterTheLaunchTheJobGoesOnAndIsFoundEnded) {
  {
    const auto session = connect();
    exec(*session, start_script(place, "j", count_script("echo done")));
  }
  const auto again = connect();
  const JobOutcome outcome = settle_to_the_end(*again);
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.tail, "done\n");
  EXPECT_EQ(runs(), 1);
}

TEST_F(RemoteJob, CutInTheOutputNoByteIsLostOrDoubled) {
  std::string seen;
  const std::string script =
      count_script("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; " +
                   wait_for_go() + "; echo last");
  {
    const auto session = connect();
    EXPECT_THROW(run(run_job(*session, place, "j", script, 10'000,
                             [&](std::uint64_t offset, std::string_view bytes) {
                               EXPECT_EQ(offset, seen.size());
                               seen += bytes;
                               if (seen.size() > 5'000) session->close("the test cuts here");
                             })),
                 LinkFailure);
  }
  const auto again = connect();
  EXPECT_EQ(settle(*again).finding, core::Finding::running);
  std::ofstream(dir + "/go").close();
  const JobOutcome outcome = run(follow_job(*again, place, "j", seen.size(), 10'000,
                                            [&](std::uint64_t offset, std::string_view bytes) {
                                              EXPECT_EQ(offset, seen.size());
                                              seen += bytes;
                                            }));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.output_bytes, seen.size());
  EXPECT_TRUE(seen.ends_with("line 1999\nlast\n"));
  EXPECT_EQ(runs(), 1);
}

// Cut every few mebibytes, taken up from the byte that was reached: what arrived is what the host
// has, byte for byte.
TEST_F(RemoteJob, FiftyMegabytesThroughManyCutsAreTheHostsOwnBytes) {
  constexpr std::uint64_t kPiece = 5'000'000;
  std::string seen;
  int cuts = 0;
  JobOutcome outcome;
  while (!outcome.ended) {
    const auto session = connect();
    const std::uint64_t until = seen.size() + kPiece;
    const OutputSink take = [&](std::uint64_t offset, std::string_view bytes) {
      ASSERT_EQ(offset, seen.size());
      seen += bytes;
      if (seen.size() > until) session->close("the test cuts here");
    };
    try {
      outcome =
          seen.empty()
              ? run(run_job(*session, place, "j", count_script("seq 1 6600000"), 60'000, take))
              : run(follow_job(*session, place, "j", seen.size(), 60'000, take));
    } catch (const LinkFailure&) {
      ++cuts;
    }
    ASSERT_LT(cuts, 100);
  }
  EXPECT_GE(cuts, 9);
  EXPECT_GT(seen.size(), 50'000'000u);
  EXPECT_EQ(outcome.output_bytes, seen.size());
  std::ofstream(dir + "/seen", std::ios::binary) << seen;
  const auto session = connect();
  EXPECT_EQ(exec(*session, "sha256sum < " + dir + "/seen").out.substr(0, 64),
            outcome.output_sha256);
  EXPECT_EQ(runs(), 1);
}

TEST_F(RemoteJob, AJobKilledOnItsHostIsNeitherSuccessNorFailure) {
  const auto session = connect();
  exec(*session, start_script(place, "j", count_script(wait_for_go())));
  ASSERT_TRUE(eventually([&] { return fs::exists(place.base + "/j/began/pid") && runs() == 1; }));
  int wrapper = 0;
  std::ifstream(place.base + "/j/began/pid") >> wrapper;
  ASSERT_EQ(::kill(wrapper, SIGKILL), 0);
  std::ofstream(dir + "/go").close();
  const JobOutcome outcome = settle_to_the_end(*session);
  EXPECT_FALSE(outcome.ended);
  EXPECT_EQ(outcome.finding, core::Finding::killed);
}

TEST_F(RemoteJob, AJobFromAnotherBootIsSaidToBeSo) {
  const auto session = connect();
  exec(*session, "mkdir -p " + place.base + "/j/began; echo other-boot > " + place.base +
                     "/j/began/boot_id; echo 999999 > " + place.base + "/j/began/pid");
  EXPECT_EQ(settle(*session).finding, core::Finding::rebooted);
}

TEST_F(RemoteJob, CutBetweenTheExitAndItsRenameTheEndIsNotGuessed) {
  const auto session = connect();
  run(run_job(*session, place, "j", count_script(), 10'000, nullptr));
  fs::rename(place.base + "/j/rc", place.base + "/j/rc.new");
  EXPECT_EQ(settle(*session).finding, core::Finding::killed);
}

// A job that ends just then: the host's grep, by which the judge looks for it, is told to end it.
TEST_F(RemoteJob, AnEndInTheMidstOfTheJudgingIsToldWithItsOutput) {
  const auto session = connect();
  const std::string job = place.base + "/j";
  exec(*session, "mkdir -p " + job + "/began " + dir + "/bin; echo 1 > " + job + "/began/pid; " +
                     "echo done > " + job + "/output; printf '#!/bin/sh\\necho 0 > " + job +
                     "/rc; exit 1\\n' > " + dir + "/bin/grep; chmod +x " + dir + "/bin/grep");
  const ExecResult told =
      exec(*session, "PATH=" + dir + "/bin:$PATH\n" + settle_script(place, "j"));
  EXPECT_TRUE(read_verdict(told, "j").ended);
  EXPECT_EQ(told.out, "done\n");
}

// systemd does not run here, so its two commands are told what to say.
class RefusedLaunch : public RemoteJob {
 protected:
  JobOutcome launch_while_systemd_is(const std::string& state) {
    const auto session = connect();
    place.launcher = Launcher::systemd;
    exec(*session, "mkdir -p " + dir + "/bin; printf '#!/bin/sh\\necho no bus >&2; exit 1\\n' > " +
                       dir + "/bin/systemd-run; printf '#!/bin/sh\\necho " + state + "\\n' > " +
                       dir + "/bin/systemctl; chmod +x " + dir + "/bin/*");
    exec(*session, "PATH=" + dir + "/bin:$PATH\n" + start_script(place, "j", count_script()));
    const JobOutcome outcome = settle(*session);
    EXPECT_EQ(runs(), 0);
    return outcome;
  }
};

TEST_F(RefusedLaunch, IsAFailureThatWasNeverBegun) {
  const JobOutcome outcome = launch_while_systemd_is("running");
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 126);
  EXPECT_NE(outcome.tail.find("no bus"), std::string::npos);
}

// Found by rebooting a host in each phase: the run was held with "code 126: it printed nothing".
TEST_F(RefusedLaunch, OnAHostThatIsGoingDownIsNoEndAndMayBeTriedAgain) {
  const JobOutcome outcome = launch_while_systemd_is("stopping");
  EXPECT_FALSE(outcome.ended);
  EXPECT_EQ(outcome.finding, core::Finding::never_began);
}

// As systemd starts a unit: with a PATH of its own, and with nothing else but what is set.
TEST_F(RemoteJob, HasAHomeAndThePathOfTheLooks) {
  const auto session = connect();
  place.launcher = Launcher::systemd;
  exec(*session, "mkdir -p " + dir + "/bin; cat > " + dir + R"(/bin/systemd-run << 'END'
#!/bin/sh
unset HOME
PATH=/usr/bin:/bin
for word; do
  case $word in
    --setenv=*) export "${word#--setenv=}" ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
exec "$@"
END
chmod +x )" + dir + "/bin/systemd-run");
  exec(*session, "PATH=" + dir + "/bin:$PATH\n" +
                     start_script(place, "j", "echo \"home=$HOME path=${PATH%%:*}\""));
  EXPECT_EQ(settle_to_the_end(*session).tail, "home=/root path=" + dir + "/bin\n");
}

// A job of a host that has a name as long as Kubernetes allows: four labels of a domain name.
std::string longest_host(char last) {
  const std::string label(63, 'h');
  return label + "." + label + "." + label + "." + std::string(60, 'h') + last;
}

class LongestNames : public RemoteJob {
 protected:
  static std::string job_of(char host, int attempt = 1) {
    return "20261123t101500123z-4f2a91c0.move-kube-apiserver-manifest." + longest_host(host) + "." +
           std::to_string(attempt);
  }
};

TEST_F(LongestNames, AJobOfSuchAHostStartsIsFollowedAndIsSettled) {
  ASSERT_EQ(longest_host('a').size(), 253u);
  place.owner = core::Ownership{"20261123t101500123z-4f2a91c0", 1, "ws1", "me@ws1"};
  const auto session = connect();
  std::string seen;
  const auto take = [&](std::uint64_t, std::string_view bytes) { seen += bytes; };
  JobOutcome outcome =
      run(run_job(*session, place, job_of('a'), count_script("echo hello; exit 3"), 30'000, take));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(seen, "hello\n");
  outcome = run(follow_job(*session, place, job_of('a'), 2, 30'000, take));
  EXPECT_EQ(seen, "hello\nllo\n");
  outcome = run(settle_job(*session, place, job_of('a')));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.tail, "hello\n");
  EXPECT_EQ(runs(), 1);
  // The words of a fence still name the step.
  const ExecResult owner =
      exec(*session, core::owner_functions(*place.owner, dir) + "owner_print\n");
  EXPECT_NE(core::words_of(*core::read_owner(owner.out)).find(": move-kube-apiserver-manifest,"),
            std::string::npos)
      << owner.out;
}

TEST_F(LongestNames, JobsThatDifferOnlyInTheirLastBytesAreDifferentJobs) {
  const auto session = connect();
  for (const std::string& job : {job_of('a'), job_of('b'), job_of('a', 2), job_of('a')})
    EXPECT_TRUE(run(run_job(*session, place, job, count_script(), 30'000, nullptr)).ended);
  EXPECT_EQ(runs(), 3) << "the last one is the first one again";
}

TEST_F(LongestNames, AJobWithoutAUnitKeepsAnIdThatFitsIntoADirectorysName) {
  const auto session = connect();
  for (const std::size_t size : {237u, 255u}) {
    const std::string job = "run.own-host." + std::string(size - 15, 'h') + ".1";
    EXPECT_TRUE(run(run_job(*session, place, job, count_script(), 30'000, nullptr)).ended);
    EXPECT_TRUE(fs::exists(place.base + "/" + job + "/rc")) << size;
  }
}

// systemd does not run here: it takes a unit's name, with its ending, of at most 255 bytes, and a
// file system a directory's.
TEST_F(LongestNames, TheUnitHasANameThatSystemdTakes) {
  const auto session = connect();
  place.launcher = Launcher::systemd;
  exec(*session, "mkdir -p " + dir + "/bin; cat > " + dir + R"(/bin/systemd-run << 'END'
#!/bin/sh
for word; do
  case $word in
    --unit=*) unit=${word#--unit=}.service ;;
    --*) ;;
    *) break ;;
  esac
  shift
done
printf '%s\n' "$unit" >> )" +
                     dir + R"(/units
[ "${#unit}" -le 255 ] || { echo "Failed to mangle unit name: Invalid argument" >&2; exit 1; }
exec "$@"
END
chmod +x )" + dir + "/bin/systemd-run");
  const std::string path = "PATH=" + dir + "/bin:$PATH\n";
  const std::string head = "20261123t101500123z-4f2a91c0.own-host.";
  std::vector<std::string> jobs = {job_of('a')};
  for (const std::size_t size : {207u, 235u, 236u, 237u, 254u, 255u, 256u})
    jobs.push_back(head + std::string(size - head.size() - 2, 'h') + ".1");
  for (const std::string& job : jobs) {
    exec(*session, path + start_script(place, job, count_script("echo hello")));
    const JobOutcome outcome = run(settle_job(*session, place, job));
    EXPECT_TRUE(outcome.ended && outcome.exit_code == 0) << job.size() << ": " << outcome.tail;
    // What a run that is open began under its whole id is found there.
    if (job.size() > 236) continue;
    EXPECT_TRUE(fs::exists(place.base + "/" + job + "/rc")) << job.size();
  }
  EXPECT_EQ(runs(), static_cast<long>(jobs.size()));
  std::ifstream file(dir + "/units");
  for (std::string unit; std::getline(file, unit);)
    EXPECT_TRUE(unit.starts_with("restorectl-20261123t101500123z-4f2a91c0.")) << unit;
}

// The link breaks after k bytes of the whole exchange, for many k: the effect is there once or
// never, and settling tells which.
TEST_F(RemoteJob, CutAtManyBytesOfTheExchangeTheEffectHappensOnceOrProvablyNever) {
  Relay probe(port);
  SshTarget to = target();
  to.settings.port = static_cast<std::uint16_t>(probe.port());
  std::string key;
  std::ifstream(dir + "/host.pub") >> key >> key;
  std::ofstream(dir + "/known", std::ios::app)
      << "[127.0.0.1]:" << probe.port() << " ssh-ed25519 " << key << "\n";
  place.owner = core::Ownership{"run-a", 1, "ws1", "me@ws1"};
  // A place of its own for each: a launch that came too late may still tidy up behind the last one.
  // All names are equally long, so that the exchange is.
  auto use_new_place = [&, number = 100'000]() mutable {
    place.base = dir + "/" + std::to_string(number++) + "/jobs";
    fs::create_directories(fs::path(place.base).parent_path());
  };
  use_new_place();
  std::int64_t connected = 0;
  {
    const auto session = run(SshSession::connect(io, to));
    connected = probe.bytes_to_server();
    run(run_job(*session, place, "j", count_script(), 10'000, nullptr));
  }
  ASSERT_EQ(runs(), 1);
  const std::int64_t whole = probe.bytes_to_server();
  int never = 0;
  int once = 0;
  for (const std::int64_t cut : places_of_cuts(connected, whole)) {
    use_new_place();
    fs::remove(counter);
    Relay relay(port);
    std::ofstream(dir + "/known", std::ios::app)
        << "[127.0.0.1]:" << relay.port() << " ssh-ed25519 " << key << "\n";
    to.settings.port = static_cast<std::uint16_t>(relay.port());
    relay.cut_after(cut);
    try {
      const auto session = run(SshSession::connect(io, to));
      run(run_job(*session, place, "j", count_script(), 10'000, nullptr));
    } catch (const LinkFailure&) {
    }
    const auto direct = connect();
    const JobOutcome outcome = settle_to_the_end(*direct);
    if (outcome.ended) {
      ++once;
      EXPECT_EQ(runs(), 1) << "cut after " << cut;
    } else {
      ++never;
      EXPECT_EQ(outcome.finding, core::Finding::never_began);
      EXPECT_EQ(runs(), 0) << "cut after " << cut;
    }
  }
  EXPECT_GT(never, 0);
  EXPECT_GT(once, 0);
  std::printf(
      "cut at each of %d places of the %lld bytes of a start: %d times once, %d never, 0 twice\n",
      never + once, static_cast<long long>(whole - connected), once, never);
}

// A link that dies without a word must be noticed by us: no RST and no FIN will come.
TEST_F(RemoteJob, ASilentLinkIsNoticedWithinEightSeconds) {
  Relay relay(port);
  SshTarget to = target();
  std::string key;
  std::ifstream(dir + "/host.pub") >> key >> key;
  std::ofstream(dir + "/known", std::ios::app)
      << "[127.0.0.1]:" << relay.port() << " ssh-ed25519 " << key << "\n";
  to.settings.port = static_cast<std::uint16_t>(relay.port());
  const auto session = run(SshSession::connect(io, to));
  const auto began = std::chrono::steady_clock::now();
  ExecOptions options;
  options.timeout_ms = 30'000;
  options.on_out = [&](std::string_view) { relay.swallow(); };
  EXPECT_THROW(run(session->exec("echo first; sleep 60", options)), LinkFailure);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
}

TEST_F(RemoteJob, TheWorkstationsOwnShellKeepsTheSameContract) {
  LocalShell shell(io);
  const JobOutcome outcome =
      run(run_job(shell, place, "j", count_script("echo local; exit 5"), 10'000, nullptr));
  EXPECT_TRUE(outcome.ended);
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_EQ(runs(), 1);
  EXPECT_EQ(exec(shell, "echo out; echo err >&2; exit 2").exit_code, 2);
}

TEST_F(RemoteJob, WhatASinkThrowsEndsTheWorkstationsCommandToo) {
  LocalShell shell(io);
  ExecOptions options;
  options.on_out = [](std::string_view) { throw std::domain_error("no space left"); };
  EXPECT_THROW(run(shell.exec("echo $$ > " + dir + "/pid; echo one; exec sleep 60", options)),
               std::domain_error);
  pid_t child = 0;
  std::ifstream(dir + "/pid") >> child;
  ASSERT_GT(child, 0);
  EXPECT_EQ(::kill(child, 0), -1) << "the child is still there";
}

// ---- the journal's copies
// ------------------------------------------------------------------------

class Copies : public RemoteJob {
 protected:
  void write(const std::string& text) { std::ofstream(dir + "/journal.jsonl") << text; }
  JournalCopies copies_of(const core::Ownership& owner) const {
    return JournalCopies(owner, dir + "/journal.jsonl", dir + "/its-state");
  }
  void push(std::shared_ptr<Shell> shell, JournalCopies& by) { run(by.push("host-a", shell)); }
  std::string its_bytes() {
    return run(fetch_journals(*connect(), "run-a", dir + "/its-state")).at(0).bytes;
  }
  const core::Ownership mine{"run-a", 1, "d1", "me"};
};

TEST_F(Copies, AHostGetsWhatItLacksAndOnlyWholeLines) {
  const auto session = connect();
  JournalCopies copies = copies_of(mine);
  write("one\ntwo\nthr");
  push(session, copies);
  write("one\ntwo\nthree\n");
  push(session, copies);
  push(session, copies);
  const auto found = run(fetch_journals(*session, "run-a", dir + "/its-state"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "journal.1-d1.jsonl");
  EXPECT_EQ(found[0].bytes, "one\ntwo\nthree\n");
}

// A push that was cut off within a line, and its bytes that come late.
TEST_F(Copies, WhatACutLeftIsCompleted) {
  const auto session = connect();
  JournalCopies copies = copies_of(mine);
  write("one\ntwo\nthree\n");
  push(session, copies);
  for (const bool anew : {true, false}) {
    fs::resize_file(dir + "/its-state/run-a/journal.1-d1.jsonl", 6);
    if (anew) copies = copies_of(mine);
    push(session, copies);
    EXPECT_EQ(its_bytes(), "one\ntwo\nthree\n");
  }
}

TEST_F(Copies, ACopyThatIsNoBeginningOfTheJournalIsNotWrittenOver) {
  const auto session = connect();
  JournalCopies copies = copies_of(mine);
  write("one\ntwo\nthree\n");
  push(session, copies);
  write("one\ntwo\n");
  EXPECT_THROW(push(session, copies), LinkFailure) << "facts were lost here";
  for (const char* altered : {"one\ntwo\n", "one\nTWO\nthree\nfour\n"}) {
    write(altered);
    copies = copies_of(mine);
    EXPECT_THROW(push(session, copies), LinkFailure) << altered;
  }
  write("one\ntwo\nthree\n");
  copies = copies_of(mine);
  push(session, copies);
  std::ofstream(dir + "/its-state/run-a/journal.1-d1.jsonl") << "one\nTWO\nthree\n";
  EXPECT_THROW(push(connect(), copies), LinkFailure) << "the host's was altered meanwhile";
}

// A run's jobs, each with some lines more: all of them together read the file once.
TEST_F(Copies, AJobCostsTheNewLinesAndNotTheWholeJournal) {
  const auto session = connect();
  JournalCopies copies = copies_of(mine);
  std::string text;
  std::uint64_t whole_each_time = 0;
  for (int job = 0; job < 20; ++job) {
    for (int line = 0; line < 1'000; ++line) text += "a line of job " + std::to_string(job) + "\n";
    write(text);
    push(session, copies);
    whole_each_time += text.size();
  }
  EXPECT_EQ(copies.bytes_read(), text.size());
  push(connect(), copies);  // a new session compares what is known already
  EXPECT_EQ(copies.bytes_read(), text.size());
  EXPECT_EQ(its_bytes(), text);
  std::printf("20 jobs read %llu bytes of the journal; whole each time, it were %llu\n",
              static_cast<unsigned long long>(copies.bytes_read()),
              static_cast<unsigned long long>(whole_each_time));
}

TEST_F(Copies, TwoLanesOfOneHostMayPushAtTheSameTime) {
  const std::shared_ptr<Shell> session = connect();
  JournalCopies copies = copies_of(mine);
  for (const char* text : {"one\n", "one\ntwo\n", "one\ntwo\nthree\n"}) {
    write(text);
    auto first = asio::co_spawn(io, copies.push("host-a", session), asio::use_future);
    push(session, copies);
    while (first.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
    first.get();
    EXPECT_EQ(its_bytes(), text);
  }
}

TEST_F(Copies, EachDriverHasAFileOfItsOwn) {
  const auto session = connect();
  write("one\n");
  JournalCopies copies = copies_of(mine);
  JournalCopies yours = copies_of({"run-a", 2, "d2", "you"});
  push(session, copies);
  push(session, yours);
  EXPECT_EQ(run(fetch_journals(*session, "run-a", dir + "/its-state")).size(), 2u);
  EXPECT_TRUE(run(fetch_journals(*session, "run-b", dir + "/its-state")).empty());
}
