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

Code code_of(states::HoldKind kind) {
  switch (kind) {
    case states::HoldKind::witness:
      return Code::hold_witness;
    case states::HoldKind::time:
      return Code::hold_time;
    case states::HoldKind::link:
      return Code::hold_link;
    case states::HoldKind::way:
      return Code::hold_way;
    case states::HoldKind::ran_before:
      return Code::hold_ran_before;
    case states::HoldKind::command:
      return Code::hold_command;
    case states::HoldKind::copy:
      return Code::hold_copy;
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
