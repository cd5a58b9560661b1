// Stand-ins for the tools that the steps' scripts ask on hosts, as sh that prepares a namespace
// (scripts.hpp). Invariant: each answers with what a test gave it, and nothing else runs.
#pragma once

#include "tests/states/scripts.hpp"

namespace scripts {

// A program of that name, first in PATH, that does what `body` says in sh.
inline std::string stand_in(const std::string& name, const std::string& body) {
  return "mkdir -p '/var/lib/my tools'\ncat > '/var/lib/my tools/" + name +
         "' <<'END'\n#!/bin/sh\n" + body + "\nEND\nchmod +x '/var/lib/my tools/" + name +
         "'\nPATH=\"/var/lib/my tools:$PATH\"\n";
}

// oc or kubectl, which notes its arguments and answers with the text; and this host's kubeconfigs.
inline std::string api_answers(const std::string& text, const std::string& name = "oc") {
  return "configs=/etc/kubernetes/static-pod-resources/kube-apiserver-certs/secrets/"
         "node-kubeconfigs\nmkdir -p $configs\ntouch $configs/localhost.kubeconfig "
         "$configs/localhost-recovery.kubeconfig\n" +
         stand_in(
             name,
             "printf '[%s]' \"$@\" >> /var/lib/asked\necho >> /var/lib/asked\ncat <<'ANSWER'\n" +
                 text + "\nANSWER");
}
inline constexpr const char* kAsked = "cat /var/lib/asked";

// crictl that lists one container for each of the names, and runs etcdctl in it.
inline std::string crictl(const std::string& running, const std::string& etcdctl = "") {
  return stand_in("crictl", "case \"$*\" in\n  exec*member*) echo '" + etcdctl +
                                "' ;;\n  exec*health*) echo '[{\"endpoint\":\"https://b\","
                                "\"health\":true,\"took\":\"9ms\"},{\"endpoint\":\"https://a\","
                                "\"health\":false}]' ;;\nesac\nfor name in " +
                                running +
                                "; do\n  [ \"$*\" != \"ps -q --label "
                                "io.kubernetes.container.name=$name\" ] || echo 0123abcd\ndone");
}

// As the ssh user's root: three hosts, but the API is spoken to as given.
inline core::RunStarted with_api(core::ApiVia via, const std::string& command,
                                 const std::string& kubeconfig = "") {
  core::RunStarted start = story::three_hosts();
  start.inventory.api = {via, command, kubeconfig};
  return start;
}

}  // namespace scripts
