// Overload: one lambda for each alternative of a variant, for std::visit. Invariant: an alternative
// that no lambda takes does not compile.
#pragma once

namespace core {

template <class... Arms>
struct Overload : Arms... {
  using Arms::operator()...;
};

// C++20 deduces this guide; clang does so since version 17.
template <class... Arms>
Overload(Arms...) -> Overload<Arms...>;

}  // namespace core
