// Walking through a journal fact by fact, in the terminal. Invariant: the terminal's settings are
// put back whatever ends the walk, signals included.
#include <fmt/format.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <charconv>
#include <iostream>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/view/narrator.hpp"
#include "tools/restorectl/view/replay_view.hpp"

namespace restorectl {

namespace {

termios g_before;  // for the signal handler, which can know nothing else

void put_back(int number) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

// Keys one by one, without echo, while it lives; from a pipe, letters a line.
class Keys {
 public:
  Keys() : terminal_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &g_before) == 0) {
    if (!terminal_) return;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, put_back);
    termios raw = g_before;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  ~Keys() {
    if (!terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &g_before);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  }

  bool terminal() const { return terminal_; }

  // n, p, f, b, g, q; of an arrow key, n or p. q at the end of the input.
  char next() {
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) return 'q';
    if (!terminal_) return key;
    if (key == '\x1b') {
      char arrow[2] = {};
      if (::read(STDIN_FILENO, arrow, 2) == 2 && arrow[0] == '[')
        return arrow[1] == 'C' || arrow[1] == 'B' ? 'n' : 'p';
    }
    return key == ' ' || key == '\n' ? 'n' : key;
  }

  // A number behind `g`.
  std::uint64_t number() {
    if (terminal_) {
      fmt::print("fact: ");
      std::fflush(stdout);
    }
    std::string digits;
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) {
      if (c < '0' || c > '9') continue;
      digits += c;
      if (!terminal_) continue;
      fmt::print("{}", c);
      std::fflush(stdout);
    }
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

 private:
  bool terminal_;
};

void show(const std::vector<core::Record>& records, std::size_t at, bool clear) {
  core::RunState state;
  for (std::size_t i = 0; i <= at; ++i) state.note(records[i]);
  const core::Record& record = records[at];
  if (clear) fmt::print("\x1b[2J\x1b[H");
  fmt::print("fact {} of {}  {}  {}\n", record.fact.seq, records.size(),
             core::iso_time(record.fact.time_ms), core::tag_of(record.fact.body));
  const std::string words = describe(record, states::profile_of(state), &state);
  if (!words.empty()) fmt::print("{}\n", words);
  for (const core::Effect& intent : record.intents) {
    const core::Lane lane = core::lane_of(intent);
    fmt::print("  decided: {} {} {}\n", core::tag_of(intent), core::printable(lane.host),
               core::printable(lane.step));
  }
  fmt::print("run: {}, phases finished: {}\n", core::name_of(state.stage),
             state.phases_finished.size());
  for (const auto& [name, host] : state.hosts) {
    const core::StepState* step = state.find(name, host.step);
    const std::string said = step == nullptr ? std::string()
                             : step->stage == core::StepStage::held
                                 ? step->reason
                                 : awaited_words(state, name, state.last_ms);
    fmt::print("  {:<12} {:<28} {:<9} {}\n", core::printable(name), core::printable(host.step),
               step == nullptr ? "-" : core::name_of(step->stage),
               core::printable(host.link_down_since_ms > 0 ? "connection lost: " + host.link_message
                                                           : said));
  }
  if (clear)
    fmt::print("\n[n]ext [p]revious [f]ailure [b]ack to previous failure [g]o to [q]uit\n");
  std::fflush(stdout);
}

std::size_t next_failure(const std::vector<core::Record>& records, std::size_t at) {
  for (std::size_t i = at + 1; i < records.size(); ++i)
    if (is_failure(records[i])) return i;
  return at;
}

std::size_t failure_before(const std::vector<core::Record>& records, std::size_t at) {
  for (std::size_t i = at; i-- > 0;)
    if (is_failure(records[i])) return i;
  return at;
}

}  // namespace

Exit walk(const std::vector<core::Record>& records, std::uint64_t from_seq) {
  if (records.empty())
    throw Failure(Code::history_empty, "nothing to show: the journal has no facts");
  Keys keys;
  std::size_t at = from_seq == 0 ? 0 : std::min<std::size_t>(from_seq, records.size()) - 1;
  show(records, at, keys.terminal());
  for (;;) {
    std::size_t to = at;
    switch (keys.next()) {
      case 'n':
      case 'j':
        to = std::min(at + 1, records.size() - 1);
        break;
      case 'p':
      case 'k':
        to = at == 0 ? 0 : at - 1;
        break;
      case 'f':
        to = next_failure(records, at);
        break;
      case 'b':
        to = failure_before(records, at);
        break;
      case 'g': {
        const std::uint64_t seq = keys.number();
        if (seq >= 1 && seq <= records.size()) to = static_cast<std::size_t>(seq) - 1;
        break;
      }
      case 'q':
        return Exit::done;
      default:
        continue;
    }
    at = to;
    show(records, at, keys.terminal());
  }
}

}  // namespace restorectl
