// Secrets to plant: none is real. They are put together here, so that no scanner of repositories
// takes this file for a leak. `needle` is what must be found nowhere afterwards.
#pragma once

#include <string>
#include <vector>

namespace secrets {

struct Planted {
  std::string what;
  std::string text;    // as a host may print it
  std::string needle;  // the secret in it
};

// Letters and digits that look random and are the same in every run.
inline std::string noise(unsigned seed, std::size_t size) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  for (unsigned state = seed * 2654435761U + 1; text.size() < size;) {
    state = state * 1664525U + 1013904223U;
    text += kAlphabet[(state >> 16) % 62];
  }
  return text;
}

inline std::string base64(const std::string& bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : kAlphabet[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

inline std::string pem(const std::string& label, const std::string& body) {
  std::string text = "-----BEGIN " + label + "-----\n";
  for (std::size_t i = 0; i < body.size(); i += 64) text += body.substr(i, 64) + "\n";
  return text + "-----END " + label + "-----\n";
}

// Each kind that docs/redaction.md names, at least once.
inline std::vector<Planted> all() {
  std::vector<Planted> planted;
  unsigned seed = 1;
  const auto add = [&](const std::string& what, const std::string& before, std::size_t size,
                       const std::string& behind = "", const std::string& begins = "") {
    const std::string needle = begins + noise(seed++, size);
    planted.push_back({what, before + needle + behind, needle});
  };
  for (const char* label : {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY",
                            "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "CERTIFICATE"}) {
    const std::string body = noise(seed++, 300);
    planted.push_back({label, pem(label, body), body.substr(70, 50)});
    planted.push_back({std::string(label) + " in base64",
                       "data: " + base64(pem(label, body)) + "\n",
                       base64(pem(label, body)).substr(80, 60)});
  }
  add("a kubeconfig's key", "    client-key-data: ", 80);
  add("a kubeconfig's certificate", "    client-certificate-data: ", 80);
  add("a kubeconfig's token", "    token: ", 40);
  add("a kubeconfig's password", "    password: ", 16);
  add("an OpenShift token", "logged in with ", 43, " as admin", "sha256~");
  add("a JSON Web Token", "got ", 40, "." + noise(900, 60) + "." + noise(901, 43), "eyJ");
  add("a bearer token in a header", "Authorization: Bearer ", 40);
  add("basic authentication", "authorization: Basic ", 40);
  add("a bearer token alone", "curl -H 'X: Bearer ", 40, "'");
  add("a proxy's password", "HTTPS_PROXY=https://user:", 14, "@proxy.example:3128");
  add("a registry's password", "pulling from docker://robot:", 20, "@quay.example/x");
  add("a pull secret", R"({"auths":{"quay.example":{"auth":")", 48, R"(","email":"a@b"}}})");
  add("a JSON password", R"({"password":")", 18, R"("})");
  add("an escaped JSON password", R"("{\"password\":\")", 18, R"(\"}")");
  add("a JSON token", R"({"token" : ")", 30, R"("})");
  add("a setting", "db_password = ", 12, "\n");
  add("an environment variable", "PASSWORD=", 12, " run");
  add("a longer variable", "ETCD_ROOT_PASSWORD=", 12);
  add("a quoted variable", "MYSQL_PWD='", 12, "' mysql");
  add("an option", "tool --password ", 12, " --quiet");
  add("an option with =", "tool --token=", 30);
  add("an option in quotes", "tool --client-secret=\"", 30, "\"");
  add("a cloud's access key", "key ", 16, "", "AKIA");
  add("a cloud's temporary key", "key ", 16, "", "ASIA");
  add("a cloud's secret key", "aws_secret_access_key = ", 40);
  add("another cloud's API key", "using ", 35, "", "AIza");
  add("a forge's token", "clone with ", 36, "", "ghp_");
  add("a forge's application token", "clone with ", 36, "", "gho_");
  add("a forge's server token", "clone with ", 36, "", "ghs_");
  add("a forge's fine token", "clone with ", 40, "", "github_pat_");
  add("another forge's token", "clone with ", 20, "", "glpat-");
  add("a chat's token", "post with ", 30, "", "xoxb-");
  add("a chat's user token", "post with ", 30, "", "xoxp-");
  add("a vault's token", "read with ", 30, "", "hvs.");
  add("an API key", "apikey: ", 20);
  add("an API key with a dash", "x-api-key: ", 20);
  add("a client's secret", "client_secret=", 24, "&grant=x");
  add("a passphrase", "passphrase: \"", 20, "\"");
  add("a credential", "\"credential\": \"", 20, "\"");
  add("a private key in one word", "private_key=", 44);
  add("npm's token", "//registry.example/:_authToken=", 36);
  add("npm's password", "_auth=", 36);
  return planted;
}

}  // namespace secrets
