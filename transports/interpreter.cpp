// The effects' coroutines, and the facts that their ends become; see the header. A coroutine shares
// ownership of the world, so a cancelled one can end later.
#include "transports/interpreter.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "core/overload.hpp"
#include "core/text.hpp"
#include "transports/backup_copies.hpp"
#include "transports/connect_patience.hpp"
#include "transports/host/journal_copy.hpp"
#include "transports/host/line_cutter.hpp"
#include "transports/look_poller.hpp"
#include "transports/ssh/ssh_session.hpp"

namespace transports {

namespace asio = boost::asio;
using core::FactBody;

struct Interpreter::World : std::enable_shared_from_this<Interpreter::World> {
  asio::io_context& io;
  const core::Clock& clock;
  core::RunStarted run;
  std::string local_jobs;
  std::optional<core::Ownership> owner;
  std::optional<JournalCopies> copies;  // none: hosts get no journal
  Sink sink;
  Ask ask;
  InterpreterHooks hooks;
  core::Redactor redactor;
  bool cancelled = false;
  HostGate gate;
  ConnectPatience patience;
  SessionPool sessions;
  LookPoller looks;
  std::map<std::string, LineCount> line_counts;  // of jobs that are followed, by id

  World(asio::io_context& context, const core::Clock& the_clock, core::RunStarted start,
        std::string jobs, Driving driving, Sink to, Ask asking, InterpreterHooks with)
      : io(context),
        clock(the_clock),
        run(std::move(start)),
        local_jobs(std::move(jobs)),
        owner(driving.owner),
        sink(std::move(to)),
        ask(std::move(asking)),
        hooks(std::move(with)),
        redactor(hooks.fingerprint),
        gate(std::move(driving.owner), std::move(driving.known),
             [this](FactBody fact) { tell(std::move(fact)); }),
        patience(run.inventory.ssh.connect_timeout_ms, run.inventory.timing.link_patience_ms),
        sessions(context, [this](std::string host) { return open_session(std::move(host)); }),
        looks(context, clock, sessions) {
    if (owner && !driving.journal_lines.empty())
      copies.emplace(*owner, std::move(driving.journal_lines));
  }

  // The one place where a host's bytes become facts.
  void tell(FactBody fact) {
    if (!cancelled) sink(redactor.fact(std::move(fact)));
  }

  awaitable<std::shared_ptr<Shell>> open_session(std::string via);
  JobPlace place(const std::string& via) const;

  awaitable<FactBody> perform(core::Look look);
  awaitable<FactBody> perform(core::RunJob job);
  awaitable<FactBody> perform(core::FollowJob job);
  awaitable<FactBody> perform(core::SettleJob job);
  awaitable<FactBody> perform(core::CopyBackup copy);
  awaitable<FactBody> perform(core::Wait wait);
  awaitable<FactBody> perform(core::AskOperator question);

  template <class Job, class Call>
  awaitable<FactBody> follow(const Job& job, std::uint64_t offset, Call call);
  FactBody outcome_fact(const std::string& host, const std::string& step, const std::string& job,
                        const JobOutcome& outcome, std::string tail) const;

