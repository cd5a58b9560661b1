// The driver's lives, the faults' times and the operator's patience; see the header.
#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "core/driver.hpp"
#include "core/replay.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tests/sim/arms.hpp"
#include "tests/sim/referee.hpp"
#include "tests/sim/stages.hpp"

namespace sim {

namespace {

constexpr int kResumesMax = 120;
constexpr std::int64_t kLongestMs = 72LL * 3'600'000;

Illness draw_illness(Chance& chance, int hosts, const core::RunStarted& start) {
  Illness illness;
  for (const core::AbsentHost& host : start.absent) illness.absent.insert(host.name);
  illness.quorum_lost = chance.percent(60);
  illness.slowness = chance.percent(80) ? 1 : 3;
  for (int i = 0; i < hosts; ++i) {
    if (chance.percent(20)) illness.certificates_expired.insert(host_name(i));
  }
  return illness;
}

core::RunStarted draw_start(std::uint64_t seed, int hosts) {
  const std::vector<std::string> absent = absent_of(seed, hosts);
  core::RunStarted start;
  start.run_id = "sim-" + std::to_string(seed);
  start.tool_version = "sim";
  start.profile = states::newest_profile().name;
  start.started_by = "tester";
  start.inventory.cluster = "sim";
  start.inventory.recovery_host = host_name(0);
  for (int i = 0; i < hosts; ++i) {
    const std::string name = host_name(i);
    const std::string address = "192.0.2." + std::to_string(11 + i);
    if (std::find(absent.begin(), absent.end(), name) == absent.end()) {
      start.inventory.hosts.push_back({name, address, name, {}});
    } else {
      start.absent.push_back({name, address, name, {}, name});
    }
  }
  start.backup = {"/backup",
                  {{"snapshot_2026-11-23_101500.db", std::string(64, 'a'), 4 * core::kChunkBytes,
                    std::vector<std::string>(4, std::string(64, 'c'))},
                   {"static_kuberesources_2026-11-23_101500.tar.gz",
                    std::string(64, 'b'),
                    50,
                    {std::string(64, 'd')}}}};
  // Some backups carry an alarm that the operator accepted.
  if (seed % 8 == 0) start.backup.content.accepted = {"nospace-alarm"};
  return start;
}

// What the operator says with a resume.
struct Word {
  std::string run_again;
  std::string end_with_findings;
};

// Where a driver of the run lives: its journal, and its process while there is one.
struct Workstation {
  Workstation(const Timeline& time, std::vector<std::string>& broken)
      : laptop(time), stages(broken) {}

  Laptop laptop;
  Ledger ledger;
  Stages stages;
  std::unique_ptr<core::RunClock> clock;  // of the process
  std::unique_ptr<Arms> arms;
  std::unique_ptr<core::Driver> driver;

  const std::vector<core::Record>& records() { return ledger.open(); }
  void end_driver() {
    driver.reset();
    arms.reset();
  }
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, const std::vector<Fault>& faults, int hosts)
      : chance_(seed),
        faults_(faults),
        start_(draw_start(seed, hosts)),
        plane_(time_, Chance(chance_.next()), draw_illness(chance_, hosts, start_), hosts),
        network_(time_, plane_, Chance(chance_.next())),
        steps_(time_, plane_, start_, Chance(chance_.next())),
        gives_the_word_(chance_.percent(50)) {
    for (const Fault& fault : faults_) {
      if (fault.kind == Fault::Kind::degraded_before)
        start_.backup.content.unsettled = {{kDegradedBefore, "Degraded", "RenderConfigFailed"}};
      plan(fault);
    }
  }

  Result run(bool told);

 private:
  void plan(const Fault& fault);
  void strike(const Fault& fault);

  // Runs something of the driver's, and ends the driver where that ends it.
  template <class Call>
  void attempt(Call call);
  void begin();
  void resume(const Word& word);
  void resume_later(std::int64_t delay_ms, const Word& word);
  void end_driver() { here_->end_driver(); }
  void make_driver(Workstation& at, std::unique_ptr<core::Machine> machine);
  void begin_adoption();
  void adopt_later();
  void adopt(const core::Ownership& owner);
  void come_back(Workstation& former);
  void after_the_driver();
  std::optional<std::string> needed_word(const core::RunState& state) const;
  bool waits_for_ever(const core::RunState& state) const;
  core::RunState folded();
  bool is_absent(const std::string& name) const {
    return core::find_host(start_.inventory, name) == nullptr;
  }

