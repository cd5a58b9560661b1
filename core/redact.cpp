// Scanning for secrets, once from left to right; see the header. Whatever is tried at a place looks
// ahead no further than what it then consumes, or a bounded way, so time grows with the text only.
#include "core/redact.hpp"

#include <algorithm>
#include <array>

#include "core/overload.hpp"

namespace core {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kMarked = "[redacted:";
constexpr std::size_t kLookMax = 512;  // how far a URL's user info or a key's name may reach

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }
bool is_base64(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/' || c == '='; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

template <class Of>
std::size_t end_of(std::string_view text, std::size_t at, Of of) {
  while (at < text.size() && of(text[at])) ++at;
  return at;
}

// A line of a key's body: base64 and nothing else. Digests are hexadecimal, and no such line.
bool is_body(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || is_blank(line.back()))) line.remove_suffix(1);
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  if (line.size() < 16 || !std::all_of(line.begin(), line.end(), is_base64)) return false;
  return !std::all_of(line.begin(), line.end(),
                      [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); });
}

std::string decoded(std::string_view base64) {
  std::string bytes;
  unsigned bits = 0;
  int have = 0;
  for (const char c : base64) {
    const unsigned value = c >= 'A' && c <= 'Z'   ? static_cast<unsigned>(c - 'A')
                           : c >= 'a' && c <= 'z' ? static_cast<unsigned>(c - 'a') + 26
                           : is_digit(c)          ? static_cast<unsigned>(c - '0') + 52
                           : c == '+'             ? 62
                                                  : 63;
    bits = bits << 6 | value;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes += static_cast<char>(bits >> have & 0xff);
  }
  return bytes;
}

// Where a block's last line ends, of which `end` is the beginning: behind its dashes, or with it.
std::size_t end_of_block(std::string_view text, std::size_t end) {
  if (end == std::string_view::npos) return text.size();
  const std::size_t line = std::min(text.find('\n', end), text.size());
  const std::size_t dashes = text.substr(0, line).find("-----", end + kEnd.size());
  return dashes == std::string_view::npos ? line : dashes + 5;
}

// A request for a certificate holds no secret, and the step that judges CSRs reads it.
bool is_request(std::string_view label) {
  return label.substr(0, 24).find("CERTIFICATE REQUEST") != std::string_view::npos;
}

// Names of members, settings, variables and options whose value is a secret.
bool names_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kEnds = {
      "password",  "passwd",     "passphrase",  "pwd",          "secret",      "token",
      "apikey",    "api-key",    "api_key",     "accesskey",    "access-key",  "access_key",
      "secretkey", "secret-key", "secret_key",  "privatekey",   "private-key", "private_key",
      "_auth",     "credential", "credentials", "authorization"};
  std::string low(name.substr(name.size() - std::min<std::size_t>(name.size(), 64)));
  std::transform(low.begin(), low.end(), low.begin(), lower);
  if (low == "auth" || low == "client-key-data" || low == "client-certificate-data") return true;
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&low](std::string_view end) { return low.ends_with(end); });
}

// Beginnings that vendors give their secrets, with the least that follows.
std::size_t vendor_token(std::string_view text) {
  struct Vendor {
    std::string_view begins;
    std::size_t least;
  };
  static constexpr std::array<Vendor, 12> kVendors = {{{"sha256~", 20},
                                                       {"AKIA", 16},
                                                       {"ASIA", 16},
                                                       {"ghp_", 20},
                                                       {"gho_", 20},
                                                       {"ghs_", 20},
                                                       {"github_pat_", 20},
                                                       {"glpat-", 16},
                                                       {"xoxb-", 16},
                                                       {"xoxp-", 16},
                                                       {"AIza", 30},
                                                       {"hvs.", 20}}};
  for (const Vendor& vendor : kVendors) {
    if (!text.starts_with(vendor.begins)) continue;
    const std::size_t end = end_of(text, vendor.begins.size(), is_word);
    if (end >= vendor.begins.size() + vendor.least) return end;
  }
  return 0;
}

// A JSON Web Token: three parts with dots between them, of which the first begins as JSON does.
std::size_t json_web_token(std::string_view text) {
  if (!text.starts_with("eyJ")) return 0;
  const std::size_t first = end_of(text, 0, is_word);
  if (first < 12 || first >= text.size() || text[first] != '.') return 0;
  const std::size_t second = end_of(text, first + 1, is_word);
  if (second < first + 5) return 0;
  return second < text.size() && text[second] == '.' ? end_of(text, second + 1, is_word) : second;
}

// What mark() writes, and nothing that only begins so; a host may print that as well.
std::size_t marked(std::string_view text) {
  if (!text.starts_with(kMarked)) return 0;
  const std::size_t end = end_of(text.substr(0, 80), kMarked.size(), [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == ' ';
  });
  return end < text.size() && text[end] == ']' ? end + 1 : 0;
}

