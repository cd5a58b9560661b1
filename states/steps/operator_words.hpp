// What an operator says of itself while it is waited for, as a look printed it
// (sh/operator-words.sh, sh/etcd-operator.sh), in the same words wherever it is quoted. Invariant:
// they are words in what is awaited and decide nothing; they are bounded, and say what was left
// out.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace states {

// The entries of a list of the document, each as "; BEFORE NAME at revision N (reason): message",
// and how many the look left out of it.
std::string words_of_list(const boost::json::value& document, std::string_view key,
                          std::string_view before, std::string_view name);

// The conditions in which the operator says that it is degraded.
std::string words_of_degraded(const boost::json::value& document);

// Those in which it says that it is at work; looks of okd-4.7/3 and before did not ask.
std::string words_of_progress(const boost::json::value& document);

// Both, of the etcd operator, from the line of a look; empty where it has none.
std::string etcd_operator_note(std::string_view printed);

}  // namespace states
