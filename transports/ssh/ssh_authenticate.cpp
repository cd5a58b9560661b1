// Logging in: which keys are offered, in which order. A server hangs up after some six wrong ones,
// so those that somebody has named come first: the inventory's, the configuration's, then the
// agent's others and the default ones. Invariant: each key is offered once; whatever trying again
// cannot cure is a permanent error that says what was tried.
#include <unistd.h>

#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "core/text.hpp"
#include "transports/ssh/ssh_agent.hpp"
#include "transports/ssh/ssh_link.hpp"

namespace transports {

namespace {

using Key = std::unique_ptr<ssh_key_struct, decltype(&ssh_key_free)>;

Key private_key(const std::string& file) {
  ssh_key read = nullptr;
  ssh_pki_import_privkey_file(file.c_str(), nullptr, nullptr, nullptr, &read);
  return {read, ssh_key_free};
}

// The key with the certificate; null where there is none that can be read.
Key certified_key(const std::string& file) {
  ssh_key read = nullptr;
  if (ssh_pki_import_cert_file((file + "-cert.pub").c_str(), &read) != SSH_OK)
    return {nullptr, ssh_key_free};
  const Key certificate(read, ssh_key_free);
  Key key = private_key(file);
  if (key && ssh_pki_copy_cert_to_privkey(certificate.get(), key.get()) != SSH_OK) key.reset();
  return key;
}

// The key's text in a .pub file; empty where there is none.
std::string public_text(const std::string& file) {
  std::string type;
  std::string text;
  std::ifstream(file) >> type >> text;
  return text;
}

// A private key of OpenSSH's own format has the public one in clear, whatever its passphrase.
std::string public_text_within(const std::string& file) {
  ssh_key read = nullptr;
  std::string text;
  char* base64 = nullptr;
  if (ssh_pki_import_pubkey_file(file.c_str(), &read) != SSH_OK) return text;
  if (ssh_pki_export_pubkey_base64(read, &base64) == SSH_OK) {
    text = base64;
    ssh_string_free_char(base64);
  }
  ssh_key_free(read);
  return text;
}

// A key as it was named, and what belongs to it.
struct Identity {
  explicit Identity(const std::string& named)
      : name(named),
        file(named.ends_with(".pub") ? named.substr(0, named.size() - 4) : named),
        certificate(public_text(file + "-cert.pub")),
        key(public_text(file + ".pub")) {
    if (key.empty()) key = public_text_within(file);
  }
  bool exists() const {
    return !key.empty() || ::access(file.c_str(), F_OK) == 0 || ::access(name.c_str(), F_OK) == 0;
  }
  // Why its private key could not be read.
  std::string trouble() const {
    if (!exists()) return "no such file";
    if (name != file) return "a public key, and the agent does not have its private one";
    if (::access(file.c_str(), R_OK) != 0)
      return std::string(::strerror(errno)) + "; the agent does not have it either";
    if (key.empty()) return "not a private key";
    return "it has a passphrase, and the agent does not have it: ssh-add " + file;
  }