// What stands between "://" and "@": name and password, or a token alone.
std::size_t user_info(std::string_view text) {
  const std::string_view near = text.substr(0, kLookMax);
  const std::size_t end = near.find_first_of("/@ \t\n\"'<>");
  return end != std::string_view::npos && near[end] == '@' && end > 0 ? end : 0;
}

}  // namespace

std::string Redactor::mark(std::string_view kind, std::string_view secret) const {
  std::string marked = std::string(kMarked) + std::string(kind);
  const std::string print = fingerprint_ ? fingerprint_(secret) : std::string();
  if (!print.empty()) marked += " " + print;
  return marked + "]";
}

namespace {

// One pass over a text. `mark` writes what stands in a secret's place.
class Scan {
 public:
  using Mark = std::function<std::string(std::string_view kind, std::string_view secret)>;
  Scan(std::string_view text, Mark mark) : text_(text), mark_(std::move(mark)) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (!(block() || word())) {
        if (url()) continue;
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }
  void replace(std::size_t size, std::string_view kind) {
    out_ += mark_(kind, text_.substr(at_, size));
    at_ += size;
  }
  void keep(std::size_t size) {
    out_ += text_.substr(at_, size);
    at_ += size;
  }

  // A PEM block, to its end or that of the text.
  bool block() {
    if (text_[at_] == '[') {
      const std::size_t size = marked(rest());
      keep(size);
      return size > 0;
    }
    if (text_[at_] != '-' || !rest().starts_with(kBegin)) return false;
    const std::string_view label = rest().substr(kBegin.size());
    if (is_request(label)) {
      // No further than to the next block, which may be a key.
      const std::size_t next = std::min(label.find(kBegin), label.size()) + kBegin.size();
      const std::string_view request = rest().substr(0, next);
      keep(end_of_block(request, request.find(kEnd)));
      return true;
    }
    const bool key = label.substr(0, 40).find("PRIVATE KEY") != std::string_view::npos;
    replace(end_of_block(rest(), rest().find(kEnd)), key ? "private-key" : "pem");
    return true;
  }

  // A run of letters, digits, - and _: a secret itself, or the name of one.
  bool word() {
    if (!is_word(text_[at_])) return false;
    if (const std::size_t size = vendor_token(rest())) return replace(size, "token"), true;
    if (const std::size_t size = json_web_token(rest())) return replace(size, "token"), true;
    if (rest().starts_with("LS0tLS1CRUdJTi")) {
      const std::size_t size = end_of(rest(), 0, is_base64);
      const std::string begin = decoded(rest().substr(0, std::min<std::size_t>(size, 80)));
      if (size >= 40 && !is_request(begin.substr(std::min(begin.size(), kBegin.size())))) {
        replace(size, begin.find("PRIVATE KEY") != std::string::npos ? "private-key" : "pem");
        return true;
      }
    }
    std::size_t size = end_of(rest(), 0, is_word);
    // Not into a block that begins right after it: words have dashes as well.
    size = std::min(size, std::max<std::size_t>(1, rest().substr(0, size + 1).find(kBegin)));
    const std::string_view name = rest().substr(0, size);
    keep(size);
    if (names_secret(name)) {
      value(name.starts_with("--"));
    } else if (name.size() <= 6 && (name == "Bearer" || name == "bearer" || name == "Basic")) {
      scheme();
    }
    return true;
  }

  // What follows the name of a secret: ": value", "=value", "\": \"value\"", or an option's "
  // value".
  void value(bool of_option) {
    std::size_t at = at_;
    const auto skip = [&](auto of, std::size_t most) {
      for (std::size_t n = 0; n < most && at < text_.size() && of(text_[at]); ++n) ++at;
    };
    const auto quote = [](char c) { return c == '"' || c == '\'' || c == '\\'; };
    skip(quote, 2);
    const std::size_t before = at;
    skip(is_blank, 4);
    const bool separated = at < text_.size() && (text_[at] == ':' || text_[at] == '=');
    if (separated) {
      ++at;
      skip(is_blank, 4);
    } else if (!of_option || at == before) {
      return;
    }
    const std::size_t quotes = at;
    skip(quote, 2);
    const bool quoted = at > quotes;
    const char closing = quoted ? text_[at - 1] : ' ';
    // A scheme's name is kept: "Authorization: Bearer …".
    for (const std::string_view scheme : {"Bearer ", "bearer ", "Basic ", "Digest "})
      if (text_.substr(at).starts_with(scheme)) at += scheme.size();
    const std::string_view from = text_.substr(at);
    // Nothing, or the beginning of an object or a list: its members are looked at themselves.
    if (from.empty() || from[0] == '{' || from[0] == '[') return;
    std::size_t size = 0;
    while (size < from.size() && from[size] != '\n') {
      const char c = from[size];
      if (quoted && c == '\\' && closing != '\\' && size + 1 < from.size()) {
        size += from[size + 1] == '\n' ? 1U : 2U;
        continue;
      }
      if (quoted ? c == closing
                 : is_blank(c) || quote(c) ||
                       std::string_view(",;&}])").find(c) != std::string_view::npos)
        break;
      ++size;
    }
    if (size == 0) return;
    const std::string_view secret = from.substr(0, size);
    if (secret == "true" || secret == "false" || secret == "null") return;
    keep(at - at_);
    replace(size, "secret");
  }

