// An alarm that came with the backup: disarmed where the operator accepted it, and only there.
#include <gmock/gmock.h>

#include "tests/states/stand_ins.hpp"

using core::Verdict;
using scripts::in_namespace;
using scripts::kAsked;
using scripts::Step;
using testing::HasSubstr;
using Kind = Verdict::Kind;

namespace {

core::RunStarted accepted(std::vector<std::string> defects) {
  core::RunStarted start = story::three_hosts();
  start.backup.content.accepted = std::move(defects);
  return start;
}

Verdict judged(Step& step, const std::string& out, int code = 0) {
  const core::Observed seen{"master-1", "disarm-alarms", code, out, code == 0 ? "" : "down", false};
  step.state.note(core::Fact{step.state.facts + 1, 1, 1, seen});
  return step.spec.judge(step.context(), seen);
}

// A container of etcd whose etcdctl has these alarms until they are disarmed, and notes what it is
// asked; a compaction ends with this code.
std::string etcd(const std::string& alarms, int compaction = 0) {
  return "mkdir -p /var/lib/bin\nprintf '" + alarms + "' > /var/lib/alarms\n" +
         "cat > /var/lib/bin/crictl <<'END'\n#!/bin/sh\n"
         "case \"$*\" in\n"
         "  'ps -q --label io.kubernetes.container.name=etcd') echo 0123abcd; exit ;;\nesac\n"
         "shift 2\nexec \"$@\"\nEND\n"
         "cat > /var/lib/bin/etcdctl <<'END'\n#!/bin/sh\n"
         "echo \"$ETCDCTL_ENDPOINTS $*\" >> /var/lib/asked\n"
         "case \"$*\" in\n"
         "  *'alarm list') cat /var/lib/alarms ;;\n"
         "  *'alarm disarm') cat /var/lib/alarms; : > /var/lib/alarms ;;\n"
         "  *status*) echo '[{\"Status\":{\"header\":{\"revision\":77},\"dbSize\":4096}}]' ;;\n"
         "  *compact*) exit " +
         std::to_string(compaction) +
         " ;;\nesac\nEND\n"
         "chmod +x /var/lib/bin/*\nPATH=\"/var/lib/bin:$PATH\"\n";
}
constexpr const char* kNospace = "memberID:8630161756594109333 alarm:NOSPACE\\n";

}  // namespace

TEST(DisarmAlarms, WithoutAnAcceptedAlarmNothingIsAwaitedOfEtcd) {
  Step step("disarm-alarms");
  EXPECT_EQ(judged(step, "").kind, Kind::holds);
  EXPECT_EQ(judged(step, "", 1).kind, Kind::not_yet);  // the host did not answer
  EXPECT_THAT(judged(step, "").detail, HasSubstr("no alarm"));
}

