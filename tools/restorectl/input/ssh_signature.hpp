// Signatures by the operator's SSH key, made and checked by ssh-keygen -Y. Invariant: a private key
// is never read here, nobody is asked for a passphrase, and nothing is left behind.
#pragma once

#include <filesystem>
#include <string>

namespace restorectl {

inline constexpr char kSignatureNamespace[] = "restorectl";

struct Signed {
  std::string signature;  // empty: it could not be made
  std::string signer;     // the public key's line
  std::string why_not;
};

// Signs a text with a key's file: a private key without a passphrase, or a public key whose other
// half the agent has.
Signed sign(const std::string& text, const std::filesystem::path& key);

// The first of the default keys that is there, or an empty path.
std::filesystem::path default_key();

// Whom a reader trusts. Empty: nobody, then only the signature itself is checked.
struct Trust {
  std::filesystem::path key;              // a public key, or
  std::filesystem::path allowed_signers;  // as ssh-keygen(1) has it, with
  std::string identity;
};

struct Checked {
  bool good = false;
  std::string words;  // who signed it, or why it is not good
};

Checked check_signature(const std::string& text, const std::string& signature, const Trust& trust);

}  // namespace restorectl
