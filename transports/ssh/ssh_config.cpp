// The reader of ssh_config(5); see the header. The first value of an option counts; a block whose
// condition cannot hold is passed by, whatever else its condition asks for.
#include "transports/ssh/ssh_config.hpp"

#include <fcntl.h>
#include <glob.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "transports/ssh/ssh_config_text.hpp"
#include "transports/ssh/ssh_config_tokens.hpp"

extern char** environ;

namespace transports {

namespace {

constexpr int kIncludesMax = 16;

[[noreturn]] void refuse(const ConfigLine& line, const std::string& why) {
  throw LinkFailure(true, "the SSH configuration cannot be used: " + line.place() + ": " + why +
                              ". Change that line, or name another file as ssh.configFile in the "
                              "inventory");
}

class Reader {
 public:
  explicit Reader(const SshTarget& target) : target_(target) {
    config_.port = target.settings.port;
  }

  SshConfig read() {
    pass();
    if (wants_final_) {
      final_ = true;
      pass();
    }
    if (config_.port == 0) config_.port = 22;
    if (config_.host.empty()) config_.host = target_.address;
    set_files();
    return std::move(config_);
  }

 private:
  void pass() {
    const std::string& named = target_.settings.config_file;
    if (!named.empty()) return read_file(named, true, 0);
    read_file(home_directory() + "/.ssh/config", true, 0);
    read_file("/etc/ssh/ssh_config", true, 0);
  }

  void read_file(const std::string& path, bool outer, int depth);
  void include(const ConfigLine& line, const std::vector<std::string>& words, int depth);
  bool host_line(const std::vector<std::string>& words) const;
  bool match_line(const ConfigLine& line, const std::vector<std::string>& words);
  bool condition(const ConfigLine& line, const std::string& word, const std::string& value);
  bool command_succeeds(const ConfigLine& line, const std::string& command) const;
  void take(const ConfigLine& line, const std::string& option,
            const std::vector<std::string>& words);
  void set_files();

  std::string current_host() const { return config_.host.empty() ? target_.address : config_.host; }
  std::string expanded(const ConfigLine& line, const std::string& text) const;

  const SshTarget& target_;
  SshConfig config_;
  bool in_force_ = true;
  bool final_ = false;
  bool wants_final_ = false;
  std::string tag_;
  using Words = std::optional<std::pair<ConfigLine, std::vector<std::string>>>;
  Words user_known_hosts_;
  Words global_known_hosts_;
  Words agent_;
  std::vector<std::pair<ConfigLine, std::string>> identities_;
  bool identities_only_set_ = false;
  bool proxy_set_ = false;
};

void Reader::read_file(const std::string& path, bool outer, int depth) {
  ConfigLine line{path, 0, {}};
  if (depth > kIncludesMax) refuse(line, "too many levels of includes");
  if (::access(path.c_str(), F_OK) != 0) {
    if (depth > 0 || target_.settings.config_file.empty()) return;
    throw LinkFailure(true, "the SSH configuration " + path + " (ssh.configFile) does not exist");
  }
  std::ifstream in(path);
  if (!in) throw LinkFailure(true, "the SSH configuration " + path + " cannot be read");
  in_force_ = outer;
  while (std::getline(in, line.text)) {
    ++line.number;
    const std::vector<std::string> words = config_words(line.text);
    if (words.empty()) continue;
    const std::string option = small_letters(words[0]);
    if (option == "host")
      in_force_ = outer && host_line(words);
    else if (option == "match")
      in_force_ = outer && match_line(line, words);
    else if (in_force_ && option == "include")
      include(line, words, depth);
    else if (in_force_)
      take(line, option, words);
  }
}

// A block of an included file ends with the file.
void Reader::include(const ConfigLine& line, const std::vector<std::string>& words, int depth) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string pattern = words[i];
    if (pattern.starts_with("~/")) pattern = home_directory() + pattern.substr(1);
    if (!pattern.starts_with('/')) {
      const bool global = line.file.starts_with("/etc/ssh/");
      pattern = (global ? "/etc/ssh/" : home_directory() + "/.ssh/") + pattern;
    }
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
      const std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
      ::globfree(&found);
      for (const std::string& path : paths) {
        read_file(path, true, depth + 1);
        in_force_ = true;
      }
    } else {
      ::globfree(&found);
    }
  }
}

bool Reader::host_line(const std::vector<std::string>& words) const {
  std::string list;
  for (std::size_t i = 1; i < words.size(); ++i) list += words[i] + ",";
  return in_pattern_list(small_letters(target_.address), small_letters(list));
}

bool Reader::match_line(const ConfigLine& line, const std::vector<std::string>& words) {
  if (words.size() < 2) refuse(line, "Match asks for nothing");
  bool holds = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string word = words[i];
    const bool negated = word.starts_with('!');
    if (negated) word.erase(0, 1);
    std::string value;
    const std::size_t equals = word.find('=');
    if (equals != std::string::npos) {
      value = word.substr(equals + 1);
      word.resize(equals);
    }
    word = small_letters(word);
    if (word != "all" && word != "final" && word != "canonical" && equals == std::string::npos) {
      if (i + 1 < words.size())
        value = words[++i];
      else if (holds)
        refuse(line, "Match " + word + " is not known, or has no value");
    }
    // Only what still decides is asked for: a command runs, and an unknown word stops, only there.
    if (holds) holds = condition(line, word, value) != negated;
  }
  return holds;
}

