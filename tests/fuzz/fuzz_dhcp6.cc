// SPDX-License-Identifier: BSD-3-Clause
// Input: a DHCPv6 datagram of a client, a relay or a 4o6 server.
#include <cstddef>
#include <cstdint>

#include "controlplane/dhcp6/dhcpv4_over_dhcpv6.h"
#include "controlplane/dhcp6/information_server.h"
#include "tests/fuzz/require.h"

using namespace softwire::controlplane::dhcp6;
using softwire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets(data, size);
  if (const auto message = unwrap(octets, {})) {
    require(message->path.levels().size() <= RelayPath::kMaxLevels);
    const InformationServer server({});
    if (const auto reply = server.answer(*message, [](const Requester&) { return Provision(); })) {
      require(MessageView::parse(*reply).ok());
    }
    if (const auto query = open_query(*message)) {
      if (const auto reply = answer_query(query->origin, query->dhcpv4, {}, {})) {
        require(MessageView::parse(*reply).ok());
      }
    }
  }
  if (const auto response = open_response(octets)) require(response->dhcpv4.size() < size);
  return 0;
}
