// The values of the enums that lines have, by their names. Invariant: a value without a name here
// does not reach a journal, and a field of an enum that has no entry does not compile.
#pragma once

#include <array>
#include <string_view>

#include "core/fact.hpp"
#include "core/run_state.hpp"

namespace journal {

template <class E>
struct EnumNames;

template <>
struct EnumNames<core::Finding> {
  static constexpr std::string_view kWhat = "finding";
  static constexpr std::array kAll = {core::Finding::never_began, core::Finding::running,
                                      core::Finding::killed, core::Finding::rebooted};
  static std::string_view name(core::Finding finding) { return core::name_of(finding); }
};

template <>
struct EnumNames<core::ApiVia> {
  static constexpr std::string_view kWhat = "API access";
  static constexpr std::array kAll = {core::ApiVia::recovery_host, core::ApiVia::workstation};
  static std::string_view name(core::ApiVia via) {
    return via == core::ApiVia::workstation ? "workstation" : "recovery_host";
  }
};

template <>
struct EnumNames<core::HoldKind> {
  using enum core::HoldKind;
  static constexpr std::string_view kWhat = "kind of hold";
  static constexpr std::array kAll = {unrecorded,    unmet,      timed_out,      link_lost,
                                      access_denied, ran_before, command_failed, copy_failed};
  static std::string_view name(core::HoldKind kind) { return core::name_of(kind); }
};

template <class E>
concept Named = requires(E value) {
  EnumNames<E>::name(value);
};

}  // namespace journal
