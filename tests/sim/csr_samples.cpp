// Certificate requests as kubelets make them. They are constants, since a signature made anew
// would make every run another one. Made by `openssl req`, their keys thrown away. Those of hosts
// with the longest names, which `openssl req` refuses, are made here; Ed25519 signs alike each
// time.
#include "tests/sim/csr_samples.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/text.hpp"
#include "tests/sim/host.hpp"

namespace sim {

namespace {

constexpr const char* kClient0 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIeE1JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITj"
    "VjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZiV0Z6ZEdWeUxUQXdXVEFUQmdjcWhr"
    "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBVDFhZmltCnorVzgyeG1hZnZJVUZhMkFoSFE0UitVV2lUM09LNktkRndQOF"
    "lpa3ZRTkVEN2RxdnIzTno2K0V3amx0eGY4UzMKaHdQVWhqQ0Z1TmFuQUlJSW9BQXdDZ1lJS29aSXpqMEVBd0lEU0FB"
    "d1JRSWhBS014RXZHSVRTdHVjTFIwakVsagovYlVNcG5hUXVoaFNSUkovVVFUNlQrQ3hBaUF0eWNKTTdNR2ZLaTIwRl"
    "JQNFk2THlaWityNFZ0cGRlOWNZNHBhClF2REdOUT09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
constexpr const char* kServing0 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkhqQ0J4QUlCQURBMk1SVXdFd1lEVlFRS0RBeH"
    "plWE4wWlcwNmJtOWtaWE14SFRBYkJnTlZCQU1NRkhONQpjM1JsYlRwdWIyUmxPbTFoYzNSbGNpMHdNRmt3RXdZSEtv"
    "Wkl6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVybWdoCmlaMHBLbTZHZkVaNElUMWxCaDJLUWFmUXhRZzVtSzFuNVhqN0"
    "pvWXlGenJ0TExzeTRYWkc5WjQ1dmpzdUpvdE8KRTk4aE5oVHk4cVZqVnVCcVhLQXNNQ29HQ1NxR1NJYjNEUUVKRGpF"
    "ZE1Cc3dHUVlEVlIwUkJCSXdFSUlJYldGegpkR1Z5TFRDSEJNQUFBZ3N3Q2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQU"
    "o3ZU1tMjRDa25DZlpDTG1SclV2TmdBCjhUMWlJZE9tN3oxS3VtNVQ0aHNTQWlFQTMwZ2pmYlVkQ2RSc2g4dVpSaHJu"
    "azJsNll0am93cWllSlQ1RHhhRDIKSHpFPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
constexpr const char* kClient1 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIeE1JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITj"
    "VjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZiV0Z6ZEdWeUxURXdXVEFUQmdjcWhr"
    "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBUmh5Q21EClh5L01LQjdaY1VXMGxCZHlBZGFNbTgrajlmTENGWFpiL2pxNj"
    "JMK2JVVDdKV2RjKzYrazRqZ0luVlduc2k0K2UKdVFiTXhVbDFmOE5hOEFkQW9BQXdDZ1lJS29aSXpqMEVBd0lEU0FB"
    "d1JRSWhBS24yNndFcUhLNnk3V054TkRBawpkL0xwRkI1L0UrQXl2S0Zzc1pLUFJTdkpBaUFaQStSOUtESEdjV2docn"
    "NvN2J3dlkzR0FDMFBTSXBqVmNvQXdVClBQdWdOdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
constexpr const char* kServing1 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkhEQ0J4QUlCQURBMk1SVXdFd1lEVlFRS0RBeH"
    "plWE4wWlcwNmJtOWtaWE14SFRBYkJnTlZCQU1NRkhONQpjM1JsYlRwdWIyUmxPbTFoYzNSbGNpMHhNRmt3RXdZSEtv"
    "Wkl6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVpOEd5CmpwTUtFUjdsaHd6emFNbytvcjZ4azZaYnczLzNLNHdyV2R1ZF"
    "ZmbWJycjBjTVJSY1RacjVtN29WTGUwcm16dS8Kc2NkWTdJTW5sNHQxeGg5c05LQXNNQ29HQ1NxR1NJYjNEUUVKRGpF"
    "ZE1Cc3dHUVlEVlIwUkJCSXdFSUlJYldGegpkR1Z5TFRHSEJNQUFBZ3d3Q2dZSUtvWkl6ajBFQXdJRFJ3QXdSQUlnVW"
    "dJU2t0aHM5VnowQjhPb1cxdEd6bnVuCm96Nzc3ck5Ja0VERFRqRHE4UTBDSUEzVGtDVlk3NkNFZ0cwRHJ3Ni9KMXVJ"
    "cW1qenkreCtZQ2Z6Yitva2h0dGMKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
constexpr const char* kClient2 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITj"
    "VjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZiV0Z6ZEdWeUxUSXdXVEFUQmdjcWhr"
    "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBU3hXcVRBClFIN0ExTlNtZGlXQ1V1TEtXR0I4cVBEZUhrM3VrcDdObm9TY0"
    "lRampjYmdsUlM2cFl5dmtCWjFKZCsyV2NrdjQKek1NMkU1TXJnQ3JHNFFqVm9BQXdDZ1lJS29aSXpqMEVBd0lEUndB"
    "d1JBSWdRc282Z3lUc0xXOHQ2OUxnRjNmOQoyZlkzaDI3endtUWZzN0M3cXN0eTZsMENJQ25nZnVUbExHMU5oL29kV2"
    "hvUDh3V091bDlWR0I5K1hoT3JqaVVHClhPa3gKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
constexpr const char* kServing2 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkhqQ0J4QUlCQURBMk1SVXdFd1lEVlFRS0RBeH"
    "plWE4wWlcwNmJtOWtaWE14SFRBYkJnTlZCQU1NRkhONQpjM1JsYlRwdWIyUmxPbTFoYzNSbGNpMHlNRmt3RXdZSEtv"
    "Wkl6ajBDQVFZSUtvWkl6ajBEQVFjRFFnQUVJa2hwClJXQ0IyWlZTUnh5UUh5T0RKYnNEWTZBVVUySUw1MW9hVXpCWk"
    "JUeTUveDVydHZaRU9QZHViNjFXdlNIeTZSWWwKM2FnczBpcGxqemRubC84Sy82QXNNQ29HQ1NxR1NJYjNEUUVKRGpF"
    "ZE1Cc3dHUVlEVlIwUkJCSXdFSUlJYldGegpkR1Z5TFRLSEJNQUFBZzB3Q2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQU"
    "k0cVBOVU5Rd1FLbENlMTMwQ3BMRUw4Cmg3TjRwYnkyOXdJOWRBenNQZEt6QWlFQTczWUtCK3ZVNEVhWVRha3I1YURa"
    "NXBGbG44dktSZXdYdmUzNEhlNHUKS2JNPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
constexpr const char* kClient3 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIeE1JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITjVjM1"
    "JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZiV0Z6ZEdWeUxUTXdXVEFUQmdjcWhrak9QUUlC"
    "QmdncWhrak9QUU1CQndOQ0FBVDRmNTlxCjQvWGF3azhxa1J3bkxFWE1SVFI1SWxZeTRCcjJlL3FJSWZ2TGE0R3k2bTdYMj"
    "RXRy84SThVR1hkQ0IvMkN1YkwKdTU1aElOTTNqamFkbEFLRG9BQXdDZ1lJS29aSXpqMEVBd0lEU0FBd1JRSWdKNVBQMFd1"
    "dEZyZkxhSmdrM1BINwpDbHN3WXM5dUsyRkNqc2t6MW5WV25NRUNJUURaVGtIckh4MGVUcVZSRllGaXd4MjJTMDU2bmFtVT"
    "VZMnZTdVFuCjJxVUF4Zz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
constexpr const char* kServing3 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkhEQ0J4QUlCQURBMk1SVXdFd1lEVlFRS0RBeHplWE"
    "4wWlcwNmJtOWtaWE14SFRBYkJnTlZCQU1NRkhONQpjM1JsYlRwdWIyUmxPbTFoYzNSbGNpMHpNRmt3RXdZSEtvWkl6ajBD"
    "QVFZSUtvWkl6ajBEQVFjRFFnQUVaV0RrClAxSU5yR1lHQXoxRHFKd2lZRWNuNFNMKzhrNE1VQSt1blZYMUorWDFESlh6cG"
    "45TEZCeVk0eXpFYko2bnhJM3QKaHZyMVdNeFY5QUgxamZtUm9xQXNNQ29HQ1NxR1NJYjNEUUVKRGpFZE1Cc3dHUVlEVlIw"
    "UkJCSXdFSUlJYldGegpkR1Z5TFRPSEJNQUFBZzR3Q2dZSUtvWkl6ajBFQXdJRFJ3QXdSQUlnQlNtak1NTVk3cFdOVU5nQn"
    "QwRGtxZEhzCnlSMW9KbEc1YmI0bzFFM1JFbjRDSUNIZ3hMSmZMWXZ4SjF6R3lkS2txQjI3N2VuU2tzcE5NVnNRUURBaDF5"
    "dWcKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
constexpr const char* kClient4 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITjVjM1"
    "JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZiV0Z6ZEdWeUxUUXdXVEFUQmdjcWhrak9QUUlC"
    "QmdncWhrak9QUU1CQndOQ0FBVFptQU12Cnl4OUVFT0NpaU9PRi9JbDlYTGpJVGEzd0l2RUNxcnlWeUlJTnQvR0cwYWdnWX"
    "c5elhoSG9nQUY3dzk0U2JWeGgKNlEvRkRIRHdiWkc5V3FBb29BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWdlcERRMi9G"
    "QlNlNkwzM1ROcDhEYwovSVcrRXBZTW02aFNLZUpCa0lzbm0xa0NJQkZuMFdaMTVyY01lNUhrMVJUOE1GWnBQc3QxOFdEND"
    "lJdCt1Y3hNCnJJR24KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";
constexpr const char* kServing4 =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQkhUQ0J4QUlCQURBMk1SVXdFd1lEVlFRS0RBeHplWE"
    "4wWlcwNmJtOWtaWE14SFRBYkJnTlZCQU1NRkhONQpjM1JsYlRwdWIyUmxPbTFoYzNSbGNpMDBNRmt3RXdZSEtvWkl6ajBD"
    "QVFZSUtvWkl6ajBEQVFjRFFnQUVyc1RUCjBwamo4dEQ3dFlhQnY5Vy9uYk1nWEw1QXd6T2FNYmw1YTU4V2FNN3phbjFPTW"
    "VqcDE2WGtwS2paaENaa3NlYlMKaXdrM2lHLzNXSFFkbVlpR21LQXNNQ29HQ1NxR1NJYjNEUUVKRGpFZE1Cc3dHUVlEVlIw"
    "UkJCSXdFSUlJYldGegpkR1Z5TFRTSEJNQUFBZzh3Q2dZSUtvWkl6ajBFQXdJRFNBQXdSUUloQVAwVGlSdE9HZjRYN1ZMVT"
    "ZLbitOaEQ0CldTWDJNc2pOZ3lFSHZLN0owcC9wQWlCSStrQ20zRWxZSmZySWtUQkhKUmlxN2REbUdhcDVHNHZNdzJsd0xq"
    "NHIKZXc9PQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";
constexpr const char* kIntruder =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITj"
    "VjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZhVzUwY25Wa1pYSXdXVEFUQmdjcWhr"
    "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBU0lJUFFLCnByelJtM1l1aThwZW1TOGFkWGlWMjAwdWVVQUl2SE1XS0xIdn"
    "UwdEhxMzJaWllHeUVtRXFrRm4ydlhFY1d6VngKc0pyelJKRlJ4Tlh1b3FCb29BQXdDZ1lJS29aSXpqMEVBd0lEUndB"
    "d1JBSWdaRHFDZDlGSDVvak5QNFFWc1Y5MwpESEF3bjJ1SUdER3hCR0ZZS1lEb25yRUNJRnRWclpiRDBMNStBRzV5S3"
    "NyczQzVzVvcTdYcHFDTngyc0d2TFVwCkxGQVMKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

void add_to(X509_NAME* subject, int kind, const std::string& text) {
  X509_NAME_add_entry_by_NID(subject, kind, V_ASN1_UTF8STRING,
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()), -1, 0);
}

std::string made_request(const std::string& host, bool serving) {
  const unsigned char secret[32] = "no secret at all";
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret, sizeof secret);
  X509_REQ* request = X509_REQ_new();
  add_to(X509_REQ_get_subject_name(request), NID_organizationName, "system:nodes");
  add_to(X509_REQ_get_subject_name(request), NID_commonName, "system:node:" + host);
  X509_REQ_set_pubkey(request, key);
  if (serving) {
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    const std::string names = "DNS:" + host;
    sk_X509_EXTENSION_push(
        extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()));
    X509_REQ_add_extensions(request, extensions);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
  X509_REQ_sign(request, key, nullptr);
  BIO* pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(pem, request);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(pem, &bytes);
  std::string text = core::base64_of({bytes, static_cast<std::size_t>(size)});
  BIO_free(pem);
  X509_REQ_free(request);
  EVP_PKEY_free(key);
  return text;
}

