// The rules of the two kubelet signers, compared as sets; see the header.
#include "states/steps/csr_judge.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <set>

#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"

namespace states {

namespace json = boost::json;
using Names = std::set<std::string>;

namespace {

constexpr std::string_view kClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
constexpr std::string_view kServingSigner = "kubernetes.io/kubelet-serving";
constexpr std::string_view kBootstrapper =
    "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper";
constexpr std::string_view kNodePrefix = "system:node:";

// What a PKCS#10 request asks for.
struct Request {
  std::string common_name;
  Names organizations;
  std::size_t other_subject_parts = 0;
  Names dns_names;
  Names addresses;  // as bytes: four, or sixteen
  std::size_t other_names = 0;
};

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using X509Req = std::unique_ptr<X509_REQ, Freer<X509_REQ_free>>;

std::string text_of(const ASN1_STRING* string) {
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, string);
  if (length < 0) return {};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return text;
}

std::optional<std::string> from_base64(const std::string& text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > 65'536) return std::nullopt;
  std::string bytes(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

void read_subject(const X509_REQ* request, Request& result) {
  const X509_NAME* subject = X509_REQ_get_subject_name(request);
  int common_names = 0;
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(subject, i);
    const int kind = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    const std::string text = text_of(X509_NAME_ENTRY_get_data(entry));
    if (kind == NID_commonName && ++common_names == 1) {
      result.common_name = text;
    } else if (kind == NID_organizationName) {
      result.organizations.insert(text);
    } else {
      ++result.other_subject_parts;
    }
  }
}

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6Bytes = 16;

std::string bytes_of(const ASN1_OCTET_STRING* address) {
  const unsigned char* bytes = ASN1_STRING_get0_data(address);
  return {bytes, bytes + ASN1_STRING_length(address)};
}

std::string address_text(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  if (bytes.size() == kIpv4Bytes) ::inet_ntop(AF_INET, bytes.data(), text, sizeof text);
  if (bytes.size() == kIpv6Bytes) ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return *text == '\0' ? "of " + std::to_string(bytes.size()) + " bytes" : text;
}

// Returns the address's bytes, in whatever spelling it is; nothing where the text is none.
std::optional<std::string> address_bytes(const std::string& text) {
  char bytes[kIpv6Bytes];
  if (::inet_pton(AF_INET, text.c_str(), bytes) == 1) return std::string(bytes, kIpv4Bytes);
  if (::inet_pton(AF_INET6, text.c_str(), bytes) == 1) return std::string(bytes, kIpv6Bytes);
  return std::nullopt;
}

void read_alternative_names(X509_REQ* request, Request& result) {
  STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request);
  auto* names = static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      result.dns_names.insert(text_of(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      result.addresses.insert(bytes_of(name->d.iPAddress));
    } else {
      ++result.other_names;
    }
  }
  GENERAL_NAMES_free(names);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

std::optional<Request> read_request(const std::string& base64) {
  const std::optional<std::string> pem = from_base64(base64);
  if (!pem) return std::nullopt;
  const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  const X509Req request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (!request) return std::nullopt;
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) return std::nullopt;
  Request result;
  read_subject(request.get(), result);
  read_alternative_names(request.get(), result);
  return result;
}

Names names_at(const json::value& csr, std::string_view key) {
  Names names;
  const json::array* list = array_at(csr, key);
  if (list == nullptr) return names;
  for (const json::value& item : *list) {
    if (item.is_string()) names.emplace(item.get_string());
  }
  return names;
}

// kubelet may or may not ask for key encipherment; it does both.
bool usages_are(Names usages, std::string_view auth) {
  usages.erase("key encipherment");
  return usages == Names{"digital signature", std::string(auth)};
}

const core::Host* node_of(const core::Inventory& inventory, std::string_view common_name) {
  if (!common_name.starts_with(kNodePrefix)) return nullptr;
  return core::find_node(inventory, common_name.substr(kNodePrefix.size()));
}

// A kubelet whose certificate still works asks for the next one in its own name. That grants
// nothing new: whoever asks has the identity already.
bool renews_itself(const json::value& csr, const Request& request) {
  return text_at(csr, "username") == request.common_name &&
         names_at(csr, "groups") == Names{"system:nodes", "system:authenticated"};
}

std::string judge_bootstrapper(const json::value& csr) {
  if (text_at(csr, "username") != kBootstrapper) return "requestor is not the node-bootstrapper";
  const Names expected{"system:serviceaccounts:openshift-machine-config-operator",
                       "system:serviceaccounts", "system:authenticated"};
  return names_at(csr, "groups") == expected ? "" : "groups are not the node-bootstrapper's";
}

std::string judge_client(const json::value& csr, const Request& request, bool rules_of_then) {
  if (rules_of_then || !renews_itself(csr, request)) {
    std::string reason = judge_bootstrapper(csr);
    if (!reason.empty()) return reason;
  }
  if (!usages_are(names_at(csr, "usages"), "client auth"))
    return "usages are not those of a client certificate";
  if (!request.dns_names.empty() || !request.addresses.empty() || request.other_names > 0) {
    return "a client certificate must not name hosts";
  }
  return {};
}

std::string judge_names(const Request& request, const core::Host& host, bool rules_of_then) {
  Names known(host.node_addresses.begin(), host.node_addresses.end());
  known.insert(host.address);
  known.insert(host.node_name);
  known.insert(host.name);
  for (const std::string& name : request.dns_names) {
    if (!known.contains(name))
      return "SAN " + brief(name, kObjectNameMax) + " does not belong to the node";
  }
  Names known_addresses;
  for (const std::string& name : known) {
    if (const auto bytes = address_bytes(name)) known_addresses.insert(*bytes);
  }
  for (const std::string& address : request.addresses) {
    const bool belongs = rules_of_then
                             ? address.size() == kIpv4Bytes && known.contains(address_text(address))
                             : known_addresses.contains(address);
    if (!belongs) return "SAN " + address_text(address) + " does not belong to the node";
  }
  return {};
}

std::string judge_serving(const json::value& csr, const Request& request, const core::Host& host,
                          bool rules_of_then) {
  if (text_at(csr, "username") != request.common_name) return "requestor is not the subject";
  const Names groups = names_at(csr, "groups");
  if (!groups.contains("system:nodes") || !groups.contains("system:authenticated")) {
    return "requestor is not in the groups system:nodes and system:authenticated";
  }
  if (!usages_are(names_at(csr, "usages"), "server auth"))
    return "usages are not those of a serving certificate";
  if (request.other_names > 0) return "it has a SAN that is neither a DNS name nor an IP address";
  if (request.dns_names.empty() && request.addresses.empty()) return "it has no SAN";
  return judge_names(request, host, rules_of_then);
}

CsrJudgement judge_one(const core::Inventory& inventory, const json::value& csr,
                       bool rules_of_then) {
  CsrJudgement judgement{text_at(csr, "name"), {}, {}};
  const std::string signer = text_at(csr, "signer");
  if (signer != kClientSigner && signer != kServingSigner) {
    judgement.reason = "signer " + brief(signer, 100) + " is not a kubelet signer";
    return judgement;
  }
  const std::optional<Request> request = read_request(text_at(csr, "request"));
  if (!request) {
    judgement.reason = "the request cannot be parsed, or its signature is not valid";
    return judgement;
  }
  const core::Host* host = node_of(inventory, request->common_name);
  if (host == nullptr) {
    judgement.reason = "subject " +
                       brief(request->common_name, kNodePrefix.size() + kObjectNameMax) +
                       " is not a node of the inventory";
    return judgement;
  }
  judgement.node = host->node_name;
  if (request->organizations != Names{"system:nodes"} || request->other_subject_parts > 0) {
    judgement.reason = "organization is not exactly system:nodes";
    return judgement;
  }
  judgement.reason = signer == kClientSigner ? judge_client(csr, *request, rules_of_then)
                                             : judge_serving(csr, *request, *host, rules_of_then);
  return judgement;
}

// A name that goes into a command and onto a terminal; Kubernetes allows no others.
bool is_object_name(std::string_view name) {
  return !name.empty() && name.size() <= kObjectNameMax && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

}  // namespace

std::vector<CsrJudgement> judge_csrs(const core::Inventory& inventory, std::string_view pending,
                                     bool* readable) {
  std::vector<CsrJudgement> judgements;
  const std::optional<json::value> document = read_json(pending);
  const bool rules_of_then = document && document->is_array();
  const json::array* list = nullptr;
  if (document) list = rules_of_then ? document->if_array() : array_at(*document, "pending");
  *readable = list != nullptr;
  if (list == nullptr) return judgements;
  for (const json::value& csr : *list) {
    CsrJudgement judgement = judge_one(inventory, csr, rules_of_then);
    if (!is_object_name(judgement.name)) {
      judgement.reason = "its name is not a valid object name";
      judgement.name = brief(judgement.name, 60);
    }
    judgements.push_back(std::move(judgement));
  }
  return judgements;
}

}  // namespace states
