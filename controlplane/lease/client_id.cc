// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/lease/client_id.h"

namespace softwire::controlplane {

ClientId client_id_of(const dhcp::MessageView& message) {
  ClientId id;
  if (const auto value = message.sole(dhcp::option::kClientIdentifier); value && !value->empty()) {
    id.push_back(0);
    id.insert(id.end(), value->begin(), value->end());
    return id;
  }
  const dhcp::Header& header = message.header();
  id = {1, header.htype};
  id.insert(id.end(), header.chaddr.begin(), header.chaddr.begin() + header.hlen);
  return id;
}

}  // namespace softwire::controlplane