  Timeline time_;
  Chance chance_;
  const std::vector<Fault>& faults_;
  core::RunStarted start_;
  ControlPlane plane_;
  Network network_;
  Steps steps_;
  std::vector<std::string> broken_;
  std::unique_ptr<Workstation> here_ = std::make_unique<Workstation>(time_, broken_);
  std::vector<std::unique_ptr<Workstation>> former_;  // whose drivers may not know it yet
  bool gives_the_word_;
  bool over_ = false;
  bool awaited_ = false;  // somebody is on the way back to a run that nobody drives
  std::string end_;
  int resumes_ = 0;
  int words_given_ = 0;
};

// ---- faults -------------------------------------------------------------------------------------

void Simulation::plan(const Fault& fault) {
  if (fault.kind == Fault::Kind::append) {
    here_->ledger.plan_fault(fault.line, fault.append);
  } else if (fault.kind == Fault::Kind::degraded_before) {
    strike(fault);
  } else {
    time_.after(fault.at_ms, [this, &fault] { strike(fault); });
  }
}

void Simulation::strike(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::append:
      break;
    case Fault::Kind::crash:
      if (here_->driver) throw Crash{};
      break;
    case Fault::Kind::stop:
      if (here_->driver) attempt([this] { here_->driver->stop("tester", "SIGINT"); });
      break;
    case Fault::Kind::link:
      for (const std::string& host : plane_.names()) {
        if (fault.host.empty() || fault.host == host) {
          network_.cut(host, fault.for_ms, fault.harsh);
        }
      }
      break;
    case Fault::Kind::reboot:
      network_.cut(fault.host, fault.for_ms, true);
      plane_.power(plane_.host(fault.host), !fault.harsh, fault.for_ms);
      break;
    case Fault::Kind::kill_job:
      for (auto& [id, job] : plane_.host(fault.host).jobs) job.alive = false;
      break;
    case Fault::Kind::container:
      plane_.kill_container(plane_.host(fault.host), "etcd");
      break;
    case Fault::Kind::stuck:
      for (const char* container : {"/etcd", "/kube-apiserver"}) {
        plane_.stuck_until_ms[fault.host + container] = time_.now_ms() + fault.for_ms;
      }
      break;
    case Fault::Kind::forgotten:
    case Fault::Kind::ghost:
      plane_.confuse_runtime(plane_.host(fault.host), confused_container(fault),
                             fault.kind == Fault::Kind::forgotten, fault.for_ms);
      break;
    case Fault::Kind::api_errors:
      steps_.api.errors_percent = 33;
      time_.after(fault.for_ms, [this] { steps_.api.errors_percent = 0; });
      break;
    case Fault::Kind::adopt:
      begin_adoption();
      break;
    case Fault::Kind::clock:
      here_->laptop.set_by(fault.harsh ? -fault.for_ms : fault.for_ms);
      break;
    case Fault::Kind::sleep:
      for (const std::string& host : plane_.names()) network_.cut(host, fault.for_ms, true);
      here_->laptop.sleep(fault.for_ms);
      break;
    case Fault::Kind::comes_back:
      // Whoever switches one on behind the gate does what was confirmed not to be done.
      if (!(here_->driver ? here_->driver->state() : folded()).confirmed)
        plane_.come_back(fault.host, fault.for_ms);
      break;
    case Fault::Kind::degraded_before:
      steps_.degraded.insert(kDegradedBefore);
      break;
    case Fault::Kind::never_settles:
      steps_.degraded.insert(kNeverSettles);
      break;
    case Fault::Kind::api_stale:
      steps_.api.stale = true;
      time_.after(fault.for_ms, [this] { steps_.api.stale = false; });
      break;
  }
}

// ---- the driver's lives -------------------------------------------------------------------------

template <class Call>
void Simulation::attempt(Call call) {
  try {
    call();
  } catch (const Crash&) {
    end_driver();
  } catch (const core::JournalError&) {
    end_driver();
  }
}

