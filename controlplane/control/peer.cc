// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/peer.h"

#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace softwire::controlplane {

Result<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return Error{std::string("SO_PEERCRED: ") + std::strerror(errno)};
  }
  Peer peer{credentials.uid, credentials.pid, {}};
  peer.groups.resize(64);
  for (;;) {
    length = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &length) == 0) break;
    if (errno != ERANGE) return Error{std::string("SO_PEERGROUPS: ") + std::strerror(errno)};
    peer.groups.resize(length / sizeof(gid_t));
  }
  peer.groups.resize(length / sizeof(gid_t));
  peer.groups.push_back(credentials.gid);
  return peer;
}

std::optional<gid_t> find_group(const std::string& name) {
  std::vector<char> buffer(4096);
  group entry{};
  group* found = nullptr;
  while (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(2 * buffer.size());
  }
  return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

bool AccessRules::is_root(const Peer& peer) {
  return peer.uid == 0 || peer.uid == geteuid();
}

std::optional<RpcAccess> AccessRules::access_of(const Peer& peer) const {
  const auto is_in = [&peer](const std::optional<gid_t>& wanted) {
    return wanted && std::ranges::find(peer.groups, *wanted) != peer.groups.end();
  };
  if (is_root(peer) || is_in(group)) return RpcAccess::kWrite;
  return is_in(read_group) ? std::optional(RpcAccess::kRead) : std::nullopt;
}

}  // namespace softwire::controlplane
