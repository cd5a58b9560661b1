// See the header; the pages themselves come from cmake/error_pages.cmake.
#include "tools/restorectl/error_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace restorectl {

struct ErrorPage {
  int number;
  std::string_view text;
};
extern const ErrorPage kErrorPages[];
extern const std::size_t kErrorPagesCount;

namespace {

constexpr ErrorCode kCodes[] = {
#define RESTORECTL_CODE(name, number, exit, title) {Code::name, Exit::exit, title},
    RESTORECTL_ERROR_CODES(RESTORECTL_CODE)
#undef RESTORECTL_CODE
};

}  // namespace

std::span<const ErrorCode> error_codes() { return kCodes; }

std::string text_of(Code code) { return fmt::format("R{}", static_cast<int>(code)); }

std::optional<Code> read_code(std::string_view text) {
  if (text.starts_with('R') || text.starts_with('r')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  for (const ErrorCode& known : kCodes)
    if (static_cast<int>(known.code) == number) return known.code;
  return std::nullopt;
}

Exit exit_of(Code code) {
  return std::find_if(std::begin(kCodes), std::end(kCodes),
                      [&](const ErrorCode& known) { return known.code == code; })
      ->exit;
}

Code code_of(core::HoldKind kind) {
  switch (kind) {
    case core::HoldKind::unmet:
      return Code::hold_witness;
    case core::HoldKind::timed_out:
      return Code::hold_time;
    case core::HoldKind::link_lost:
      return Code::hold_link;
    case core::HoldKind::access_denied:
      return Code::hold_way;
    case core::HoldKind::ran_before:
      return Code::hold_ran_before;
    case core::HoldKind::command_failed:
      return Code::hold_command;
    case core::HoldKind::copy_failed:
      return Code::hold_copy;
    case core::HoldKind::unrecorded:
      break;
  }
  return Code::internal;
}

std::string_view page_of(Code code) {
  const std::span<const ErrorPage> pages(kErrorPages, kErrorPagesCount);
  return std::find_if(pages.begin(), pages.end(),
                      [&](const ErrorPage& page) { return page.number == static_cast<int>(code); })
      ->text;
}

}  // namespace restorectl