void Simulation::make_driver(Workstation& at, std::unique_ptr<core::Machine> machine) {
  core::Ownership owner = machine->state().owner;
  if (owner.run_id.empty()) owner = {start_.run_id, 1, start_.run_id, start_.started_by};
  const auto take = [this, &at](core::FactBody fact) {
    if (&at == here_.get()) return at.driver->on_outcome(std::move(fact));
    try {
      at.driver->on_outcome(std::move(fact));
    } catch (const Crash&) {
      at.arms->cancel_all();
    } catch (const core::JournalError&) {
      at.arms->cancel_all();
    }
  };
  at.stages.take_up(at.records());
  at.clock = std::make_unique<core::RunClock>(at.laptop.clock(machine->state().last_ms));
  at.arms = std::make_unique<Arms>(
      time_, at.laptop, *at.clock, network_, steps_, start_, std::move(owner),
      Chance(chance_.next()), [&at] { return at.ledger.lines(); }, take);
  at.driver = std::make_unique<core::Driver>(
      std::move(machine), at.ledger, *at.arms, *at.clock,
      [&at](const core::Record& record) { at.stages.take(record, at.driver->machine()); });
}

void Simulation::begin() {
  make_driver(*here_, states::make_run_machine());
  attempt([this] { here_->driver->feed(start_); });
}

// ---- another workstation ------------------------------------------------------------------------

