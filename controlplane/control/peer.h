// SPDX-License-Identifier: BSD-3-Clause
// Who is at the other end of a UNIX socket, and what that one may do.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/control/method.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// As the kernel has it from the moment of the connection (unix(7), SO_PEERCRED and SO_PEERGROUPS).
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // its own and the supplementary ones
};
Result<Peer> peer_of(int socket);

// The number of a group; not set: there is none of the name.
std::optional<gid_t> find_group(const std::string& name);

// Root and the user that this process runs as may write, and so may members of `group`; members of
// `read_group` may read; nobody else may do anything.
struct AccessRules {
  std::optional<gid_t> group;
  std::optional<gid_t> read_group;

  [[nodiscard]] std::optional<RpcAccess> access_of(const Peer& peer) const;
};

}  // namespace softwire::controlplane
