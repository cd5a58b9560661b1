// The static pods' resources, static_kuberesources_*.tar.gz. The restore script unpacks it as root
// over /etc/kubernetes when etcd is stopped already. Invariant: read in bounded memory; nothing is
// written anywhere; an archive without defects can only write plain files below
// static-pod-resources/<pod>-pod-<revision>/.
// Source: openshift/cluster-etcd-operator, bindata/etcd/cluster-backup.sh and cluster-restore.sh.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lib/backup/defect.hpp"

namespace backup {

struct PodFacts {
  std::string revision;          // "7"
  std::string version;           // configmaps/<pod>-pod/version, the operator's build; may be empty
  std::set<std::string> images;  // pull specs in <pod>-pod.yaml
  bool has_manifest = false;
};

struct ArchiveFacts {
  std::uint64_t size_bytes = 0;          // of the file
  std::string sha256;                    // of the file
  std::map<std::string, PodFacts> pods;  // "etcd", "kube-apiserver", …
  std::string etcd_ca_sha256;            // of the CA that vouches for etcd's servers; may be empty
  bool encryption_config = false;        // the keys for values that are encrypted at rest
  std::uint64_t etcd_quota_bytes = 0;    // ETCD_QUOTA_BACKEND_BYTES of etcd's pod; 0: not there
  std::size_t files = 0;
  std::uint64_t unpacked_bytes = 0;
};

struct ArchiveReading {
  ArchiveFacts facts;
  std::vector<Defect> defects;
};

// A real archive unpacks to a few MiB.
inline constexpr std::uint64_t kUnpackedBytesMax = 256ULL << 20;
inline constexpr std::size_t kArchiveEntriesMax = 20'000;

// Whether a static pod of that name belongs into an archive.
bool is_static_pod(std::string_view name);

// Reads the file to its end. Never throws for what is in the file.
ArchiveReading read_archive(const std::filesystem::path& path);

}  // namespace backup
