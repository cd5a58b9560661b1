// The owner's file and its reader; see the header.
#include "core/ownership.hpp"

#include <algorithm>
#include <charconv>

#include "core/shell_quote.hpp"
#include "core/text.hpp"

namespace core {

namespace {

constexpr std::size_t kValueBytesMax = 200;
constexpr std::int64_t kAgeMaxS = 100LL * 365 * 86'400;  // a host's clock may be anything

// The file is lines of key=value: what goes into it must not be able to make one.
std::string one_word(std::string_view text) {
  std::string word(text.substr(0, kValueBytesMax));
  for (char& c : word) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && std::string_view("@._:+-").find(c) == std::string_view::npos) c = '_';
  }
  return word;
}

// A file that exists and cannot be parsed counts as another run's: `run` differs then.
constexpr std::string_view kFunctions = R"sh(
owner_value() { sed -n "s/^$1=//p" "$own/owner" 2>/dev/null | head -n 1; }
owner_is_other() {
  [ -e "$own/owner" ] || return 1
  if [ "$(owner_value run)" != "$own_run" ]; then
    [ "$(owner_value state)" != ended ]
    return
  fi
  theirs=$(owner_value epoch)
  [ "$theirs" -le "$own_epoch" ] 2>/dev/null || return 0
  [ "$theirs" -eq "$own_epoch" ] && [ "$(owner_value driver)" != "$own_driver" ]
}
owner_write() {
  printf 'run=%s\nepoch=%s\ndriver=%s\nby=%s\nstate=%s\njob=%s\nat=%s\n' "$own_run" "$own_epoch" \
    "$own_driver" "$own_by" "$1" "$2" "$(date +%s)" > "$own/owner.new" &&
    sync "$own/owner.new" && mv -T "$own/owner.new" "$own/owner" && sync "$own"
}
owner_become() { ! owner_is_other && owner_write "$1" "$2"; }
owner_locked() { ( flock -w 30 9 && "$@" ) 9> "$own/owner.lock"; }
owner_print() {
  [ -e "$own/owner" ] || return 0
  sed -n 's/^\([a-z]*=\)/owner_\1/p' "$own/owner" | head -n 9
  at=$(owner_value at)
  printf 'owner_age_s=%s\n' "$(($(date +%s) - ${at:-0}))"
}
)sh";

std::string value_after(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  while (at != std::string_view::npos && at > 0 && text[at - 1] != '\n' && text[at - 1] != ' ') {
    at = text.find(key, at + 1);
  }
  if (at == std::string_view::npos) return {};
  const std::size_t from = at + key.size();
  const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
  return one_word(text.substr(from, end - from));
}

template <class Number>
Number number_after(std::string_view text, std::string_view key) {
  const std::string value = value_after(text, key);
  Number number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

}  // namespace

std::string owner_functions(const Ownership& mine, std::string_view directory) {
  return "own=" + shell_quote(directory) + " own_run=" + shell_quote(one_word(mine.run_id)) +
         " own_epoch=" + std::to_string(mine.epoch) +
         " own_driver=" + shell_quote(one_word(mine.driver)) +
         " own_by=" + shell_quote(one_word(mine.by)) + "\n" + std::string(kFunctions);
}

std::optional<SeenOwner> read_owner(std::string_view printed) {
  if (printed.find("owner_") == std::string_view::npos) return std::nullopt;
  SeenOwner seen;
  seen.run_id = value_after(printed, "owner_run=");
  seen.epoch = number_after<std::uint64_t>(printed, "owner_epoch=");
  seen.driver = value_after(printed, "owner_driver=");
  seen.by = value_after(printed, "owner_by=");
  seen.state = value_after(printed, "owner_state=");
  seen.job = value_after(printed, "owner_job=");
  seen.age_s =
      std::clamp<std::int64_t>(number_after<std::int64_t>(printed, "owner_age_s="), 0, kAgeMaxS);
  return seen;
}

bool owned_by_other(const SeenOwner& seen, const Ownership& mine) {
  if (seen.run_id != one_word(mine.run_id)) return seen.state != "ended";
  return seen.epoch > mine.epoch ||
         (seen.epoch == mine.epoch && seen.driver != one_word(mine.driver));
}

std::string words_of(const SeenOwner& seen) {
  std::string words =
      "run " + seen.run_id + " of " + seen.by + " (epoch " + std::to_string(seen.epoch) + ")";
  // A job's id is RUN.STEP.HOST.ATTEMPT.
  const std::size_t step = seen.job.starts_with(seen.run_id + ".") ? seen.run_id.size() + 1 : 0;
  const std::string name = seen.job.substr(step, seen.job.find('.', step) - step);
  words += name.empty() ? ", last active" : ", last command on this host: " + name + ",";
  return words + " " + duration_words(seen.age_s * 1'000) + " ago";
}

}  // namespace core
