// Whether anything answers where an SSH session would be made. Invariant: nothing is sent beyond
// TCP's handshake.
#pragma once

#include <string>

#include "transports/ssh/ssh_session.hpp"

namespace transports {

enum class SshAnswer {
  listens,
  refuses,  // a machine has the address, and nobody listens there
  none      // within the connect time-out, or the network says that nobody has the address
};

struct SshProbe {
  SshAnswer answer = SshAnswer::none;
  std::string where;  // "192.0.2.12:22", as ~/.ssh/config has it
};

// Throws LinkFailure where that cannot be found out: a name that is not known, a jump host, no
// route from here.
SshProbe probe_ssh(const SshTarget& target);

}  // namespace transports
