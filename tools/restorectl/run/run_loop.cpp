// See the header.
#include "tools/restorectl/run/run_loop.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <csignal>

#include "core/driver.hpp"
#include "core/run_clock.hpp"
#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/hooks/hook_launch.hpp"
#include "tools/restorectl/run/notes.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/fingerprint.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/view/narrator.hpp"
#include "transports/interpreter.hpp"

namespace restorectl {

namespace asio = boost::asio;

namespace {

// Reads one line from the terminal without holding up the loop. No line (EOF) means no.
class OperatorPrompt {
 public:
  OperatorPrompt(asio::io_context& io, bool assume_yes)
      : input_(io), assume_yes_(assume_yes), io_(io) {}

  void ask(const std::string& question, const std::string& expected,
           std::function<void(core::FactBody)> answer) {
    const std::string by = whoami();
    if (assume_yes_) {
      asio::post(io_, [answer, by, typed = expected] { answer(core::Confirmed{by, typed}); });
      return;
    }
    std::fprintf(stdout, "\n%s\n> ", core::printable(question).c_str());
    std::fflush(stdout);
    if (!input_.is_open()) input_.assign(::dup(STDIN_FILENO));
    asio::async_read_until(
        input_, buffer_, '\n',
        [this, answer, by, expected](const boost::system::error_code& error, std::size_t) {
          std::string typed{std::istreambuf_iterator<char>(&buffer_), {}};
          typed = typed.substr(0, typed.find('\n'));
          if (!error && typed == expected) {
            answer(core::Confirmed{by, typed});
          } else {
            answer(core::Declined{by, core::clean_utf8(typed.substr(0, 200))});
          }
        });
  }

 private:
  asio::posix::stream_descriptor input_;
  asio::streambuf buffer_{4'096};
  bool assume_yes_;
  asio::io_context& io_;
};

const char* signal_name(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

// What is known of the run once `first` is taken in.
core::RunState state_after(const core::Machine& machine, const core::FactBody& first) {
  core::RunState state = machine.state();
  state.note(core::Fact{state.facts + 1, state.last_ms, state.owner.epoch, first});
  return state;
}

transports::Driving driving_of(const core::RunState& state) {
  transports::Driving driving;
  driving.owner = state.owner;
  for (const auto& [name, host] : state.hosts) {
    driving.known[name] = {host.machine_id, host.boot_id, host.host_key};
  }
  driving.journal_lines = journal::mirror_path(run_directory(state.start->run_id)).string();
  return driving;
}

// The hosts get the journal's last lines too, as far as that is a matter of seconds: the evidence
// shall not be on one laptop only.
void leave_journal(asio::io_context& io, transports::Interpreter& interpreter, Narrator& narrator) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool over = false;
  interpreter.leave_journal([&](const std::vector<std::string>& hosts) {
    over = true;
    if (!hosts.empty())
      narrator.say(fmt::format("the complete journal is also on {}", fmt::join(hosts, ", ")));
  });
  io.restart();
  while (!over && io.run_one_until(until) > 0) {
  }
}

}  // namespace

Exit drive(std::unique_ptr<core::Machine> machine, journal::Store& journal, core::FactBody first,
           const LoopOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed terminal must not end the run in the midst of a fact
  const core::RunState begun = state_after(*machine, first);
  const core::RunStarted start = *begun.start;
  asio::io_context io(1);
  const core::RunClock clock([] { return SystemClock().now_ms(); }, &steady_ms, begun.last_ms);
  Narrator narrator(stdout, states::find_profile(start.profile));
  OperatorPrompt prompt(io, options.assume_yes);
  core::Driver* driver = nullptr;

  transports::InterpreterHooks hooks;
  hooks.fingerprint = fingerprint_of(start.run_id);
  hooks.on_copied = [&](const core::Lane& lane, std::uint64_t bytes, std::uint64_t of_bytes) {
    narrator.on_copied(lane, bytes, of_bytes);
  };
  const auto stop_if_idle = [&] {
    if (driver->idle()) io.stop();
  };
  transports::Interpreter interpreter(
      io, clock, start, (run_directory(start.run_id) / "jobs").string(), driving_of(begun),
      [&](core::FactBody fact) {
        driver->on_outcome(std::move(fact));
        stop_if_idle();
      },
      [&](const core::AskOperator& question, std::function<void(core::FactBody)> answer) {
        prompt.ask(gate_question(driver->state()), question.expected, std::move(answer));
      },
      std::move(hooks));
  core::Driver the_driver(
      std::move(machine), journal, interpreter, clock,
      [&](const core::Record& record) { narrator.tell(record, driver->state()); });
  driver = &the_driver;

  asio::signal_set signals(io, SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([&](const boost::system::error_code& error, int number) {
    if (error) return;
    the_driver.stop(whoami(), signal_name(number));
    io.stop();
  });
  asio::steady_timer ticker(io);
  std::function<void()> tick = [&] {
    ticker.expires_after(std::chrono::seconds(1));
    ticker.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      for (const core::Noted& note : waiting_notes(start.run_id, the_driver.state())) {
        the_driver.feed(note);
        forget_note(start.run_id, note);
      }
      narrator.heartbeat(the_driver.state(), clock.now_ms());
      tick();
    });
  };
  tick();

  add_hooks(start.run_id, options.hooks, journal.head().seq);
  ensure_delivery(start.run_id);
  the_driver.feed(std::move(first));
  if (!the_driver.idle()) io.run();

  const core::RunState& state = the_driver.state();
  if (!the_driver.stopped()) leave_journal(io, interpreter, narrator);
  const std::string where = run_directory(start.run_id).string();
  narrator.say(fmt::format("journal: {}, head: fact {} {}", where, journal.head().seq,
                           journal.head().sha256));
  if (state.stage == core::RunStage::finished) {
    const std::vector<std::string> findings = core::findings_of(state);
    narrator.say(fmt::format("cluster {} is restored{}; to replay the run: restorectl replay {}",
                             start.inventory.cluster, findings_words(findings.size()),
                             start.run_id));
    for (const std::string& finding : findings)
      narrator.say("finding: " + core::printable(finding));
    if (const std::string words = absent_words(state); !words.empty()) narrator.say(words);
    return Exit::done;
  }
  const bool stopped = the_driver.stopped();
  narrator.say(fmt::format("the run is {}; resume with: restorectl resume {}",
                           stopped ? "stopped" : "held", start.run_id));
  return stopped ? Exit::stopped : Exit::held;
}

}  // namespace restorectl