TEST(DisarmAlarms, AnAlarmThatNobodyAcceptedIsNamedAndNotDisarmed) {
  Step none("disarm-alarms");
  const Verdict held = judged(none, "alarm=NOSPACE\n");
  EXPECT_EQ(held.kind, Kind::wrong);
  EXPECT_THAT(held.detail, HasSubstr("NOSPACE"));
  EXPECT_THAT(held.remedy, HasSubstr("etcdctl alarm disarm"));
  Step other("disarm-alarms", scripts::kToday, accepted({"nospace-alarm"}));
  EXPECT_EQ(judged(other, "alarm=CORRUPT\nalarm=NOSPACE\n").kind, Kind::wrong);
  Step corrupt("disarm-alarms", scripts::kToday, accepted({"corrupt-alarm"}));
  EXPECT_EQ(judged(corrupt, "alarm=NOSPACE\n").kind, Kind::wrong);
  EXPECT_EQ(judged(corrupt, "alarm=" + std::string(9'000, 'X') + "\n").kind, Kind::wrong);
}

TEST(DisarmAlarms, AnAcceptedAlarmIsDisarmedAndItsListIsTheWitness) {
  Step step("disarm-alarms", scripts::kToday, accepted({"nospace-alarm"}));
  EXPECT_EQ(judged(step, "").kind, Kind::not_yet);
  EXPECT_EQ(judged(step, "etcd=answers\nalarm=NOSPACE\n").kind, Kind::needs_act);
  const Verdict done = judged(step, "etcd=answers\ndatabase_bytes=4096\n");
  EXPECT_EQ(done.kind, Kind::holds);
  EXPECT_THAT(done.detail, HasSubstr("its database has 4096 bytes"));
}

TEST(DisarmAlarms, ABackupBeyondTheQuotaIsDefragmentedOnceThoughNoAlarmIsRaisedYet) {
  Step step("disarm-alarms", scripts::kToday, accepted({"over-quota"}));
  EXPECT_EQ(judged(step, "etcd=answers\n").kind, Kind::needs_act);
  step.state.note(core::Effect(core::RunJob{"master-1", "disarm-alarms", "master-1", "j", "", 0}),
                  1);
  EXPECT_EQ(judged(step, "etcd=answers\n").kind, Kind::holds);
  // What is in use is too much: etcd raises it again, and the words say what helps.
  EXPECT_THAT(judged(step, "etcd=answers\nalarm=NOSPACE\n").remedy,
              HasSubstr("Delete what fills it"));
}

TEST(DisarmAlarms, TheScriptsAskTheRestoredEtcdOnItsOwnEndpointOnly) {
  Step step("disarm-alarms", scripts::kToday, accepted({"nospace-alarm"}));
  EXPECT_EQ(in_namespace(etcd(kNospace), step.look(), "").out,
            "etcd=answers\nalarm=NOSPACE\ndatabase_bytes=4096\ncode=0\n");
  const std::string out = in_namespace(etcd(kNospace), step.act(), kAsked).out;
  EXPECT_THAT(out, HasSubstr("code=0\n"));
  const std::string own = "https://localhost:2379 --command-timeout=1200s ";
  EXPECT_THAT(
      out, HasSubstr(own + "compact --physical 77\n" + own + "defrag\n" + own + "alarm disarm\n"));
  const std::string after = "( " + step.act() + " ) >/dev/null\n";
  EXPECT_EQ(in_namespace(etcd(kNospace) + after, step.look(), "").out,
            "etcd=answers\ndatabase_bytes=4096\ncode=0\n");
}

TEST(DisarmAlarms, TheCommandMayBeRepeatedThoughTheHistoryIsCompactedAlready) {
  const Step step("disarm-alarms", scripts::kToday, accepted({"nospace-alarm"}));
  const std::string out = in_namespace(etcd("", 1), step.act(), "").out;
  EXPECT_THAT(out, HasSubstr("was not compacted; going on"));
  EXPECT_THAT(out, HasSubstr("code=0\n"));
}

TEST(DisarmAlarms, ACorruptAlarmIsDisarmedWithoutTouchingTheData) {
  const Step step("disarm-alarms", scripts::kToday, accepted({"corrupt-alarm"}));
  const std::string out = in_namespace(etcd("memberID:9 alarm:CORRUPT\\n"), step.act(), kAsked).out;
  EXPECT_THAT(out, HasSubstr("alarm disarm\n"));
  EXPECT_THAT(out, testing::Not(HasSubstr("defrag")));
}

TEST(DisarmAlarms, WithoutAContainerOfEtcdItFailsAndSaysSo) {
  const Step step("disarm-alarms", scripts::kToday, accepted({"nospace-alarm"}));
  const std::string none =
      "mkdir /var/lib/bin; printf '#!/bin/sh\\n' > /var/lib/bin/crictl; chmod +x "
      "/var/lib/bin/crictl\nPATH=\"/var/lib/bin:$PATH\"\n";
  EXPECT_EQ(in_namespace(none, step.look(), "").out, "no etcd container is running\ncode=0\n");
  EXPECT_EQ(in_namespace(none, step.act(), "").out, "no etcd container is running\ncode=1\n");
}
