// libarchive reads the tar; what it may hold is decided here; see the header.
#include "tools/lib/backup/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "tools/lib/backup/file.hpp"
#include "tools/lib/backup/gzip.hpp"

namespace backup {

namespace {

constexpr std::string_view kTop = "static-pod-resources/";
constexpr std::string_view kPods[] = {"etcd", "kube-apiserver", "kube-controller-manager",
                                      "kube-scheduler"};
constexpr std::string_view kDot = "./";
constexpr std::size_t kTextBytesMax = 1U << 20;

// libarchive's C callbacks must not throw: what was thrown waits here.
struct Source {
  explicit Source(const File& file) : gzip(file, kUnpackedBytesMax) {}
  Gzip gzip;
  std::optional<Defect> defect;
};

la_ssize_t next_piece(archive*, void* given, const void** bytes) {
  auto* const source = static_cast<Source*>(given);
  try {
    const std::string_view piece = source->gzip.next();
    *bytes = piece.data();
    return static_cast<la_ssize_t>(piece.size());
  } catch (const Defect& defect) {
    source->defect = defect;
    return -1;
  }
}

struct Close {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

// At most 200 bytes of it, harmless and on one line.
std::string one_line(std::string_view bytes) {
  std::string line = core::printable(bytes.substr(0, 200));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

// static-pod-resources/<pod>-pod-<revision>/<within>
struct Place {
  std::string_view pod;
  std::string revision;
  std::string_view within;
};

std::optional<Place> place_of(std::string_view path) {
  path.remove_prefix(kTop.size());
  for (const std::string_view pod : kPods) {
    if (!path.starts_with(pod) || !path.substr(pod.size()).starts_with("-pod-")) continue;
    const std::string_view rest = path.substr(pod.size() + 5);
    int revision = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), revision);
    const auto digits = static_cast<std::size_t>(read.ptr - rest.data());
    if (read.ec != std::errc() || revision < 0 || digits == rest.size() || rest[digits] != '/')
      continue;
    return Place{pod, std::string(rest.substr(0, digits)), rest.substr(digits + 1)};
  }
  return std::nullopt;
}

// The digits of the value of that variable in a pod's manifest, in YAML or JSON, where its name is
// followed by its value; 0 where there are none.
std::uint64_t variable_of(std::string_view manifest, std::string_view name) {
  const std::size_t at = manifest.find(name);
  if (at == std::string_view::npos) return 0;
  // No other name stands between the two.
  const std::string_view rest = manifest.substr(at + name.size(), 64);
  const std::size_t value = rest.find("value");
  const std::size_t digits = rest.find_first_of("0123456789");
  if (value == std::string_view::npos || digits == std::string_view::npos || digits < value)
    return 0;
  std::uint64_t number = 0;
  const auto read = std::from_chars(rest.data() + digits, rest.data() + rest.size(), number);
  return read.ec == std::errc() ? number : 0;
}

class Reader {
 public:
  Reader(const File& file, ArchiveReading& reading)
      : file_(file), source_(file), reading_(reading), archive_(archive_read_new()) {
    archive_read_support_format_tar(archive_.get());
    if (archive_read_open(archive_.get(), &source_, nullptr, next_piece, nullptr) != ARCHIVE_OK)
      give_up();
  }

  void all() {
    archive_entry* entry = nullptr;
    int said = ARCHIVE_OK;
    while ((said = archive_read_next_header(archive_.get(), &entry)) == ARCHIVE_OK) take(entry);
    if (said != ARCHIVE_EOF) give_up();
    // The gzip stream's checksum stands behind the archive's last block.
    while (!source_.gzip.next().empty()) continue;
    reading_.facts.sha256 = source_.gzip.file_sha256();
    reading_.facts.unpacked_bytes = source_.gzip.given();
  }

 private:
  [[noreturn]] void give_up() {
    if (source_.defect) throw Defect(*source_.defect);
    const char* const why = archive_error_string(archive_.get());
    throw Defect("archive-broken", fmt::format("{} is not a complete tar archive: {}", file_.path(),
                                               why != nullptr ? why : "it is unreadable"));
  }

  void bad(std::string_view name, const std::string& words) {
    // One of a kind is enough: an archive of another making has them by the thousand.
    if (said_.insert(std::string(name)).second)
      reading_.defects.emplace_back(name, fmt::format("{}: {}", file_.path(), words));
  }

  void take(archive_entry* entry) {
    if (++entries_ > kArchiveEntriesMax)
      throw Defect("archive-bomb",
                   fmt::format("{} has more than {} entries", file_.path(), kArchiveEntriesMax));
    const char* const raw = archive_entry_pathname(entry);
    std::string path = raw != nullptr ? raw : "";
    const std::string shown = one_line(path);
    if (path.starts_with(kDot) || path == ".") {
      bad("archive-prefix",
          fmt::format("the names in it begin with ./ ({}): the restore script asks tar for {}… and "
                      "would fail after it has stopped etcd. Unpack it and pack it again by `tar "
                      "-czf ARCHIVE static-pod-resources`",
                      shown, kTop));
      // The rest is looked at as if it began where it should: one cause is one defect.
      while (path.starts_with(kDot)) path.erase(0, kDot.size());
      if (path.empty() || path == ".") return;
    }
    if (!named_lawfully(path, shown)) return;
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr) {
      bad("archive-link", fmt::format("{} is a link, which can redirect writes by root", shown));
      return;
    }
    const bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (!folder && archive_entry_filetype(entry) != AE_IFREG) {
      bad("archive-special", fmt::format("{} is neither a file nor a directory", shown));
      return;
    }
    if (folder) return;
    ++reading_.facts.files;
    if (!names_.insert(path).second) bad("archive-twice", fmt::format("duplicate entry {}", shown));
    file_of_pod(path, shown);
  }

