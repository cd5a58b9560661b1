// The modelled arms; see the header.
#include "tests/sim/arms.hpp"

namespace sim {

namespace {

constexpr std::int64_t kFollowEveryMs = 250;
constexpr int kPatience = 40;  // looks for `began`: ten seconds

core::FactBody fate(const core::FollowJob& order, const Host& host, const Job& job) {
  if (job.rc) {
    return core::JobEnded{order.host,
                          order.step,
                          order.job,
                          *job.rc,
                          job.output.size(),
                          "",
                          job.output.substr(0, 2'048)};
  }
  core::Finding finding = core::Finding::killed;
  if (job.settled) {
    finding = core::Finding::never_began;
  } else if (job.alive) {
    finding = core::Finding::running;
  } else if (job.boot != host.boot) {
    finding = core::Finding::rebooted;
  }
  return core::JobFound{order.host, order.step, order.job, finding};
}

}  // namespace

Arms::Arms(Timeline& time, Network& network, Steps& steps, const core::RunStarted& start,
           Chance chance, Sink sink)
    : time_(time),
      network_(network),
      steps_(steps),
      start_(start),
      chance_(chance),
      sink_(std::move(sink)) {}

void Arms::later(std::int64_t delay_ms, std::function<void()> task) {
  time_.after(delay_ms, [alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

void Arms::start(const core::Effect& effect) {
  std::visit([this](const auto& value) { later(0, [this, value] { perform(value); }); }, effect);
}

void Arms::perform(core::Look look) {
  auto printed = std::make_shared<Printed>();
  const auto then = [this, look, printed] {
    core::Observed seen{look.host,    look.step,    printed->exit_code,
                        printed->out, printed->err, false};
    const std::string key = look.host + "/" + look.step;
    const auto last = last_looks_.find(key);
    const bool changed = last == last_looks_.end() || last->second.exit_code != seen.exit_code ||
                         last->second.out != seen.out;
    const std::int64_t now_ms = time_.now_ms();
    if (!look.changed_only || changed || (look.recheck_ms > 0 && now_ms >= look.recheck_ms)) {
      last_looks_[key] = seen;
      return tell(std::move(seen));
    }
    if (now_ms >= look.deadline_ms) return tell(core::Expired{look.host, look.step, seen.out});
    std::int64_t next_ms = std::min(now_ms + look.poll_ms, look.deadline_ms);
    if (look.recheck_ms > 0) next_ms = std::min(next_ms, look.recheck_ms);
    later(next_ms - now_ms, [this, look] { perform(look); });
  };
  const auto lost = [this, look](std::string words) {
    tell(core::LinkLost{look.host, look.step, false, std::move(words)});
  };
  // Not `this`: the request may arrive when its driver is long dead.
  const auto at_host = [&steps = steps_, look, printed](Host& host) {
    *printed = steps.look(look.step, host);
    return printed->takes_ms;
  };
  network_.ask(look.via, alive_, at_host, then, lost);
}

// ---- jobs ---------------------------------------------------------------------------------------

// The start script: each of its lines may be the last, when its SSH session dies.
void Arms::start_job(Timeline& time, Steps& steps, Network& network, Chance chance, Host& host,
                     const core::RunJob& order) {
  if (host.jobs.contains(order.job)) return;  // mkdir: somebody was here
  host.jobs[order.job];
  const std::string id = order.job;
  host.unsynced.emplace_back(time.now_ms(), [&host, id] {
    if (!host.jobs[id].durable) host.jobs.erase(id);
  });
  const int boot = host.boot;
  const std::uint64_t epoch = network.epoch(host.name);
  // The launch is usually quick, and now and then slower than anybody waits for it.
  const std::int64_t launch_ms =
      chance.percent(97) ? chance.between(10, 400) : chance.between(5'000, 60'000);
  const bool dies_with_link = chance.percent(30);
  time.after(launch_ms, [&time, &steps, &network, &host, order, boot, epoch, dies_with_link] {
    if (!host.up || host.boot != boot || !host.jobs.contains(order.job)) return;
    if (dies_with_link && network.epoch(host.name) != epoch) return;
    Job& job = host.jobs[order.job];
    if (job.began) return;  // the claim is another's
    job.began = job.durable = job.alive = true;
    job.boot = boot;
    ++job.times_begun;
    work(time, steps, host, order, 0);
  });
}

void Arms::work(Timeline& time, Steps& steps, Host& host, const core::RunJob& order, int state) {
  const int boot = host.boot;
  std::string line;
  const std::int64_t takes_ms =
      steps.command(order.step, host, order.script, order.job, &state, &line);
  if (host.boot != boot) return;
  Job& job = host.jobs[order.job];
  if (!line.empty()) job.output += line + "\n";
  time.after(std::max<std::int64_t>(takes_ms, 1),
             [&time, &steps, &host, order, state, boot, takes_ms] {
               Job& now = host.jobs[order.job];
               if (host.boot != boot || !now.alive) return;
               if (takes_ms >= 0) return work(time, steps, host, order, state);
               now.rc = static_cast<int>(-takes_ms - 1);
               now.alive = false;
             });
}

void Arms::perform(core::RunJob order) {
  const core::FollowJob follow_order{order.host, order.step, order.via,
                                     order.job,  0,          order.deadline_ms};
  const std::uint64_t epoch = network_.epoch(order.via);
  const auto at_host = [&time = time_, &steps = steps_, &network = network_,
                        chance = Chance(chance_.next()), order](Host& host) {
    start_job(time, steps, network, chance, host, order);
    return std::int64_t{1};
  };
  const auto then = [this, follow_order, epoch] { follow(follow_order, epoch, 0); };
  const auto lost = [this, order](std::string words) {
    tell(core::LinkLost{order.host, order.step, false, std::move(words)});
  };
  network_.ask(order.via, alive_, at_host, then, lost);
}

void Arms::perform(core::FollowJob order) {
  const std::uint64_t epoch = network_.epoch(order.via);
  const auto at_host = [](Host&) { return std::int64_t{1}; };
  const auto then = [this, order, epoch] { follow(order, epoch, 0); };
  const auto lost = [this, order](std::string words) {
    tell(core::LinkLost{order.host, order.step, false, std::move(words)});
  };
  network_.ask(order.via, alive_, at_host, then, lost);
}

// The streaming channel: whole lines as they come, then the verdict.
void Arms::follow(core::FollowJob order, std::uint64_t epoch, int waited) {
  if (network_.epoch(order.via) != epoch) {
    return later(network_.notice_ms(order.via), [this, order] {
      tell(core::LinkLost{order.host, order.step, false, "the link broke"});
    });
  }
  if (time_.now_ms() >= order.deadline_ms) {
    return tell(core::Expired{order.host, order.step, "the end of job " + order.job});
  }
  Host& host = steps_.plane().host(order.via);
  const auto found = host.jobs.find(order.job);
  const bool began = found != host.jobs.end() && found->second.began;
  if (!began && waited < kPatience) {
    return later(kFollowEveryMs,
                 [this, order, epoch, waited] { follow(order, epoch, waited + 1); });
  }
  Job& job = host.jobs[order.job];
  if (!began) job.began = job.settled = job.durable = true;
  for (std::size_t end; (end = job.output.find('\n', order.offset)) != std::string::npos;) {
    std::string line = job.output.substr(order.offset, end - order.offset);
    order.offset = end + 1;
    tell(core::JobProgressed{order.host, order.step, order.job, order.offset, std::move(line)});
    if (!*alive_) return;
  }
  if (job.alive) {
    return later(kFollowEveryMs, [this, order, epoch] { follow(order, epoch, kPatience); });
  }
  later(chance_.between(1, 40), [this, order, epoch, fact = fate(order, host, job)] {
    if (network_.epoch(order.via) != epoch) return follow(order, epoch, kPatience);
    tell(fact);
  });
}

void Arms::perform(core::SettleJob order) {
  const core::FollowJob as{order.host, order.step, order.via, order.job, 0, 0};
  auto fact = std::make_shared<core::FactBody>(core::Ticked{});
  const auto at_host = [as, fact](Host& host) {
    Job& job = host.jobs[as.job];
    if (!job.began) job.began = job.settled = true;
    job.durable = true;
    *fact = fate(as, host, job);
    return std::int64_t{20};
  };
  const auto then = [this, fact] { tell(*fact); };
  const auto lost = [this, order](std::string words) {
    tell(core::LinkLost{order.host, order.step, false, std::move(words)});
  };
  network_.ask(order.via, alive_, at_host, then, lost);
}

// ---- the rest -----------------------------------------------------------------------------------

void Arms::perform(core::CopyBackup order) { copy_file(std::move(order), 0); }

void Arms::copy_file(core::CopyBackup order, std::size_t index) {
  if (index == start_.backup.files.size()) {
    return tell(core::CopyEnded{order.host, order.step, true, "", 150});
  }
  const core::BackupFile file = start_.backup.files[index];
  const auto at_host = [order, file](Host& host) {
    host.files.write(order.target_directory + "/" + file.name, file.sha256);
    return std::int64_t{2'000};
  };
  const auto then = [this, order, index] { copy_file(order, index + 1); };
  const auto lost = [this, order](std::string words) {
    tell(core::LinkLost{order.host, order.step, false, std::move(words)});
  };
  network_.ask(order.via, alive_, at_host, then, lost);
}

void Arms::perform(core::Wait order) {
  later(std::max<std::int64_t>(0, order.until_ms - time_.now_ms()), [this, order] {
    tell(core::Ticked{order.host, order.step});
  });
}

void Arms::perform(core::AskOperator question) {
  later(chance_.between(1'000, 60'000), [this, question] {
    tell(core::Confirmed{"tester", question.expected});
  });
}

}  // namespace sim
