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

Arms::Arms(Timeline& time, const Laptop& laptop, const core::Clock& clock, Network& network,
           Steps& steps, const core::RunStarted& start, core::Ownership owner, Chance chance,
           Lines lines, Sink sink)
    : time_(time),
      laptop_(laptop),
      clock_(clock),
      network_(network),
      steps_(steps),
      start_(start),
      owner_(std::move(owner)),
      chance_(chance),
      lines_(std::move(lines)),
      sink_(std::move(sink)) {}

void Arms::tell_fenced(const std::string& host, const std::string& step, const std::string& by) {
  tell(core::LinkLost{host, step, true, "the host refuses this driver: it is owned by " + by});
}

void Arms::later(std::int64_t delay_ms, std::function<void()> task) {
  time_.after(delay_ms, [&time = time_, &laptop = laptop_, alive = alive_, task = std::move(task)] {
    run_awake(time, laptop, alive, task);
  });
}

// Nothing of the driver happens while its machine sleeps.
void Arms::run_awake(Timeline& time, const Laptop& laptop, const std::shared_ptr<bool>& alive,
                     std::function<void()> task) {
  if (!*alive) return;
  if (!laptop.sleeps()) return task();
  time.at(laptop.due_awake_ms(time.now_ms()), [&time, &laptop, alive, task = std::move(task)] {
    run_awake(time, laptop, alive, task);
  });
}

void Arms::ask(const std::string& via, Network::AtHost at_host, std::function<void()> then,
               std::function<void(std::string)> lost) {
  network_.ask(
      via, alive_, std::move(at_host),
      [this, then = std::move(then)] { run_awake(time_, laptop_, alive_, then); },
      [this, lost = std::move(lost)](std::string words) {
        run_awake(time_, laptop_, alive_, [lost, words = std::move(words)] { lost(words); });
      });
}

void Arms::start(const core::Effect& effect) {
  // Scripts are long, and a closure is copied more than once on its way through the timeline.
  later(0, [this, shared = std::make_shared<const core::Effect>(effect)] {
    std::visit([this](const auto& value) { perform(value); }, *shared);
  });
}

void Arms::perform(core::Look order) {
  perform(std::make_shared<const core::Look>(std::move(order)));
}

void Arms::perform(std::shared_ptr<const core::Look> look) {
  auto printed = std::make_shared<Printed>();
  const auto then = [this, look, printed] {
    const std::string refused = verify_host(steps_.plane().host(look->via));
    if (!refused.empty()) return tell_fenced(look->host, look->step, refused);
    core::Observed seen{look->host,   look->step,   printed->exit_code,
                        printed->out, printed->err, false};
    transports::LookPoll::Next next = looks_.take(*look, std::move(seen), clock_.now_ms());
    if (next.outcome) return tell(std::move(*next.outcome));
    later(next.at_ms - clock_.now_ms(), [this, look] { perform(look); });
  };
  const auto lost = [this, look](std::string words) {
    tell(core::LinkLost{look->host, look->step, false, std::move(words)});
  };
  // Not `this`: the request may arrive when its driver is long dead.
  const auto at_host = [&steps = steps_, look, printed](Host& host) {
    *printed = steps.look(look->step, host);
    return printed->takes_ms;
  };
  ask(look->via, at_host, then, lost);
}

// A look on a new session begins with the greeting: who answers, and whom it obeys.
std::string Arms::verify_host(const Host& host) {
  const std::uint64_t epoch = network_.epoch(host.name);
  const auto met = verified_.find(host.name);
  if (met != verified_.end() && met->second == epoch) return {};
  if (host.owner && host.owner->run_id == owner_.run_id &&
      core::owned_by_other(*host.owner, owner_)) {
    return host.owner->by;
  }
  verified_[host.name] = epoch;
  if (boots_[host.name] != host.boot_id()) {
    boots_[host.name] = host.boot_id();
    tell(core::HostReached{host.name, host.name, host.boot_id(), "SHA256:" + host.name});
  }
  return {};
}

