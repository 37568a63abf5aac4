// SPDX-License-Identifier: BSD-3-Clause
// Identifies the process at the other end of a UNIX socket, and decides which access it has.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/control/method.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// The peer's credentials, as the kernel recorded them when it connected (unix(7), SO_PEERCRED and
// SO_PEERGROUPS).
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  // its primary and supplementary groups
};
Result<Peer> peer_of(int socket);

// Returns the number of a group, or nullopt when no group has this name.
std::optional<gid_t> find_group(const std::string& name);

// Root, the user that this process runs as, and the members of `group` may write. The members of `read_group`
// may read. Nobody else has access.
struct AccessRules {
  std::optional<gid_t> group;
  std::optional<gid_t> read_group;

  [[nodiscard]] std::optional<RpcAccess> access_of(const Peer& peer) const;
  // Returns whether the peer is root or the user that this process runs as.
  [[nodiscard]] static bool is_root(const Peer& peer);
};

}  // namespace softwire::controlplane
