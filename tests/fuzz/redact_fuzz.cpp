// What a host prints on its way through redaction: as a whole, as a tail, and line by line. The
// first bytes say where a key is planted.
#include "core/redact.hpp"
#include "core/text.hpp"
#include "tests/core/secrets.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const core::Redactor redactor([](std::string_view) { return std::string("0123"); });
  static const std::string body = secrets::noise(1, 128);
  static const std::string key = secrets::pem("PRIVATE KEY", body);
  const std::string text = core::clean_utf8({reinterpret_cast<const char*>(data) + 2, size - 2});
  for (const bool midway : {false, true}) {
    const std::string once = redactor.text(text, midway);
    fuzz::require(fuzz::is_utf8(once), "what was text stays text");
    fuzz::require(redactor.text(once) == once, "redacting twice is redacting once");
  }
  core::RedactedLines lines(redactor, data[1] % 2 == 0);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    fuzz::require(fuzz::is_utf8(lines.take(text.substr(at, end - at))), "a line stays text");
    at = end + 1;
  }
  // A key stands on lines of its own, whatever is around it.
  std::size_t at = text.empty() ? 0 : data[0] % text.size();
  at = std::min(text.find('\n', at), text.size());
  if (text.find(body.substr(0, 64)) != std::string::npos) return 0;  // it has found the key itself
  const std::string planted = text.substr(0, at) + "\n" + key + text.substr(at);
  const std::string out = redactor.text(planted);
  fuzz::require(out.find(body.substr(0, 64)) == std::string::npos, "a key does not come through");
  return 0;
}
