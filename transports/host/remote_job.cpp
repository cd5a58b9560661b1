// The job protocol's sh text and its reader; see the header.
#include "transports/host/remote_job.hpp"

#include <charconv>
#include <vector>

#include "core/run_state.hpp"
#include "core/shell_quote.hpp"

namespace transports {

using core::shell_quote;

namespace {

// Takes the claim: a directory that is made ready under a name of its own becomes `began` by
// rename(2), which fails where a `began` that is not empty exists. So it is there whole or not at
// all, and belongs to one process only. Without -f or -n: those would not tell a failure.
constexpr std::string_view kClaim = R"sh(
mine="$dir/claim.$$"
prepare() { rm -rf "$mine" && mkdir "$mine"; }
claim() {
  sync "$mine"/* "$mine" && mv -T "$mine" "$dir/began" 2>/dev/null && sync "$dir" && return 0
  rm -rf "$mine"
  return 1
}
claim_for_nobody() { prepare && : > "$mine/settled" && claim; }
)sh";

// Behind owner_functions: nothing is begun or judged here for a driver that the host refuses.
constexpr std::string_view kFence = R"sh(
fence() {
  owner_is_other || return 0
  echo restorectl-job fenced $(owner_print) >&2
  exit 0
}
admit() { owner_become driven "${dir##*/}"; }
claim_as_owner() { ! owner_is_other && claim; }
)sh";

// In place of it where nobody need be asked.
constexpr std::string_view kNoFence = R"sh(
fence() { :; }
owner_locked() { "$@"; }
admit() { :; }
claim_as_owner() { claim; }
)sh";

// Runs on the host, away from the SSH session, behind kClaim and the fence. It asks once more whom
// the host obeys, and claims under the same lock: a launch may be minutes late.
// The exit code appears by rename, so that it is there whole or not at all: also where the disk is
// full, and the witness decides then.
constexpr std::string_view kWrapper = R"sh(
prepare && cat /proc/sys/kernel/random/boot_id > "$mine/boot_id" && echo $$ > "$mine/pid" &&
  owner_locked claim_as_owner || { rm -rf "$mine"; exit 0; }
cd /
/bin/sh "$dir/script" < /dev/null > "$dir/output" 2>&1
code=$?
echo $code > "$dir/rc.new" && sync "$dir/output" "$dir/rc.new" && mv "$dir/rc.new" "$dir/rc" &&
  sync "$dir"
)sh";

// What follow and settle print at their end, on stderr: a line that no output of the job can
// imitate, since that goes to stdout. Whoever judges a job that has not begun takes its claim, so
// that the verdict stays true. Of an end, settle prints the output's last bytes too (show): also
// where the end comes in the midst of the judging.
constexpr std::string_view kVerdictFunctions = R"sh(
verdict() { echo "restorectl-job $*" >&2; exit 0; }
ended() {
  show
  verdict ended "$(cat "$dir/rc")" "$(stat -c %s "$dir/output" 2>/dev/null || echo 0)" \
    "$(sha256sum < "$dir/output" 2>/dev/null | cut -d ' ' -f 1)"
}
alive() {
  pid=$(cat "$dir/began/pid" 2>/dev/null) && grep -qF -- "$dir" "/proc/$pid/cmdline" 2>/dev/null
}
judge() {
  [ ! -e "$dir/rc" ] || ended
  [ -e "$dir/began" ] || claim_for_nobody
  [ -e "$dir/began" ] || { echo "$dir cannot be written" >&2; exit 1; }
  [ ! -e "$dir/began/settled" ] || verdict never_began
  if alive; then verdict running; fi
  [ ! -e "$dir/rc" ] || ended
  [ "$(cat "$dir/began/boot_id" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ] ||
    verdict rebooted
  verdict killed
}
)sh";

std::string fence(const JobPlace& place) {
  if (!place.owner) return std::string(kNoFence);
  const std::string beside = place.base.substr(0, place.base.rfind('/'));
  return core::owner_functions(*place.owner, beside) + std::string(kFence);
}

std::string variables(const JobPlace& place, const std::string& job) {
  return "base=" + shell_quote(place.base) + " dir=" + shell_quote(place.base + "/" + job) + "\n";
}

std::string launch_line(const JobPlace& place, const std::string& job) {
  if (place.launcher == Launcher::setsid) {
    return "setsid /bin/sh \"$dir/wrapper\" \"$dir\" < /dev/null > \"$dir/launch\" 2>&1 &\n";
  }
  return "systemd-run --quiet --collect --unit=" + shell_quote("restorectl-" + job) +
         " /bin/sh \"$dir/wrapper\" \"$dir\" > \"$dir/launch\" 2>&1\n";
}

std::string follow_lines(std::uint64_t offset) {
  return "n=0\n"
         "while [ ! -e \"$dir/began\" ] && [ $n -lt " +
         std::to_string(limits::kLaunchWaitTicks) +
         " ]; do sleep 0.05; n=$((n + 1)); done\n"
         "pid=$(cat \"$dir/began/pid\" 2>/dev/null)\n"
         "[ -z \"$pid\" ] || : >> \"$dir/output\"\n"
         "[ -z \"$pid\" ] || tail -q -c +" +
         std::to_string(offset + 1) + " -f -s 0.05 --pid=\"$pid\" \"$dir/output\"\njudge\n";
}

awaitable<JobOutcome> stream(Shell& shell, std::string script, std::string job,
                             std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink) {
  ExecOptions options;
  options.timeout_ms = timeout_ms;
  options.on_out = [&](std::string_view bytes) {
    if (sink) sink(offset, bytes);
    offset += bytes.size();
  };
  const ExecResult result = co_await shell.exec(shell.as_root(script), std::move(options));
  co_return read_verdict(result, job);
}