// As the verb does it: every host is told of the new driver first, and only then the journals that
// they have are read, since until then the driver before may go on.
void Simulation::begin_adoption() {
  if (over_) return;
  std::uint64_t epoch = 0;
  for (const auto& [name, host] : plane_.hosts()) {
    if (is_absent(name)) continue;
    if (!host.owner) return;
    if (!network_.is_up(name)) return adopt_later();
    epoch = std::max(epoch, host.owner->epoch);
  }
  const std::string driver = "workstation-" + std::to_string(chance_.between(1, 1'000'000));
  const core::Ownership owner{start_.run_id, epoch + 1, driver, "tester@" + driver};
  std::int64_t last_ms = 0;
  for (const std::string& name : plane_.names()) {
    if (is_absent(name)) continue;
    const std::int64_t in_ms = chance_.between(1, 3'000);
    last_ms = std::max(last_ms, in_ms);
    time_.after(in_ms, [this, owner, name] {
      core::SeenOwner& seen = *plane_.host(name).owner;
      if (core::owned_by_other(seen, owner)) return;
      seen = {owner.run_id, owner.epoch, owner.driver, owner.by, seen.state, seen.job, 0};
    });
  }
  time_.after(last_ms + 1, [this, owner] { adopt(owner); });
}

void Simulation::adopt_later() {
  time_.after(chance_.between(10'000, 120'000), [this] { begin_adoption(); });
}

void Simulation::adopt(const core::Ownership& owner) {
  if (over_) return;
  std::vector<std::string> best;
  std::uint64_t best_epoch = 0;
  for (const auto& [name, host] : plane_.hosts()) {
    if (is_absent(name)) continue;
    // Two at the same time can end with nobody: the operator says it once more.
    if (core::owned_by_other(*host.owner, owner)) return adopt_later();
    if (host.journal.empty()) continue;
    const std::uint64_t epoch = journal::decode(host.journal.back()).record.fact.epoch;
    if (epoch < best_epoch || (epoch == best_epoch && host.journal.size() < best.size())) continue;
    best = host.journal;
    best_epoch = epoch;
  }
  former_.push_back(std::move(here_));
  if (chance_.percent(50)) {
    Workstation& former = *former_.back();
    time_.after(chance_.between(1'000, 900'000), [this, &former] { come_back(former); });
  }
  here_ = std::make_unique<Workstation>(time_, broken_);
  here_->ledger = Ledger(std::move(best));
  core::Replayer replayer(states::make_run_machine());
  std::int64_t last_ms = time_.now_ms();
  std::uint64_t facts = 0;
  for (const core::Record& record : here_->records()) {
    replayer.feed(record);
    last_ms = std::max(last_ms, record.fact.time_ms);
    ++facts;
  }
  core::Record record{
      {facts + 1, last_ms, owner.epoch,
       core::Adopted{owner.by, "it is gone", "sim", owner.epoch, owner.driver, {}, ""}},
      {}};
  record.intents = replayer.take()->apply(record.fact).effects;
  here_->ledger.append(record);
  awaited_ = true;
  resume_later(chance_.between(10, 5'000), {});
}

// The operator of a driver that was replaced resumes it, and must get nowhere.
void Simulation::come_back(Workstation& former) {
  if (over_) return;
  if (former.laptop.sleeps()) {
    return time_.at(former.laptop.wakes_ms(), [this, &former] { come_back(former); });
  }
  former.end_driver();
  core::Replayer replayer(states::make_run_machine());
  for (const core::Record& record : former.records()) replayer.feed(record);
  const core::RunStage stage = replayer.machine().state().stage;
  if (replayer.machine().state().facts == 0 || stage == core::RunStage::finished) return;
  make_driver(former, replayer.take());
  try {
    former.driver->feed(core::ResumeAsked{"tester", "sim", "", true});
  } catch (const Crash&) {
    former.end_driver();
  } catch (const core::JournalError&) {
    former.end_driver();
  }
}

// As the verb does it: verify and replay, then ask. Whatever was under way is in doubt.
void Simulation::resume(const Word& word) {
  awaited_ = false;
  ++resumes_;
  core::Replayer replayer(states::make_run_machine());
  for (const core::Record& record : here_->ledger.open()) replayer.feed(record);
  if (replayer.machine().state().facts == 0) return begin();
  make_driver(*here_, replayer.take());
  attempt([&] {
    here_->driver->feed(
        core::ResumeAsked{"tester", "sim", word.run_again, true, word.end_with_findings});
  });
}

core::RunState Simulation::folded() {
  core::RunState state;
  for (const core::Record& record : here_->ledger.open()) state.note(record);
  return state;
}

// Returns the step that a held run may only try again by the operator's word.
std::optional<std::string> Simulation::needed_word(const core::RunState& state) const {
  for (const auto& [name, host] : state.hosts) {
    const core::StepState* step = state.find(name, host.step);
    if (step != nullptr && step->stage == core::StepStage::held &&
        step->remedy.find("--run-again") != std::string::npos) {
      return host.step;
    }
  }
  return std::nullopt;
}

// Whether it is held at its last look by the operator that never settles.
bool Simulation::waits_for_ever(const core::RunState& state) const {
  const core::StepState* step = state.find(ControlPlane::recovery(), "operators-settled");
  return step != nullptr && step->stage == core::StepStage::held &&
         step->hold == core::HoldKind::timed_out && steps_.degraded.contains(kNeverSettles);
}

// Nobody drives: the run is over, or somebody comes back to it after a while.
void Simulation::after_the_driver() {
  if (here_->driver) {
    const std::string live = text_of(here_->driver->state());
    end_driver();
    if (live != text_of(folded())) broken_.push_back("the journal's fold is not the live one");
  }
  const core::RunState state = folded();
  if (state.stage == core::RunStage::finished) {
    over_ = true;
    end_ = "finished";
    return;
  }
  const std::optional<std::string> word = needed_word(state);
  if (word && !gives_the_word_) {
    over_ = true;
    end_ = "held: " + *word + " needs the operator's word";
    return;
  }
  if (resumes_ >= kResumesMax || time_.now_ms() - Timeline().now_ms() > kLongestMs) {
    over_ = true;
    end_ = "neither finished nor held for a reason that lasts";
    for (const auto& [name, host] : state.hosts) {
      const core::StepState* step = state.find(name, host.step);
      if (step == nullptr) continue;
      end_ += "; " + name + " at " + host.step + " " + std::string(core::name_of(step->stage)) +
              " " + step->reason;
    }
    broken_.push_back(end_);
    return;
  }
  words_given_ += word ? 1 : 0;
  awaited_ = true;
  const std::int64_t delay_ms = chance_.between(1'000, chance_.percent(80) ? 60'000 : 900'000);
  resume_later(delay_ms, {word.value_or(""), waits_for_ever(state) ? "it waits for ever" : ""});
}

// Nobody starts a process on a workstation that sleeps.
void Simulation::resume_later(std::int64_t delay_ms, const Word& word) {
  time_.after(delay_ms, [this, word, at = here_.get()] {
    if (at != here_.get() || at->driver) return;
    if (at->laptop.sleeps()) return resume_later(at->laptop.wakes_ms() - time_.now_ms(), word);
    resume(word);
  });
}

Result Simulation::run(bool told) {
  begin();
  try {
    while (!over_) {
      if (!here_->driver || here_->driver->idle() || here_->driver->stopped()) {
        if (here_->driver || !awaited_) after_the_driver();
        if (over_) break;
      }
      bool ran = true;
      attempt([&] { ran = time_.step(); });
      if (!ran) {
        broken_.push_back("nothing is left to happen, and the run is not over");
        break;
      }
      if (time_.now_ms() - Timeline().now_ms() > 2 * kLongestMs) {
        broken_.push_back("it went on for days");
        break;
      }
    }
  } catch (const core::ReplayMismatch& mismatch) {
    broken_.push_back(std::string("replay: ") + mismatch.what());
  } catch (const core::FactRefused& refused) {
    broken_.push_back(std::string("refused: ") + refused.what());
  }
  end_driver();
  const std::vector<core::Record>& records = here_->ledger.open();
  for (const std::unique_ptr<Workstation>& former : former_) {
    core::RunState state;
    for (const core::Record& record : former->records()) state.note(record);
    if (state.stage == core::RunStage::finished) {
      broken_.push_back("a driver that was replaced has finished the run");
    }
  }
  for (std::string& words : judge({records, steps_, faults_, words_given_})) {
    broken_.push_back(std::move(words));
  }
  Result result;
  result.broken = std::move(broken_);
  result.finished = end_ == "finished";
  result.end = std::move(end_);
  result.head = here_->ledger.head();
  result.facts = records.size();
  result.resumes = resumes_;
  result.script_starts = plane_.script_starts;
  result.virtual_ms = time_.now_ms() - Timeline().now_ms();
  if (told) result.journal = here_->ledger.lines();
  return result;
}

}  // namespace

int hosts_of(std::uint64_t seed) {
  Chance chance(seed ^ 0x40575ULL);
  const std::int64_t dice = chance.between(1, 100);
  if (dice > 20) return 3;
  if (dice > 15) return 5;
  return dice > 10 ? 2 : 1;
}

std::vector<std::string> absent_of(std::uint64_t seed, int hosts) {
  if (hosts < 2 || seed % 13 != 7) return {};
  Chance chance(seed ^ 0xab5e47ULL);
  std::vector<std::string> absent;
  const auto count = chance.between(1, hosts - 1);
  for (int i = hosts - static_cast<int>(count); i < hosts; ++i) absent.push_back(host_name(i));
  return absent;
}

std::vector<Fault> faults_of(std::uint64_t seed, Severity severity, int hosts) {
  Chance chance(seed ^ 0xfa0175ULL);
  const int count = hosts == 0 ? hosts_of(seed) : hosts;
  std::vector<Fault> faults = draw_faults(chance, severity, count);
  const std::vector<std::string> absent = absent_of(seed, count);
  if (severity == Severity::none || absent.empty() || chance.percent(50)) return faults;
  Fault fault;
  fault.kind = Fault::Kind::comes_back;
  fault.host = absent.front();
  fault.at_ms = chance.between(0, 3 * 60'000);
  fault.for_ms = chance.between(1'000, 12 * 60'000);
  faults.push_back(fault);
  return faults;
}

Result simulate(std::uint64_t seed, const std::vector<Fault>& faults, bool told, int hosts) {
  return Simulation(seed, faults, hosts == 0 ? hosts_of(seed) : hosts).run(told);
}

std::vector<Fault> shrink(std::uint64_t seed, std::vector<Fault> faults, int hosts) {
  for (std::size_t i = 0; i < faults.size();) {
    std::vector<Fault> fewer = faults;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (simulate(seed, fewer, false, hosts).broken.empty()) {
      ++i;
    } else {
      faults = std::move(fewer);
      i = 0;
    }
  }
  return faults;
}

}  // namespace sim