// ---- jobs ---------------------------------------------------------------------------------------

// The start script: each of its lines may be the last, when its SSH session dies.
void Arms::start_job(Timeline& time, Steps& steps, Network& network, Chance chance, Host& host,
                     const std::shared_ptr<const Order>& order) {
  const std::string id = order->job.job;
  const core::Ownership& by = order->by;
  host.journal = order->lines;
  host.owner = {by.run_id, by.epoch, by.driver, by.by, "driven", id, 0};
  if (host.jobs.contains(id)) return;  // mkdir: somebody was here
  host.jobs[id];
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
    if (!host.up || host.boot != boot || !host.jobs.contains(order->job.job)) return;
    if (dies_with_link && network.epoch(host.name) != epoch) return;
    if (host.owner && core::owned_by_other(*host.owner, order->by)) return;
    Job& job = host.jobs[order->job.job];
    if (job.began) return;  // the claim is another's
    job.began = job.durable = job.alive = true;
    job.boot = boot;
    ++job.times_begun;
    work(time, steps, host, order, 0);
  });
}

void Arms::work(Timeline& time, Steps& steps, Host& host, const std::shared_ptr<const Order>& order,
                int state) {
  const int boot = host.boot;
  std::string line;
  const core::RunJob& what = order->job;
  const std::int64_t takes_ms =
      steps.command(what.step, host, what.script, what.job, order->by, &state, &line);
  if (host.boot != boot) return;
  Job& job = host.jobs[what.job];
  if (!line.empty()) job.output += line + "\n";
  time.after(std::max<std::int64_t>(takes_ms, 1),
             [&time, &steps, &host, order, state, boot, takes_ms] {
               Job& now = host.jobs[order->job.job];
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
  auto refused = std::make_shared<std::string>();
  const auto whole = std::make_shared<const Order>(Order{std::move(order), owner_, lines_()});
  const auto at_host = [&time = time_, &steps = steps_, &network = network_,
                        chance = Chance(chance_.next()), whole, refused](Host& host) {
    if (host.owner && core::owned_by_other(*host.owner, whole->by)) {
      *refused = host.owner->by;
    } else {
      start_job(time, steps, network, chance, host, whole);
    }
    return std::int64_t{1};
  };
  const auto then = [this, follow_order, epoch, refused] {
    if (!refused->empty()) return tell_fenced(follow_order.host, follow_order.step, *refused);
    follow(follow_order, epoch, 0);
  };
  const auto lost = [this, whole](std::string words) {
    tell(core::LinkLost{whole->job.host, whole->job.step, false, std::move(words)});
  };
  ask(whole->job.via, at_host, then, lost);
}

void Arms::perform(core::FollowJob order) {
  const std::uint64_t epoch = network_.epoch(order.via);
  const auto at_host = [](Host&) { return std::int64_t{1}; };
  const auto then = [this, order, epoch] { follow(order, epoch, 0); };
  const auto lost = [this, order](std::string words) {
    tell(core::LinkLost{order.host, order.step, false, std::move(words)});
  };
  ask(order.via, at_host, then, lost);
}

// The streaming channel: whole lines as they come, then the verdict.
void Arms::follow(core::FollowJob order, std::uint64_t epoch, int waited) {
  if (network_.epoch(order.via) != epoch) {
    return later(network_.notice_ms(order.via), [this, order] {
      tell(core::LinkLost{order.host, order.step, false, "the link broke"});
    });
  }
  if (clock_.now_ms() >= order.deadline_ms) {
    return tell(core::Expired{order.host, order.step, "the end of job " + order.job});
  }
  Host& host = steps_.plane().host(order.via);
  if (host.owner && core::owned_by_other(*host.owner, owner_)) {
    return tell_fenced(order.host, order.step, host.owner->by);
  }
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
  const auto at_host = [as, fact, by = owner_](Host& host) {
    if (host.owner && core::owned_by_other(*host.owner, by)) {
      *fact = core::LinkLost{as.host, as.step, true, "it is owned by " + host.owner->by};
      return std::int64_t{1};
    }
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
  ask(order.via, at_host, then, lost);
}

// ---- the rest -----------------------------------------------------------------------------------

void Arms::perform(core::CopyBackup order) {
  copy_file(std::make_shared<const core::CopyBackup>(std::move(order)), 0);
}

// As transports/ssh/ssh_upload.cpp: what the host has of an earlier copy, the chunks that are not
// confirmed, and the name once there is nothing more to send.
void Arms::copy_file(std::shared_ptr<const core::CopyBackup> order, std::size_t index) {
  if (index == start_.backup.files.size()) {
    return tell(core::CopyEnded{order->host, order->step, true, "", 150});
  }
  enum class There { nothing, part, named };
  const core::BackupFile& file = start_.backup.files[index];
  auto there = std::make_shared<There>();
  const auto at_host = [name = file.name, path = order->target_directory + "/" + file.name,
                        there](Host& host) {
    if (host.files.exists(path)) {
      *there = There::named;
    } else {
      *there = host.parts.contains(name) ? There::part : There::nothing;
      host.parts[name];
    }
    return std::int64_t{20};
  };
  const auto then = [this, order, index, there] {
    if (*there == There::named) return copy_file(order, index + 1);
    const core::BackupFile& of = start_.backup.files[index];
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t chunk = 0; chunk < of.chunks.size(); ++chunk) {
      if (*there == There::nothing || !core::has_chunk(order->confirmed, of.name, chunk))
        wanted.push_back(chunk);
    }
    send_chunks(order, index, std::move(wanted));
  };
  ask_for(*order, at_host, then);
}

void Arms::send_chunks(std::shared_ptr<const core::CopyBackup> order, std::size_t index,
                       std::vector<std::uint64_t> wanted) {
  const core::BackupFile& file = start_.backup.files[index];
  if (wanted.empty()) {
    const auto at_host = [order, file, &steps = steps_](Host& host) {
      if (!host.parts.contains(file.name)) return std::int64_t{1};  // another's rename came first
      if (host.parts[file.name].size() != file.chunks.size()) {
        steps.plane().violations.push_back("a copy that is not whole was given its name");
      }
      host.files.write(order->target_directory + "/" + file.name, file.sha256);
      host.parts.erase(file.name);
      return std::int64_t{50};
    };
    return ask_for(*order, at_host, [this, order, index] { copy_file(order, index + 1); });
  }
  const std::uint64_t chunk = wanted.back();
  wanted.pop_back();
  const auto at_host = [name = file.name, chunk, &time = time_](Host& host) {
    if (host.parts.contains(name)) host.parts[name].insert(chunk);
    host.unsynced.emplace_back(time.now_ms(), [&host, name, chunk] {
      if (host.parts.contains(name)) host.parts[name].erase(chunk);
    });
    return std::int64_t{400};
  };
  ask_for(*order, at_host, [this, order, index, name = file.name, chunk, wanted] {
    tell(core::ChunkConfirmed{order->host, order->step, name, chunk});
    if (*alive_) send_chunks(order, index, wanted);
  });
}

void Arms::ask_for(const core::CopyBackup& order, Network::AtHost at_host,
                   std::function<void()> then) {
  const auto lost = [this, host = order.host, step = order.step](std::string words) {
    tell(core::LinkLost{host, step, false, std::move(words)});
  };
  ask(order.via, std::move(at_host), std::move(then), lost);
}

void Arms::perform(core::Wait order) {
  later(std::max<std::int64_t>(0, order.until_ms - clock_.now_ms()), [this, order] {
    tell(core::Ticked{order.host, order.step});
  });
}

void Arms::perform(core::AskOperator question) {
  later(chance_.between(1'000, 60'000), [this, question] {
    tell(core::Confirmed{"tester", question.expected});
  });
}

}  // namespace sim
