// Judging certificate signing requests: which pending ones may be approved, and why the others not.
// Invariant: approving gives a node its identity, so everything is compared with the inventory and
// nothing is taken from the request on trust. Rules: docs/procedure.md (S11).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/inventory.hpp"

namespace states {

struct CsrJudgement {
  std::string name;
  std::string node;    // of the inventory, whose it is; empty where that is not known
  std::string reason;  // why it is not approved; empty: it is valid
  bool valid() const { return reason.empty(); }
  bool operator==(const CsrJudgement&) const = default;
};

// Takes the pending requests as the look prints them: a JSON object whose member `pending` is an
// array of {name, signer, username, groups, usages, request}. Returns one judgement each; nothing
// where the text is no such object. The looks of okd-4.7/2 and before print the array alone, and
// are judged by the rules of then: IPv6 addresses are nobody's, and no kubelet renews its own
// certificate.
std::vector<CsrJudgement> judge_csrs(const core::Inventory& inventory, std::string_view pending,
                                     bool* readable);

}  // namespace states
