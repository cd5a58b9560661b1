// Certificate requests as kubelets make them. They are constants, since a signature made anew
// would make every run another one. Made by `openssl req`, their keys thrown away.
#include "tests/sim/csr_samples.hpp"

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
constexpr const char* kIntruder =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlId01JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITj"
    "VjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZhVzUwY25Wa1pYSXdXVEFUQmdjcWhr"
    "ak9QUUlCQmdncWhrak9QUU1CQndOQ0FBU0lJUFFLCnByelJtM1l1aThwZW1TOGFkWGlWMjAwdWVVQUl2SE1XS0xIdn"
    "UwdEhxMzJaWllHeUVtRXFrRm4ydlhFY1d6VngKc0pyelJKRlJ4Tlh1b3FCb29BQXdDZ1lJS29aSXpqMEVBd0lEUndB"
    "d1JBSWdaRHFDZDlGSDVvak5QNFFWc1Y5MwpESEF3bjJ1SUdER3hCR0ZZS1lEb25yRUNJRnRWclpiRDBMNStBRzV5S3"
    "NyczQzVzVvcTdYcHFDTngyc0d2TFVwCkxGQVMKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

const char* request_of(const std::string& host, bool serving) {
  if (host == "master-0") return serving ? kServing0 : kClient0;
  if (host == "master-1") return serving ? kServing1 : kClient1;
  if (host == "master-2") return serving ? kServing2 : kClient2;
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