  template <class E>
  awaitable<void> run_effect(E effect);
};

awaitable<std::shared_ptr<Shell>> Interpreter::World::open_session(std::string via) {
  const core::Host* host = core::find_host(run.inventory, via);
  if (host == nullptr) throw LinkFailure(true, "'" + via + "' is not in the inventory");
  // Named, since GCC 12 copies braced temporaries of a
  // co_await expression byte by byte into the frame.
  SshTarget target{host->name, host->address, run.inventory.ssh};
  const std::int64_t answer_ms = patience.limit_ms(via);
  target.answer_ms = answer_ms;
  try {
    std::shared_ptr<SshSession> session = co_await SshSession::connect(io, std::move(target));
    if (cancelled) throw LinkFailure(false, "stopped");
    std::string key = session->host_key();
    co_await gate.verify_host(*host, *session, std::move(key), answer_ms);
    patience.connected(via, answer_ms);
    co_return session;
  } catch (const LinkFailure& failure) {
    if (!failure.cut_short) throw;
    const std::int64_t next_ms = patience.cut_short(via, answer_ms);
    throw LinkFailure(false,
                      std::string(failure.what()) +
                          "; it may be short of processor time: the next attempt waits for an "
                          "answer for " +
                          core::duration_words(next_ms),
                      true);
  }
}

JobPlace Interpreter::World::place(const std::string& via) const {
  if (via == core::kWorkstation) return {local_jobs, Launcher::setsid, std::nullopt};
  JobPlace on_host;
  on_host.owner = owner;
  return on_host;
}

awaitable<FactBody> Interpreter::World::perform(core::Look look) {
  co_return co_await looks.look(std::move(look));
}

FactBody Interpreter::World::outcome_fact(const std::string& host, const std::string& step,
                                          const std::string& job, const JobOutcome& outcome,
                                          std::string tail) const {
  if (!outcome.ended) return core::JobFound{host, step, job, outcome.finding};
  return core::JobEnded{host,
                        step,
                        job,
                        outcome.exit_code,
                        outcome.output_bytes,
                        core::clean_utf8(outcome.output_sha256),
                        std::move(tail)};
}

template <class Job, class Call>
awaitable<FactBody> Interpreter::World::follow(const Job& job, std::uint64_t offset, Call call) {
  core::RedactedLines redacted(redactor, offset > 0);
  LineCount& count = line_counts[job.job];
  LineCutter lines(offset, count, [&](std::uint64_t end, std::string line) {
    tell(core::JobProgressed{job.host, job.step, job.job, end, redacted.take(line)});
  });
  const OutputSink take = [&](std::uint64_t, std::string_view bytes) { lines.take(bytes); };
  const std::int64_t timeout_ms = std::max<std::int64_t>(1, job.deadline_ms - clock.now_ms());
  const std::shared_ptr<Shell> on = co_await sessions.shell(job.via);
  const JobOutcome outcome = co_await call(on, timeout_ms, take);
  if (outcome.ended || outcome.finding != core::Finding::running) {
    if (count.left_out > 0)
      tell(core::JobProgressed{job.host, job.step, job.job, count.counted_to, count.note()});
    line_counts.erase(job.job);
  }
  co_return outcome_fact(job.host, job.step, job.job, outcome, lines.tail());
}

awaitable<FactBody> Interpreter::World::perform(core::RunJob job) {
  const auto call = [&](std::shared_ptr<Shell> on, std::int64_t timeout_ms,
                        OutputSink take) -> awaitable<JobOutcome> {
    if (job.via != core::kWorkstation && copies) co_await copies->push(job.via, on);
    co_return co_await run_job(*on, place(job.via), job.job, job.script, timeout_ms,
                               std::move(take));
  };
  co_return co_await follow(job, 0, call);
}

awaitable<FactBody> Interpreter::World::perform(core::FollowJob job) {
  const auto call = [&](const std::shared_ptr<Shell>& on, std::int64_t timeout_ms,
                        OutputSink take) {
    return follow_job(*on, place(job.via), job.job, job.offset, timeout_ms, std::move(take));
  };
  co_return co_await follow(job, job.offset, call);
}

awaitable<FactBody> Interpreter::World::perform(core::SettleJob job) {
  const std::shared_ptr<Shell> on = co_await sessions.shell(job.via);
  const JobOutcome outcome = co_await settle_job(*on, place(job.via), job.job);
  co_return outcome_fact(job.host, job.step, job.job, outcome,
                         tail_of(outcome.tail, LineCutter::kTailBytesMax));
}

awaitable<FactBody> Interpreter::World::perform(core::CopyBackup copy) {
  BackupCopyHooks to;
  to.on_confirmed = [this](core::ChunkConfirmed confirmed) { tell(std::move(confirmed)); };
  to.on_progress = [this, host = copy.host, step = copy.step](std::uint64_t bytes,
                                                              std::uint64_t of_bytes) {
    if (hooks.on_copied && !cancelled) hooks.on_copied({host, step}, bytes, of_bytes);
  };
  co_return co_await copy_backup(sessions, clock, run.backup, std::move(copy), std::move(to));
}

awaitable<FactBody> Interpreter::World::perform(core::Wait wait) {
  asio::steady_timer timer(
      io, std::chrono::milliseconds(std::max<std::int64_t>(0, wait.until_ms - clock.now_ms())));
  co_await timer.async_wait(asio::use_awaitable);
  co_return core::Ticked{wait.host, wait.step};
}

awaitable<FactBody> Interpreter::World::perform(core::AskOperator question) {
  // The answer may come at once, minutes later or never; a timer that is cancelled then waits for
  // it.
  asio::steady_timer answered(io, asio::steady_timer::time_point::max());
  std::optional<FactBody> answer;
  ask(question, [&](FactBody fact) {
    answer = std::move(fact);
    answered.cancel();
  });
  boost::system::error_code ignored;
  if (!answer) co_await answered.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return *answer;
}

namespace {

// The one place where an end without an outcome becomes a fact.
FactBody fact_of(const core::Effect& effect, const LinkFailure& failure) {
  const core::Lane lane = core::lane_of(effect);
  return core::LinkLost{std::string(lane.host), std::string(lane.step), failure.permanent,
                        core::clean_utf8(failure.what()), failure.cut_short};
}

// An effect with a command of its own has passed its deadline; for any other one the host did not
// answer.
FactBody fact_of(const core::Effect& effect, const ExecTimeout& late) {
  const auto of_job = [](const auto& job) -> FactBody {
    return core::Expired{job.host, job.step, "the end of job " + job.job};
  };
  return std::visit(
      core::Overload{[&](const core::RunJob& job) { return of_job(job); },
                     [&](const core::FollowJob& job) { return of_job(job); },
                     [&](const core::CopyBackup& copy) -> FactBody {
                       return core::Expired{copy.host, copy.step, "the end of the copy"};
                     },
                     [&](const auto&) { return fact_of(effect, LinkFailure(false, late.what())); }},
      effect);
}

}  // namespace

template <class E>
awaitable<void> Interpreter::World::run_effect(E effect) {
  std::optional<FactBody> outcome;
  try {
    outcome = co_await perform(effect);
  } catch (const LinkFailure& failure) {
    outcome = fact_of(core::Effect(effect), failure);
  } catch (const ExecTimeout& late) {
    outcome = fact_of(core::Effect(effect), late);
  }
  tell(std::move(*outcome));
}

Interpreter::Interpreter(asio::io_context& io, const core::Clock& clock, core::RunStarted start,
                         std::string local_jobs, Driving driving, Sink sink, Ask ask,
                         InterpreterHooks hooks)
    : world_(std::make_shared<World>(io, clock, std::move(start), std::move(local_jobs),
                                     std::move(driving), std::move(sink), std::move(ask),
                                     std::move(hooks))) {}
Interpreter::~Interpreter() { cancel_all(); }

void Interpreter::start(const core::Effect& effect) {
  std::visit(
      [this](const auto& value) {
        // Through post: an outcome must never come from within start().
        asio::post(world_->io, [world = world_, value] {
          if (world->cancelled) return;
          asio::co_spawn(
              world->io, [world, value]() -> awaitable<void> { co_await world->run_effect(value); },
              [](std::exception_ptr error) {
                if (error) std::rethrow_exception(error);
              });
        });
      },
      effect);
}

void Interpreter::leave_journal(std::function<void(std::vector<std::string>)> done) {
  struct Left {
    std::size_t open = 0;
    std::vector<std::string> names;
  };
  auto left = std::make_shared<Left>();
  const auto sessions = world_->sessions.open_sessions();
  left->open = world_->copies ? sessions.size() : 0;
  for (const auto& [name, session] : sessions) {
    if (left->open == 0) break;
    asio::co_spawn(
        world_->io,
        [world = world_, name = name, session = session]() -> awaitable<void> {
          co_await world->copies->push(name, session);
        },
        [left, done, name = name](const std::exception_ptr& error) {
          if (!error) left->names.push_back(name);
          if (--left->open > 0) return;
          std::sort(left->names.begin(), left->names.end());  // whichever host was done first
          done(std::move(left->names));
        });
  }
  if (left->open == 0) asio::post(world_->io, [done] { done({}); });
}

void Interpreter::cancel_all() {
  world_->cancelled = true;
  world_->sessions.close("stopped");
}

}  // namespace transports