bool Reader::condition(const ConfigLine& line, const std::string& word, const std::string& value) {
  if (word == "all") return true;
  if (word == "canonical") return false;  // names are not canonicalized
  if (word == "final") {
    wants_final_ = true;
    return final_;
  }
  const std::string small = small_letters(value);
  if (word == "host") return in_pattern_list(small_letters(current_host()), small);
  if (word == "originalhost") return in_pattern_list(small_letters(target_.address), small);
  if (word == "user") return in_pattern_list(target_.settings.user, value);
  if (word == "localuser") return in_pattern_list(local_user(), value);
  if (word == "tagged") return in_pattern_list(tag_, value);
  if (word == "exec") return command_succeeds(line, expanded(line, value));
  refuse(line, "Match " + word + " is not known to restorectl");
}

bool Reader::command_succeeds(const ConfigLine& line, const std::string& command) const {
  const char* shell = std::getenv("SHELL");
  if (shell == nullptr || *shell == '\0') shell = "/bin/sh";
  const char* argv[] = {shell, "-c", command.c_str(), nullptr};
  posix_spawn_file_actions_t null;
  ::posix_spawn_file_actions_init(&null);
  ::posix_spawn_file_actions_addopen(&null, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&null, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int rc = ::posix_spawn(&pid, shell, &null, nullptr, const_cast<char**>(argv), environ);
  ::posix_spawn_file_actions_destroy(&null);
  if (rc != 0) refuse(line, std::string(shell) + " cannot be run");
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void Reader::take(const ConfigLine& line, const std::string& option,
                  const std::vector<std::string>& words) {
  const std::string value = words.size() > 1 ? words[1] : "";
  const auto first = [&](Words& of) {
    if (!of) of = {line, {words.begin() + 1, words.end()}};
  };
  if (option == "hostname") {
    if (config_.host.empty()) config_.host = expanded(line, value);
  } else if (option == "port") {
    if (config_.port == 0) config_.port = static_cast<unsigned>(std::atoi(value.c_str()));
  } else if (option == "tag") {
    if (tag_.empty()) tag_ = value;
  } else if (option == "hostkeyalias") {
    if (config_.host_key_alias.empty()) config_.host_key_alias = small_letters(value);
  } else if (option == "identityfile") {
    config_.has_identities = true;
    if (value != "none") identities_.emplace_back(line, value);
  } else if (option == "identitiesonly") {
    if (!identities_only_set_) config_.identities_only = small_letters(value) == "yes";
    identities_only_set_ = true;
  } else if (option == "identityagent") {
    first(agent_);
  } else if (option == "userknownhostsfile") {
    first(user_known_hosts_);
  } else if (option == "globalknownhostsfile") {
    first(global_known_hosts_);
  } else if (option == "proxyjump" || option == "proxycommand") {
    const std::string whole = config_rest(line.text);
    const bool none = small_letters(whole) == "none" || whole == "\"none\"";
    if (!proxy_set_ && !none) config_.proxy = line;
    proxy_set_ = true;
  } else {
    if (option == "hostkeyalgorithms") config_.has_host_key_algorithms = true;
    config_.rest.push_back(line);
  }
}

// Where the files lie is known only when the host, the port and the alias are.
void Reader::set_files() {
  const auto add = [&](const Words& words, const std::vector<std::string>& otherwise) {
    for (const std::string& name : words ? words->second : otherwise) {
      if (name != "none")
        config_.known_hosts_files.push_back(words ? expanded(words->first, name) : name);
    }
  };
  if (!target_.settings.known_hosts_file.empty()) {
    config_.known_hosts_files = {target_.settings.known_hosts_file};
  } else {
    const std::string own = home_directory() + "/.ssh/known_hosts";
    add(user_known_hosts_, {own, own + "2"});
    add(global_known_hosts_, {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"});
  }
  for (const auto& [line, name] : identities_) {
    const std::string file = expanded(line, name);
    auto& files = config_.identity_files;
    if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  }
  if (!config_.has_identities) {
    for (const char* type : {"id_ed25519", "id_ecdsa", "id_rsa"})
      config_.identity_files.push_back(home_directory() + "/.ssh/" + type);
  }
  std::string agent = agent_ && !agent_->second.empty() ? agent_->second[0] : "SSH_AUTH_SOCK";
  if (agent == "none") return;
  if (agent == "SSH_AUTH_SOCK") agent = "$SSH_AUTH_SOCK";
  if (agent.starts_with('$') && !agent.starts_with("${")) {
    const char* path = std::getenv(agent.c_str() + 1);
    config_.agent = path != nullptr ? path : "";
  } else {
    config_.agent = expanded(agent_->first, agent);
  }
}

std::string Reader::expanded(const ConfigLine& line, const std::string& text) const {
  const ConfigNames names{target_.address, current_host(), config_.port == 0 ? 22 : config_.port,
                          target_.settings.user, config_.host_key_alias};
  std::string trouble;
  std::string out = expand_tokens(text, names, &trouble);
  if (!trouble.empty()) refuse(line, trouble + " cannot be expanded");
  return out;
}

}  // namespace

SshConfig read_ssh_config(const SshTarget& target) { return Reader(target).read(); }

}  // namespace transports