// The first line's words; what is empty between two blanks is a word too: the host had nothing to
// say there, and the next word must not take its place. None of a line that was cut short.
std::vector<std::string> words_of_line(std::string_view text) {
  std::vector<std::string> words;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return words;
  words.emplace_back();
  for (const char c : text.substr(0, end)) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// True where the word is the number, whole and as sh writes it.
template <class Number>
bool read_number(const std::string& word, Number* number) {
  std::from_chars(word.data(), word.data() + word.size(), *number);
  return word == std::to_string(*number);
}

// A digest, or nothing where the host could not make one.
bool may_be_sha256(std::string_view word) {
  return word.empty() ||
         (word.size() == 64 && word.find_first_not_of("0123456789abcdef") == std::string::npos);
}

}  // namespace

JobOutcome read_verdict(const ExecResult& result, const std::string& job) {
  const std::size_t at = result.err.rfind("restorectl-job ");
  if (at == std::string::npos || !result.exit_code) {
    throw LinkFailure(false,
                      "what became of job " + job + " is not known: " +
                          (result.err.empty() ? "the channel closed without a word" : result.err));
  }
  const std::vector<std::string> words = words_of_line(result.err.substr(at));
  const std::string kind = words.size() > 1 ? words[1] : "";
  JobOutcome outcome;
  if (words.size() == 5 && kind == "ended" && read_number(words[2], &outcome.exit_code) &&
      outcome.exit_code >= 0 && outcome.exit_code <= 255 &&
      read_number(words[3], &outcome.output_bytes) && may_be_sha256(words[4])) {
    outcome.ended = true;
    outcome.output_sha256 = words[4];
    return outcome;
  }
  if (kind == "fenced") {
    const std::optional<core::SeenOwner> owner = core::read_owner(result.err.substr(at));
    throw LinkFailure(true, "the host refuses this driver: it obeys " +
                                (owner ? core::words_of(*owner) : std::string("another")));
  }
  using core::Finding;
  for (const Finding finding :
       {Finding::never_began, Finding::running, Finding::killed, Finding::rebooted}) {
    if (words.size() != 2 || kind != core::name_of(finding)) continue;
    outcome.finding = finding;
    return outcome;
  }
  throw LinkFailure(false, "the host's word about job " + job + " cannot be read");
}

std::string start_script(const JobPlace& place, const std::string& job, const std::string& script) {
  return "umask 077\n" + variables(place, job) + std::string(kClaim) + fence(place) +
         "mkdir -p \"$base\" || exit 71\n"
         "owner_locked admit || { fence; exit 71; }\n"
         "if mkdir \"$dir\" 2>/dev/null; then\n"
         "printf '%s' " +
         shell_quote(script) +
         " > \"$dir/script\"\n"
         "printf '%s' " +
         shell_quote("dir=$1" + std::string(kClaim) + fence(place) + std::string(kWrapper)) +
         " > \"$dir/wrapper\"\n"
         "sync \"$dir/script\" \"$dir/wrapper\" \"$dir\" \"$base\"\n" +
         launch_line(place, job) +
         // A launcher that refuses is an end like any other; the claim keeps it from being one
         // twice. But a host that is going down refuses every launch: then nothing has begun, and
         // no more is to be said of it; a while later the link is gone too.
         "if [ $? != 0 ] && claim_for_nobody; then\n"
         "  case $(systemctl is-system-running 2>/dev/null) in\n"
         "    stopping | '') sleep 5 ;;\n"
         "    *) cp \"$dir/launch\" \"$dir/output\"; echo 126 > \"$dir/rc\" ;;\n"
         "  esac\n"
         "fi\n"
         "fi\n";
}

std::string follow_script(const JobPlace& place, const std::string& job, std::uint64_t offset) {
  return "umask 077\n" + variables(place, job) + std::string(kClaim) + fence(place) +
         std::string(kVerdictFunctions) + "show() { :; }\nfence\n" + follow_lines(offset);
}

std::string settle_script(const JobPlace& place, const std::string& job) {
  return "umask 077\n" + variables(place, job) + std::string(kClaim) + fence(place) +
         std::string(kVerdictFunctions) +
         "show() { tail -c 2048 \"$dir/output\"; }\n"
         "fence\nmkdir -p \"$dir\" || exit 71\n"
         "judge\n";
}

awaitable<JobOutcome> run_job(Shell& shell, JobPlace place, std::string job, std::string script,
                              std::int64_t timeout_ms, OutputSink sink) {
  std::string both = start_script(place, job, script) + follow_script(place, job, 0);
  co_return co_await stream(shell, std::move(both), std::move(job), 0, timeout_ms, std::move(sink));
}

awaitable<JobOutcome> follow_job(Shell& shell, JobPlace place, std::string job,
                                 std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink) {
  std::string script = follow_script(place, job, offset);
  co_return co_await stream(shell, std::move(script), std::move(job), offset, timeout_ms,
                            std::move(sink));
}

awaitable<JobOutcome> settle_job(Shell& shell, JobPlace place, std::string job) {
  ExecOptions options;
  options.out_bytes_max = limits::kSettleBytesMax;
  const ExecResult result =
      co_await shell.exec(shell.as_root(settle_script(place, job)), std::move(options));
  JobOutcome outcome = read_verdict(result, job);
  outcome.tail = result.out;
  co_return outcome;
}

}  // namespace transports