std::string request_of(const std::string& host, bool serving) {
  if (longest_names && !host.empty()) return made_request(host, serving);
  if (host == "master-0") return serving ? kServing0 : kClient0;
  if (host == "master-1") return serving ? kServing1 : kClient1;
  if (host == "master-2") return serving ? kServing2 : kClient2;
  if (host == "master-3") return serving ? kServing3 : kClient3;
  if (host == "master-4") return serving ? kServing4 : kClient4;
  return kIntruder;
}

}  // namespace

std::string csr_item(const std::string& name, const std::string& host, bool serving) {
  std::string item = "{\"name\":\"" + name + "\",\"signer\":\"kubernetes.io/";
  item += serving ? "kubelet-serving\",\"username\":\"system:node:" + host +
                        "\",\"groups\":[\"system:nodes\",\"system:authenticated\"],"
                  : std::string(
                        "kube-apiserver-client-kubelet\",\"username\":\"system:serviceaccount:"
                        "openshift-machine-config-operator:node-bootstrapper\",\"groups\":["
                        "\"system:serviceaccounts\",\"system:authenticated\",\"system:"
                        "serviceaccounts:openshift-machine-config-operator\"],");
  item += std::string("\"usages\":[\"digital signature\",\"") +
          (serving ? "server auth" : "client auth") + "\"],\"request\":\"" +
          request_of(host, serving) + "\"}";
  return item;
}

}  // namespace sim