  std::string name;
  std::string file;         // of the private key
  std::string certificate;  // these two in base64
  std::string key;
};

std::string method_words(int methods) {
  std::string words;
  const auto add = [&](int method, const char* word) {
    if ((methods & method) != 0) words += (words.empty() ? "" : ", ") + std::string(word);
  };
  add(SSH_AUTH_METHOD_PUBLICKEY, "another key");
  add(SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive");
  add(SSH_AUTH_METHOD_PASSWORD, "password");
  add(SSH_AUTH_METHOD_HOSTBASED, "hostbased");
  add(SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic");
  return words.empty() ? "a method that libssh does not know" : words;
}

}  // namespace

class SshSession::Link::Login {
 public:
  Login(Link& link, Deadline deadline)
      : link_(link), deadline_(deadline), agent_(link.config.agent) {}

  awaitable<void> run();

 private:
  awaitable<void> ask_agent();
  awaitable<bool> offer_named(std::string name, bool is_default);
  const AgentKey* find_in_agent(const std::string& text) const;
  awaitable<bool> offer_of_agent(const AgentKey* key, std::string what);
  awaitable<bool> offer_rest_of_agent();
  template <class Call>
  awaitable<bool> attempt(const Call& call, const std::string& what);
  void note(const std::string& what) { tried_ += (tried_.empty() ? "" : ", ") + what; }
  [[noreturn]] void hung_up();
  [[noreturn]] void refused();
  [[noreturn]] void more_is_wanted(int methods);

  Link& link_;
  Deadline deadline_;
  SshAgent agent_;
  bool agent_is_set_ = false;
  std::set<std::string> offered_;  // in base64
  std::string tried_;
  std::string accepted_;
};

template <class Call>
awaitable<bool> SshSession::Link::Login::attempt(const Call& call, const std::string& what) {
  for (;;) {
    const int rc = call();
    if (rc == SSH_AUTH_SUCCESS) co_return true;
    if (link_.dead || ssh_is_connected(link_.session) == 0) hung_up();
    if (rc == SSH_AUTH_PARTIAL) {
      accepted_ += (accepted_.empty() ? "" : ", ") + what;
      const int methods = ssh_userauth_list(link_.session, nullptr);
      if ((methods & static_cast<int>(SSH_AUTH_METHOD_PUBLICKEY)) == 0) more_is_wanted(methods);
    }
    if (rc != SSH_AUTH_AGAIN) co_return false;
    if (!co_await link_.changed(deadline_)) {
      throw LinkFailure(false,
                        link_.where() + " did not complete the login within " +
                            std::to_string(link_.answer_ms()) + " ms",
                        true);
    }
  }
}

// Only where its keys are needed. The host has no part in how long that takes.
awaitable<void> SshSession::Link::Login::ask_agent() {
  if (agent_.asked()) co_return;
  const std::int64_t limit_ms = link_.target.settings.connect_timeout_ms;
  const auto began = std::chrono::steady_clock::now();
  co_await agent_.ask(link_.io, began + std::chrono::milliseconds(limit_ms));
  deadline_ += std::chrono::steady_clock::now() - began;
  if (agent_.silent())
    note("the agent at " + link_.config.agent + ", which did not answer within " +
         std::to_string(limit_ms) + " ms");
}

// The private key's file goes before the agent: nobody has to confirm its use.
awaitable<bool> SshSession::Link::Login::offer_named(std::string name, bool is_default) {
  const Identity identity(name);
  bool found = false;
  for (const bool certified : {true, false}) {
    const std::string& text = certified ? identity.certificate : identity.key;
    if (certified && text.empty()) continue;
    if (offered_.contains(text)) {
      found = true;
      continue;
    }
    const std::string what = certified ? identity.file + "-cert.pub" : name;
    const Key key = certified ? certified_key(identity.file) : private_key(identity.file);
    if (!key) co_await ask_agent();
    const AgentKey* of_agent = key ? nullptr : find_in_agent(text);
    if (!key && of_agent == nullptr) continue;
    found = true;
    if (!text.empty()) offered_.insert(text);
    const auto offer = [&] { return ssh_userauth_publickey(link_.session, nullptr, key.get()); };
    if (key && co_await attempt(offer, what)) co_return true;
    if (!key && co_await offer_of_agent(of_agent, what)) co_return true;
    note(what);
  }
  if (!found && (!is_default || identity.exists())) note(name + " (" + identity.trouble() + ")");
  co_return false;
}

const AgentKey* SshSession::Link::Login::find_in_agent(const std::string& text) const {
  for (const AgentKey& key : agent_.keys())
    if (!text.empty() && core::base64_of(key.blob) == text) return &key;
  return nullptr;
}

awaitable<bool> SshSession::Link::Login::offer_of_agent(const AgentKey* key, std::string what) {
  agent_.offer({*key});
  if (!agent_is_set_) ssh_set_agent_socket(link_.session, agent_.socket());
  agent_is_set_ = true;
  const auto offer = [&] { return ssh_userauth_agent(link_.session, nullptr); };
  co_return co_await attempt(offer, what);
}

awaitable<bool> SshSession::Link::Login::offer_rest_of_agent() {
  int others = 0;
  co_await ask_agent();
  for (const AgentKey& key : agent_.keys()) {
    if (!offered_.insert(core::base64_of(key.blob)).second) continue;
    const std::string what =
        key.comment + (key.comment.empty() ? "of the agent" : " (of the agent)");
    if (co_await offer_of_agent(&key, what)) co_return true;
    ++others;
  }
  if (others > 0) note(std::to_string(others) + (others == 1 ? " key" : " keys") + " of the agent");
  co_return false;
}

awaitable<void> SshSession::Link::Login::run() {
  const SshConfig& ours = link_.config;
  const std::string& of_inventory = link_.target.settings.identity_file;
  if (!of_inventory.empty() && co_await offer_named(of_inventory, false)) co_return;
  const auto offer_configured = [&]() -> awaitable<bool> {
    for (const std::string& file : ours.identity_files)
      if (co_await offer_named(file, !ours.has_identities)) co_return true;
    co_return false;
  };
  if (ours.has_identities && co_await offer_configured()) co_return;
  if (!ours.identities_only && co_await offer_rest_of_agent()) co_return;
  const bool defaults = !ours.has_identities && (of_inventory.empty() || !ours.identities_only);
  if (defaults && co_await offer_configured()) co_return;
  if (!accepted_.empty()) more_is_wanted(ssh_userauth_list(link_.session, nullptr));
  refused();
}

void SshSession::Link::Login::refused() {
  const core::SshSettings& settings = link_.target.settings;
  // A key that a slow agent has was never offered: the next attempt may get it.
  throw LinkFailure(!agent_.silent(),
                    link_.where() + " rejected every key (tried: " +
                        (tried_.empty() ? "no key was found" : tried_) +
                        "). Check that the agent has the key (ssh-add -l) and that `ssh " +
                        settings.user + "@" + link_.host + "` works");
}

void SshSession::Link::Login::more_is_wanted(int methods) {
  throw LinkFailure(true, link_.where() + " accepts the key " + accepted_ +
                              ", and wants a second factor: " + method_words(methods) +
                              ". restorectl answers no questions: let this key in without one "
                              "(AuthenticationMethods publickey in the host's sshd_config, for "
                              "example for this user and address only), then try again");
}

// The words of OpenSSH's sshd; it has no code of its own for this.
void SshSession::Link::Login::hung_up() {
  const std::string why = link_.dead ? link_.death : ssh_get_error(link_.session);
  link_.die(why);
  if (why.find("Too many authentication failures") == std::string::npos) link_.fail();
  throw LinkFailure(
      true, link_.where() + " ended the login: Too many authentication failures (tried: " + tried_ +
                (tried_.empty() ? "" : ", ") +
                "keys of the agent). The right key was not among the first ones: "
                "name it as ssh.identityFile in the inventory (its .pub file is "
                "enough where the agent has it)");
}

awaitable<void> SshSession::Link::authenticate(Deadline deadline) {
  Login login(*this, deadline);
  co_await login.run();
}

}  // namespace transports
