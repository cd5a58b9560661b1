// Story: drives a run machine with facts and looks at what it decides. No IO, no clock: time is
// given. Invariant: after every fact all conclusions are applied, as the driver does it.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/decision.hpp"
#include "journal/format/record.hpp"
#include "states/profiles/profiles.hpp"

namespace story {

inline core::RunStarted three_hosts() {
  core::RunStarted start;
  start.run_id = "run1";
  start.profile = states::newest_profile().name;
  start.inventory.cluster = "lab";
  start.inventory.recovery_host = "master-0";
  start.inventory.hosts = {{"master-0", "192.0.2.11", "master-0", {}},
                           {"master-1", "192.0.2.12", "master-1", {}},
                           {"master-2", "192.0.2.13", "master-2", {}}};
  start.backup = {"/backup",
                  {{"snapshot_2026-11-23_101500.db", std::string(64, 'a'), 100},
                   {"static_kuberesources_2026-11-23_101500.tar.gz", std::string(64, 'b'), 50}}};
  return start;
}

// The same cluster, whose other hosts are gone for good.
inline core::RunStarted only_the_recovery_host() {
  core::RunStarted start = three_hosts();
  for (const char* name : {"master-1", "master-2"}) {
    const core::Host& host = *core::find_host(start.inventory, name);
    start.absent.push_back({host.name, host.address, host.node_name, host.node_addresses, name});
  }
  start.inventory.hosts.resize(1);
  return start;
}

class Story {
 public:
  Story() : machine_(states::make_run_machine()) {}

  // Feeds a fact and every conclusion that follows; effects gather in `pending`.
  void tell(core::FactBody body) {
    apply(std::move(body));
    while (auto conclusion = machine_->conclusion()) apply(std::move(*conclusion));
  }

  void start() { tell(three_hosts()); }

  // Drops what is under way, as a crash does, and goes on with a replayed machine.
  void crash_and_resume(const std::string& run_again = {},
                        const std::string& end_with_findings = {}) {
    pending.clear();
    auto replayed = states::make_run_machine();
    for (const core::Record& record : records) {
      const core::Decision decision = replayed->apply(record.fact);
      ASSERT_FALSE(decision.refusal) << *decision.refusal;
      ASSERT_EQ(decision.effects, record.intents);
    }
    machine_ = std::move(replayed);
    tell(core::ResumeAsked{"tester", "0", run_again, true, end_with_findings});
  }

  // Takes the oldest effect of that kind for a host
  // off the list; fails the test where there is none.
  template <class E>
  E take(const std::string& host) {
    for (auto it = pending.begin(); it != pending.end(); ++it) {
      if (const auto* effect = std::get_if<E>(&*it); effect != nullptr && effect->host == host) {
        E taken = *effect;
        pending.erase(it);
        return taken;
      }
    }
    ADD_FAILURE() << "no such effect for " << host << "; pending: " << names();
    return {};
  }

  template <class E>
  bool has(const std::string& host) const {
    for (const core::Effect& effect : pending) {
      if (const auto* one = std::get_if<E>(&effect); one != nullptr && one->host == host)
        return true;
    }
    return false;
  }

  // Answers the pending look of a host.
  void see(const std::string& host, const std::string& out, int code = 0) {
    const auto look = take<core::Look>(host);
    tell(core::Observed{look.host, look.step, code, out, code == 0 ? "" : "no answer", false});
  }

  // Ends the pending command of a host with a code, and returns its id.
  std::string finish_job(const std::string& host, int code = 0) {
    const auto job = take<core::RunJob>(host);
    tell(core::JobEnded{job.host, job.step, job.job, code, 0, "", code == 0 ? "" : "it broke"});
    return job.job;
  }

  std::string step_of(const std::string& host) const {
    return machine_->state().hosts.at(host).step;
  }
  const core::RunState& state() const { return machine_->state(); }

  std::string names() const {
    std::string text;
    for (const core::Effect& effect : pending) {
      text += std::string(core::tag_of(effect)) + " " + std::string(core::lane_of(effect).host) +
              "/" + std::string(core::lane_of(effect).step) + "; ";
    }
    return text;
  }

