// The arms; see the header. A coroutine holds the world, so a cancelled one ends on its own.
#include "transports/interpreter.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "core/backup_place.hpp"
#include "core/text.hpp"
#include "transports/host/host_copy.hpp"
#include "transports/host/journal_copy.hpp"
#include "transports/host/line_cutter.hpp"
#include "transports/host/local_shell.hpp"

namespace transports {

namespace asio = boost::asio;
using core::FactBody;

namespace {

constexpr std::int64_t kLookTimeoutMs = 60'000;

}  // namespace

std::int64_t SystemClock::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Interpreter::World : std::enable_shared_from_this<Interpreter::World> {
  asio::io_context& io;
  const core::Clock& clock;
  core::RunStarted run;
  std::string local_jobs;
  Driving driving;
  Sink sink;
  Ask ask;
  InterpreterHooks hooks;
  core::Redactor redactor;
  LocalShell local;
  bool cancelled = false;
  std::map<std::string, std::shared_ptr<SshSession>> sessions;
  std::vector<std::weak_ptr<SshSession>> copying;  // more sessions, for a copy
  std::map<std::string, core::Observed> last_looks;

  World(asio::io_context& context, const core::Clock& the_clock, core::RunStarted start,
        std::string jobs, Driving by, Sink to, Ask asking, InterpreterHooks with)
      : io(context),
        clock(the_clock),
        run(std::move(start)),
        local_jobs(std::move(jobs)),
        driving(std::move(by)),
        sink(std::move(to)),
        ask(std::move(asking)),
        hooks(std::move(with)),
        redactor(hooks.fingerprint),
        local(context) {}

  // The one door through which a host's bytes become facts.
  void tell(FactBody fact) {
    if (!cancelled) sink(redactor.fact(std::move(fact)));
  }

  awaitable<Shell*> shell(std::string via);
  awaitable<std::shared_ptr<SshSession>> open_session(std::string via);
  awaitable<std::shared_ptr<Shell>> one_more_session(std::string via);
  awaitable<void> meet(const core::Host& host, SshSession& session);
  awaitable<void> pause(std::int64_t until_ms);
  JobPlace place(const std::string& via) const;

  awaitable<FactBody> perform(core::Look look);
  awaitable<FactBody> perform(core::RunJob job);
  awaitable<FactBody> perform(core::FollowJob job);
  awaitable<FactBody> perform(core::SettleJob job);
  awaitable<FactBody> perform(core::CopyBackup copy);
  awaitable<FactBody> perform(core::Wait wait);
  awaitable<FactBody> perform(core::AskOperator question);
  awaitable<UploadResult> copy_file(Shell& on, const core::CopyBackup& copy,
                                    const core::BackupFile& file, UploadHooks to);

  template <class Job, class Call>
  awaitable<FactBody> follow(const Job& job, std::uint64_t offset, Call call);
  FactBody outcome_fact(const std::string& host, const std::string& step, const std::string& job,
                        const JobOutcome& outcome, std::string tail) const;

  template <class E>
  awaitable<void> run_effect(E effect);
};

awaitable<Shell*> Interpreter::World::shell(std::string via) {
  if (via == core::kWorkstation) co_return &local;
  const auto known = sessions.find(via);
  if (known != sessions.end() && known->second->alive()) co_return known->second.get();
  const std::shared_ptr<SshSession> session = co_await open_session(via);
  sessions[via] = session;
  co_return session.get();
}

awaitable<std::shared_ptr<SshSession>> Interpreter::World::open_session(std::string via) {
  const core::Host* host = core::find_host(run.inventory, via);
  if (host == nullptr) throw LinkFailure(true, "'" + via + "' is not in the inventory");
  // Named, since GCC 12 copies braced temporaries of a
  // co_await expression byte by byte into the frame.
  SshTarget target{host->name, host->address, run.inventory.ssh};
  std::shared_ptr<SshSession> session = co_await SshSession::connect(io, std::move(target));
  if (cancelled) throw LinkFailure(false, "stopped");
  co_await meet(*host, *session);
  if (cancelled) throw LinkFailure(false, "stopped");
  co_return session;
}

// For a copy, beside the host's own session. It lives as long as the caller keeps it.
awaitable<std::shared_ptr<Shell>> Interpreter::World::one_more_session(std::string via) {
  std::shared_ptr<SshSession> session = co_await open_session(std::move(via));
  std::erase_if(copying, [](const auto& known) { return known.expired(); });
  copying.push_back(session);
  co_return session;
}

// Who answers, and whom it obeys: asked before anything else is, on every new session.
awaitable<void> Interpreter::World::meet(const core::Host& host, SshSession& session) {
  std::string key = session.host_key();
  const Greeting greeting = co_await greet(session, std::move(key));
  HostIdentity& known = driving.known[host.name];
  check_identity(host.name, known, greeting.identity);
  if (driving.owner && greeting.owner && greeting.owner->run_id == driving.owner->run_id &&
      core::obeys_another(*greeting.owner, *driving.owner)) {
    throw LinkFailure(true, host.name + " refuses this driver: it obeys " +
                                core::words_of(*greeting.owner) +
                                ". This workstation no longer drives the run; `restorectl adopt " +
                                host.address + " --reason …` would take it back");
  }
  if (greeting.identity == known || greeting.identity.machine_id.empty()) co_return;
  known = greeting.identity;
  tell(core::HostReached{host.name, known.machine_id, known.boot_id, known.host_key});
}

awaitable<void> Interpreter::World::pause(std::int64_t until_ms) {
  asio::steady_timer timer(
      io, std::chrono::milliseconds(std::max<std::int64_t>(0, until_ms - clock.now_ms())));
  co_await timer.async_wait(asio::use_awaitable);
}

JobPlace Interpreter::World::place(const std::string& via) const {
  if (via == core::kWorkstation) return {local_jobs, Launcher::setsid, std::nullopt};
  JobPlace on_host;
  on_host.owner = driving.owner;
  return on_host;
}

awaitable<FactBody> Interpreter::World::perform(core::Look look) {
  const std::string key = look.host + "/" + look.step;
  for (;;) {
    Shell* const on = co_await shell(look.via);
    ExecOptions options;
    options.out_bytes_max = core::kObservationBytesMax;
    options.err_bytes_max = core::kErrorTailBytesMax;
    options.timeout_ms = kLookTimeoutMs;
    const ExecResult result = co_await on->exec(on->as_root(look.script), std::move(options));
    if (!result.exit_code)
      throw LinkFailure(false, "the look's channel closed without an exit status");
    core::Observed seen{look.host,
                        look.step,
                        *result.exit_code,
                        core::clean_utf8(result.out),
                        tail_of(result.err, core::kErrorTailBytesMax),
                        result.truncated};
    const auto last = last_looks.find(key);
    const bool changed = last == last_looks.end() || last->second.exit_code != seen.exit_code ||
                         last->second.out != seen.out;
    const std::int64_t now_ms = clock.now_ms();
    if (!look.changed_only || changed || (look.recheck_ms > 0 && now_ms >= look.recheck_ms)) {
      last_looks[key] = seen;
      co_return seen;
    }
    if (now_ms >= look.deadline_ms) {
      co_return core::Expired{look.host, look.step,
                              seen.out.empty() ? seen.err : seen.out.substr(0, 300)};
    }
    std::int64_t next_ms = std::min(now_ms + look.poll_ms, look.deadline_ms);
    if (look.recheck_ms > 0) next_ms = std::min(next_ms, look.recheck_ms);
    co_await pause(next_ms);
  }
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
  LineCutter lines(offset, [&](std::uint64_t end, std::string line) {
    tell(core::JobProgressed{job.host, job.step, job.job, end, redacted.take(line)});
  });
  const OutputSink take = [&](std::uint64_t, std::string_view bytes) { lines.take(bytes); };
  const std::int64_t timeout_ms = std::max<std::int64_t>(1, job.deadline_ms - clock.now_ms());
  try {
    Shell* const on = co_await shell(job.via);
    const JobOutcome outcome = co_await call(*on, timeout_ms, take);
    co_return outcome_fact(job.host, job.step, job.job, outcome, lines.tail());
  } catch (const ExecTimeout&) {
    co_return core::Expired{job.host, job.step, "the end of job " + job.job};
  }
}

awaitable<FactBody> Interpreter::World::perform(core::RunJob job) {
  const auto call = [&](Shell& on, std::int64_t timeout_ms,
                        OutputSink take) -> awaitable<JobOutcome> {
    if (job.via != core::kWorkstation && driving.owner && !driving.journal_lines.empty()) {
      co_await push_journal(on, *driving.owner, driving.journal_lines);
    }
    co_return co_await run_job(on, place(job.via), job.job, job.script, timeout_ms,
                               std::move(take));
  };
  co_return co_await follow(job, 0, call);
}

awaitable<FactBody> Interpreter::World::perform(core::FollowJob job) {
  const auto call = [&](Shell& on, std::int64_t timeout_ms, OutputSink take) {
    return follow_job(on, place(job.via), job.job, job.offset, timeout_ms, std::move(take));
  };
  co_return co_await follow(job, job.offset, call);
}

awaitable<FactBody> Interpreter::World::perform(core::SettleJob job) {
  Shell* const on = co_await shell(job.via);
  const JobOutcome outcome = co_await settle_job(*on, place(job.via), job.job);
  co_return outcome_fact(job.host, job.step, job.job, outcome,
                         tail_of(outcome.tail, LineCutter::kTailBytesMax));
}

// From the workstation, or from where the file lies on the host itself. REQUIRES: the caller keeps
// `copy` and `file` until this has ended.
awaitable<UploadResult> Interpreter::World::copy_file(Shell& on, const core::CopyBackup& copy,
                                                      const core::BackupFile& file,
                                                      UploadHooks to) {
  const core::BackupPlace place = core::read_backup_place(run.backup.directory);
  if (place.on_host() && place.host != copy.via) {
    UploadResult refused;
    refused.message = "the backup lies on " + place.host + ", and is wanted on " + copy.via;
    co_return refused;
  }
  UploadOrder order{place.directory + "/" + file.name, file, copy.target_directory, copy.confirmed,
                    std::max<std::int64_t>(1, copy.deadline_ms - clock.now_ms())};
  if (place.on_host()) co_return co_await copy_on_host(on, std::move(order), std::move(to));
  OpenShell another = [this, via = copy.via]() { return one_more_session(via); };
  co_return co_await upload(on, std::move(another), std::move(order), std::move(to));
}

awaitable<FactBody> Interpreter::World::perform(core::CopyBackup copy) {
  std::uint64_t of_bytes = 0;
  for (const core::BackupFile& file : run.backup.files) of_bytes += file.size_bytes;
  core::CopyEnded ended{copy.host, copy.step, true, "", 0};
  std::uint64_t before_bytes = 0;
  // The step has looked just now; where the session is gone since, the host may have booted, and
  // what it had not synced is lost.
  const auto known = sessions.find(copy.via);
  if (known == sessions.end() || !known->second->alive()) copy.confirmed.clear();
  try {
    Shell* const on = co_await shell(copy.via);
    for (const core::BackupFile& file : run.backup.files) {
      UploadHooks to;
      to.on_confirmed = [&](std::uint64_t chunk) {
        tell(core::ChunkConfirmed{copy.host, copy.step, file.name, chunk});
      };
      to.on_progress = [&](std::uint64_t bytes) {
        if (hooks.on_copied && !cancelled)
          hooks.on_copied({copy.host, copy.step}, before_bytes + bytes, of_bytes);
      };
      const UploadResult result = co_await copy_file(*on, copy, file, std::move(to));
      before_bytes += file.size_bytes;
      ended.sent_bytes += result.sent_bytes;
      ended.succeeded = result.succeeded;
      if (!result.message.empty()) ended.message = core::clean_utf8(result.message);
      if (!result.succeeded) break;
    }
  } catch (const ExecTimeout&) {
    co_return core::Expired{copy.host, copy.step, "the end of the copy"};
  }
  co_return ended;
}

awaitable<FactBody> Interpreter::World::perform(core::Wait wait) {
  co_await pause(wait.until_ms);
  co_return core::Ticked{wait.host, wait.step};
}

awaitable<FactBody> Interpreter::World::perform(core::AskOperator question) {
  // The answer may come from another thread's terminal
  // or never: a timer that is cancelled waits for it.
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

template <class E>
awaitable<void> Interpreter::World::run_effect(E effect) {
  std::string lost;
  bool permanent = false;
  try {
    tell(co_await perform(effect));
    co_return;
  } catch (const LinkFailure& failure) {
    lost = failure.what();
    permanent = failure.permanent;
  } catch (const ExecTimeout& timeout) {
    lost = timeout.what();
  }
  const core::Effect owner(effect);  // the lane's names are views into it
  const core::Lane lane = core::lane_of(owner);
  tell(core::LinkLost{std::string(lane.host), std::string(lane.step), permanent,
                      core::clean_utf8(lost)});
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
  for (const auto& [name, session] : world_->sessions) {
    if (!session->alive() || !world_->driving.owner) continue;
    ++left->open;
    asio::co_spawn(
        world_->io,
        [world = world_, session = session]() -> awaitable<void> {
          core::Ownership owner = *world->driving.owner;
          co_await push_journal(*session, std::move(owner), world->driving.journal_lines);
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
  for (auto& [name, session] : world_->sessions) session->close("stopped");
  for (const std::weak_ptr<SshSession>& session : world_->copying) {
    if (const auto open = session.lock()) open->close("stopped");
  }
}

}  // namespace transports