  // "Bearer" and a token, without the header's name before it.
  void scheme() {
    if (at_ >= text_.size() || text_[at_] != ' ') return;
    const std::size_t size =
        end_of(text_, at_ + 1,
               [](char c) { return is_base64(c) || is_word(c) || c == '.' || c == '~'; }) -
        at_ - 1;
    if (size < 16) return;
    keep(1);
    replace(size, "token");
  }

  bool url() {
    if (text_[at_] != ':' || !rest().starts_with("://")) return false;
    keep(3);
    const std::size_t size = user_info(rest());
    if (size == 0) return true;
    const std::size_t colon = rest().substr(0, size).find(':');
    // A name alone is none; one with a password goes with it.
    if (colon != std::string_view::npos && colon + 1 < size) replace(size, "password");
    return true;
  }

  std::string_view text_;
  Mark mark_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string Redactor::text(std::string_view text, bool begins_midway) const {
  std::string out;
  // The rest of a block whose beginning is not there.
  const std::size_t end = text.find(kEnd);
  if (begins_midway && end != std::string_view::npos && text.find(kBegin) > end) {
    const std::size_t size = end_of_block(text, end);
    if (!is_request(text.substr(end + kEnd.size()))) {
      out = mark("private-key", text.substr(0, size));
      text.remove_prefix(size);
    }
  } else if (begins_midway) {
    std::size_t size = text.find('\n');
    // The first line may be a part of one only.
    std::size_t body = size == std::string_view::npos ? text.size() : size + 1;
    if (!is_body(text.substr(0, body == 0 ? 0 : body - (size != std::string_view::npos)))) body = 0;
    while (body > 0 && body < text.size()) {
      const std::size_t next = text.find('\n', body);
      const std::size_t until = next == std::string_view::npos ? text.size() : next;
      if (!is_body(text.substr(body, until - body))) break;
      body = std::min(until + 1, text.size());
    }
    if (body > 0) {
      out = mark("private-key", text.substr(0, body)) + "\n";
      text.remove_prefix(body);
    }
  }
  return out + Scan(text, [this](std::string_view kind, std::string_view secret) {
                 return mark(kind, secret);
               }).run();
}

std::string RedactedLines::take(std::string_view line) {
  const std::size_t end = line.find(kEnd);
  if (within_ || (midway_ && end != std::string_view::npos && line.find(kBegin) > end)) {
    midway_ = false;
    if (end == std::string_view::npos) return redactor_.mark("private-key", line);
    within_ = false;
    const std::size_t size = end_of_block(line, end);
    return redactor_.mark("private-key", line.substr(0, size)) + redactor_.text(line.substr(size));
  }
  if (midway_) {
    if (is_body(line)) return redactor_.mark("private-key", line);
    midway_ = first_;  // the first line may be a part of one
  }
  first_ = false;
  const std::size_t begin = line.rfind(kBegin);
  within_ = begin != std::string_view::npos && line.find(kEnd, begin) == std::string_view::npos &&
            !is_request(line.substr(begin + kBegin.size()));
  return redactor_.text(line);
}

FactBody Redactor::fact(FactBody body) const {
  std::visit(Overload{
                 [this](Observed& f) {
                   f.out = text(f.out);
                   f.err = text(f.err, true);
                 },
                 [this](JobEnded& f) { f.tail = text(f.tail, true); },
                 [this](JobProgressed& f) { f.line = text(f.line); },
                 [this](CopyEnded& f) { f.message = text(f.message); },
                 [this](Expired& f) { f.awaited = text(f.awaited); },
                 [this](LinkLost& f) { f.message = text(f.message); },
                 [this](HostReached& f) { f.boot_cause = text(f.boot_cause); },
                 [this](Declined& f) { f.typed = text(f.typed); },
                 [this](RunAbandoned& f) { f.reason = text(f.reason); },
                 [this](Adopted& f) { f.reason = text(f.reason); },
                 [this](Noted& f) {
                   f.text = text(f.text);
                   f.evidence = text(f.evidence);
                 },
                 [](auto&) {},
             },
             body);
  return body;
}

}  // namespace core