  bool named_lawfully(const std::string& path, const std::string& shown) {
    const std::string slashed = "/" + path + "/";
    if (path.empty() || path.front() == '/' || slashed.find("/../") != std::string::npos) {
      bad("archive-escape", fmt::format("'{}' is outside of /etc/kubernetes", shown));
      return false;
    }
    if (!path.starts_with(kTop) && path + "/" != kTop) {
      bad("archive-foreign", fmt::format("{} is not a static pod resource", shown));
      return false;
    }
    return true;
  }

  void file_of_pod(const std::string& path, const std::string& shown) {
    const std::optional<Place> place = place_of(path);
    if (!place) {
      bad("archive-foreign",
          fmt::format("{} does not belong to any of the four static pods", shown));
      return;
    }
    const std::string name(place->pod);
    PodFacts& pod = reading_.facts.pods[name];
    if (!pod.revision.empty() && pod.revision != place->revision) {
      bad("two-revisions", fmt::format("both {0}-pod-{1} and {0}-pod-{2} exist: the restore script "
                                       "would fail after it has stopped etcd",
                                       name, pod.revision, place->revision));
    }
    pod.revision = place->revision;
    if (place->within == name + "-pod.yaml") manifest(pod, name == "etcd");
    if (place->within == "configmaps/" + name + "-pod/version") {
      const std::string content = text();
      pod.version = one_line(std::string_view(content).substr(0, content.find('\n')));
    }
    if (name == "etcd" && place->within == "configmaps/etcd-serving-ca/ca-bundle.crt") {
      core::Sha256 digest;
      digest.update(text());
      reading_.facts.etcd_ca_sha256 = digest.hex();
    }
    if (name == "kube-apiserver" && place->within == "secrets/encryption-config/encryption-config")
      reading_.facts.encryption_config = true;
  }

  // Whatever stands behind `image:` in YAML or JSON. By hand: std::regex would recurse as deep as
  // a hostile word is long.
  void manifest(PodFacts& pod, bool of_etcd) {
    pod.has_manifest = true;
    const std::string yaml = text();
    if (of_etcd) reading_.facts.etcd_quota_bytes = variable_of(yaml, "ETCD_QUOTA_BACKEND_BYTES");
    constexpr std::string_view key = "image";
    for (std::size_t at = 0; (at = yaml.find(key, at)) != std::string::npos;) {
      at += key.size();
      if (at < yaml.size() && yaml[at] == '"') ++at;
      if (at >= yaml.size() || yaml[at] != ':') continue;
      const std::size_t begin = yaml.find_first_not_of(" \t\"'", at + 1);
      if (begin == std::string::npos) return;
      const std::size_t end = std::min(yaml.find_first_of(" \t\r\n\"',}", begin), yaml.size());
      if (end > begin && pod.images.size() < 100)
        pod.images.insert(one_line(std::string_view(yaml).substr(begin, end - begin)));
      at = end;
    }
  }

  // The entry's content; at most kTextBytesMax of it.
  std::string text() {
    std::string content(kTextBytesMax, '\0');
    const la_ssize_t size = archive_read_data(archive_.get(), content.data(), content.size());
    if (size < 0) give_up();
    content.resize(static_cast<std::size_t>(size));
    return content;
  }

  const File& file_;
  Source source_;
  ArchiveReading& reading_;
  std::unique_ptr<archive, Close> archive_;
  std::set<std::string> names_;
  std::set<std::string> said_;
  std::size_t entries_ = 0;
};

void check_pods(const std::string& path, ArchiveReading& reading) {
  for (const std::string_view name : kPods) {
    const auto found = reading.facts.pods.find(std::string(name));
    if (found != reading.facts.pods.end() && found->second.has_manifest) continue;
    reading.defects.emplace_back(
        "pod-missing",
        fmt::format(
            "{} has no {}-pod.yaml: the restore script would fail after it has stopped etcd", path,
            name));
  }
}

// A tar archive that was never compressed, or that a browser unpacked, under a compressed one's
// name.
void refuse_plain_tar(const File& file) {
  constexpr std::size_t kMagicAt = 257;
  constexpr std::string_view kMagic = "ustar";
  if (file.size() < kMagicAt + kMagic.size()) return;
  std::string magic(kMagic.size(), '\0');
  file.read(kMagicAt, magic.data(), magic.size());
  if (magic != kMagic) return;
  throw Defect("archive-broken",
               fmt::format("{} is a plain tar archive, not a compressed one: the restore script "
                           "would fail on it after it has stopped etcd. Compress it with gzip "
                           "under the same name",
                           file.path()));
}

}  // namespace

bool is_static_pod(std::string_view name) {
  return std::find(std::begin(kPods), std::end(kPods), name) != std::end(kPods);
}

ArchiveReading read_archive(const std::filesystem::path& path) {
  ArchiveReading reading;
  try {
    const File file(path);
    reading.facts.size_bytes = file.size();
    if (file.size() == 0) throw Defect("archive-empty", fmt::format("{} is empty", file.path()));
    refuse_plain_tar(file);
    Reader(file, reading).all();
    check_pods(file.path(), reading);
  } catch (const Defect& defect) {
    reading.defects.push_back(defect);
  }
  return reading;
}

}  // namespace backup