  // ---- whole stretches of the procedure ----
  // Preflight, and every host obeys the run.
  void pass_preflight() {
    for (const char* host : {"master-0", "master-1", "master-2"}) {
      see(host, "boot_id=b\nhostname=h\nuser_id=0\n");
      see(host, "");
      see(host, "");
    }
    pass_weigh();
    for (const char* host : {"master-0", "master-1", "master-2"}) {
      see(host, "");
      finish_job(host);
      see(host, owned());
    }
  }
  void pass_weigh() {
    see("master-0", "healthy=3\nmembers=3\n");
    see("master-0", "api=silent\n");
  }
  std::string owned(const std::string& more = "owner_state=driven\n") const {
    const core::Ownership& owner = state().owner;
    return "owner_run=" + owner.run_id + "\nowner_epoch=" + std::to_string(owner.epoch) +
           "\nowner_driver=" + owner.driver + "\nowner_by=me\nowner_age_s=5\n" + more;
  }
  void pass_stage_backup() {
    see("master-0", "kept=no\n");
    finish_job("master-0");
    see("master-0", "kept=yes\n# source: the API\n");
    see("master-0", "");
    const auto copy = take<core::CopyBackup>("master-0");
    tell(core::CopyEnded{copy.host, copy.step, true, "", 150});
    std::string out = "files=2\n";
    for (const core::BackupFile& file : three_hosts().backup.files)
      out += file.name + "=" + file.sha256 + "\n";
    see("master-0", out);
    see("master-0", "");
    finish_job("master-0");
    see("master-0", "restored=4096\n");
  }
  void confirm() {
    std::erase_if(pending, [](const core::Effect& e) {
      return std::holds_alternative<core::AskOperator>(e);
    });
    tell(core::Confirmed{"tester", "lab"});
  }
  void pass_move(const std::string& host) {
    see(host, "from=present\nto=absent\n");
    finish_job(host);
    see(host, "from=absent\nto=present\n");
  }
  void pass_quiesce(const std::string& host) {
    pass_move(host);
    see(host, "");
    pass_move(host);
    see(host, "");
  }
  void pass_data_aside(const std::string& host) {
    pass_move(host);
    see(host, "");
  }
  void go_to_quiesce() {
    if (records.empty()) start();
    pass_preflight();
    pass_stage_backup();
    confirm();
  }
  void go_to_restore() {
    go_to_quiesce();
    for (const char* host : {"master-1", "master-2"}) pass_quiesce(host);
    for (const char* host : {"master-1", "master-2"}) pass_data_aside(host);
  }
  static std::string before_restore() {
    return "script=present\nmember=100\ndatabase=present\nsnapshot=gone\nmissing=\netcd="
           "1\n";
  }
  static std::string after_restore() {
    return "script=present\nmember=200\ndatabase=present\nsnapshot=gone\nmissing=\netcd="
           "1\n";
  }

  void pass_kubelet(const std::string& host) {
    const auto invocation = [](const char* id) {
      return std::string("LoadState=loaded\nActiveState=active\nInvocationID=") + id + "\n";
    };
    see(host, invocation("1"));
    finish_job(host);
    see(host, invocation("2"));
  }
  // The kubelets are restarted, no certificate is asked for, and the restored etcd is the only one.
  void go_to_redeployments() {
    go_to_restore();
    see("master-0", before_restore());
    finish_job("master-0");
    see("master-0", after_restore());
    see("master-0", "etcd=answers\n");
    for (const char* host : {"master-0", "master-1", "master-2"}) pass_kubelet(host);
    see("master-0", R"({"pending":[]})");
    now_ms += state().start->inventory.timing.csr_quiet_ms;
    see("master-0", R"({"pending":[]})");
    see("master-0", "");  // no host is absent
    see("master-0", "running=1\n");
    see("master-0", R"([{"name":"etcd-master-0","phase":"Running","ready":true}])");
  }
  // What an operator's resource shows: every node at the revision, and nothing to do.
  static std::string settled_at(int revision, const std::string& reason) {
    std::string nodes;
    for (const char* name : {"master-0", "master-1", "master-2"}) {
      nodes += (nodes.empty() ? "" : ",") + (std::string(R"({"name":")") + name) + R"(","now":)" +
               std::to_string(revision) + "}";
    }
    return R"({"reason":")" + reason + R"(","latest":)" + std::to_string(revision) +
           R"(,"nodes":[)" + nodes +
           R"(],"progress":[{"status":"False","reason":"AllNodesAtLatestRevision"}],)"
           R"("failures":[],"degraded":[],"not_ready":[]})";
  }
  void go_on_to_operators() {
    go_to_redeployments();
    for (const char* resource :
         {"etcd", "kubeapiserver", "kubecontrollermanager", "kubescheduler"}) {
      const std::string reason = "restorectl-" + state().start->run_id + "-" + resource;
      see("master-0", settled_at(3, ""));
      finish_job("master-0");
      see("master-0", settled_at(3, reason));
      see("master-0", settled_at(4, reason));
    }
    std::string members, health, pods;
    for (const std::string name : {"master-0", "master-1", "master-2"}) {
      const char* comma = members.empty() ? "" : ",";
      members += comma + (R"({"name":")" + name) + R"(","learner":false})";
      health += comma + (R"({"endpoint":")" + name) + R"(","health":true})";
      pods += comma + (R"({"name":"etcd-)" + name) + R"(","phase":"Running","ready":true})";
    }
    see("master-0", R"({"members":[)" + members + "]}\n" + R"({"health":[)" + health + "]}\n");
    see("master-0", "[" + pods + "]");
  }
  // The last look times out.
  void hold_at_operators(const std::string& out) {
    see("master-0", out);
    const auto look = take<core::Look>("master-0");
    now_ms = look.deadline_ms;
    tell(core::Expired{look.host, look.step, "x"});
  }
  void pass_release() {
    for (const char* host : {"master-0", "master-1", "master-2"}) {
      see(host, owned());
      finish_job(host);
      see(host, owned("owner_state=ended\n"));
    }
  }

  std::deque<core::Effect> pending;
  std::vector<core::Record> records;
  std::int64_t now_ms = 1'000'000;

 private:
  void apply(core::FactBody body) {
    core::Record record{{records.size() + 1, now_ms, 1, std::move(body)}, {}};
    core::Decision decision = machine_->apply(record.fact);
    ASSERT_FALSE(decision.refusal) << *decision.refusal << "; pending: " << names();
    record.intents = decision.effects;
    records.push_back(record);
    // Its line is validated as every other (tests/schema): a story writes what a run would.
    journal::encode(record, journal::kNoPrevious);
    for (core::Effect& effect : decision.effects) pending.push_back(std::move(effect));
  }

  std::unique_ptr<core::Machine> machine_;
};

}  // namespace story
