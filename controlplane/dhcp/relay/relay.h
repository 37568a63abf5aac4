// SPDX-License-Identifier: BSD-3-Clause
// The DHCPv4 relay of the hub (RFC 1542 section 4, RFC 3046, RFC 5107, draft-ietf-dhc-v4configuration-06
// section 5.1). It handles messages; the caller handles packets. It keeps no state of an exchange: option 82
// of the answer names the subscriber. The control thread owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/message_statistics.h"
#include "controlplane/dhcp/codec/option82.h"
#include "controlplane/dhcp/codec/received_message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "controlplane/dhcp/relay/relay_options.h"
#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/port_set.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

// Octets that it returns are valid until the next call with a message.
class Relay {
 public:
  // Requires: is_client_suboption(options.client_suboption).
  explicit Relay(RelayOptions options);
  // Replaces the options. An exchange that has begun continues if the new options allow it.
  void configure(RelayOptions options);

  struct ToServers {
    Outcome outcome;  // kDhcpRelayed, or the reason of the drop
    // To port 67 of every server, from port 67 of the relay's address. Empty when the message is not relayed,
    // or when all servers are DHCPv4-over-DHCPv6 servers.
    Octets message;
  };
  // Relays a client's message. Requires: the subscriber may use DHCP, and owns the IPv4 source address and
  // ciaddr, unless they are 0.0.0.0. Calls `reserve` last, when nothing else forbids the message: it takes
  // what the message needs, or returns why it cannot; the message is then not relayed. It may be empty.
  ToServers from_client(const ReceivedMessage& received,
                        const std::function<std::optional<Outcome>()>& reserve = {});
  // Returns the message that from_client() relayed last, for this server.
  Octets message_for(Ipv4Address server);
  // Returns the message that from_client() relayed last, for a DHCPv4-over-DHCPv6 server. It has no giaddr
  // and no option 82, because the DHCPv6 message names the subscriber (RFC 9928).
  Octets message_for(const Dhcp4o6Server& server);

  struct ToClient {
    Outcome outcome;          // kDhcpDelivered, or the reason of the drop; then the rest is empty
    Subscriber subscriber;    // the softwire that carries the message
    Ipv4Address destination;  // at port 68; the source is port 67 of the relay's address
    Octets message;
    // The offset at which DHCPv4 over DHCPv6 may insert option 109; see softwire_source_offset().
    std::optional<std::size_t> softwire_source_offset = {};
  };
  // Returns whether the relay accepts messages of this server: over IPv4 from this port, or over DHCPv6.
  [[nodiscard]] bool takes_from(Ipv4Address server, Port port) const;
  [[nodiscard]] bool takes_from(const Ipv6Address& dhcp4o6_server) const;
  // Relays a server's message to port 67 of the relay's address. Requires: takes_from(server, port). The
  // caller then checks that the subscriber may use DHCP.
  ToClient from_server(const MessageView& message, Ipv4Address server);
  // Relays a message of a DHCPv4-over-DHCPv6 server. `subscriber`: the one that the DHCPv6 message names.
  // Requires: takes_from(server).
  ToClient from_dhcp4o6_server(const MessageView& message, const Ipv6Address& server,
                               const Subscriber& subscriber);
  // Relays a server's message to port 68 of a client's address: an ACK that answers an INFORM, or a
  // FORCERENEW (RFC 3203). `subscriber`: that of the client.
  ToClient from_server_to_client(const MessageView& message, Ipv4Address server,
                                 const Subscriber& subscriber);

  [[nodiscard]] const MessageStatistics& statistics() const { return statistics_; }

 private:
  [[nodiscard]] bool is_ours(const Ipv6Address& br) const;
  [[nodiscard]] Option82Builder agent_information(const ReceivedMessage& received) const;
  [[nodiscard]] std::optional<Ipv6Address> client_address(const Option82View& option82) const;
  // Returns the subscriber that the option 82 of an answer names. Errors: kDhcpOption82, kDhcpClientAddress,
  // kDhcpBrAddress.
  [[nodiscard]] Result<Subscriber, Outcome> find_subscriber(Octets option82) const;
  // Counts a server's message. Returns nullopt, or the reason of the drop when servers do not send such
  // messages.
  [[nodiscard]] std::optional<Outcome> count_reply(const MessageView& message, const ServerAddress& server);
  // Completes the message in out_ for the subscriber, and rewrites option 54 when the options say so.
  // `message`: the message of the server. `removed`: the octets of it that out_ lacks.
  [[nodiscard]] ToClient deliver(const MessageView& message, Octets removed, const Subscriber& subscriber);
  // Returns the offset of the value of option 54 in the message, or nullopt when it must not be rewritten.
  [[nodiscard]] std::optional<std::size_t> rewritable_identifier(const MessageView& message) const;

  RelayOptions options_;
  MessageStatistics statistics_;
  std::vector<std::uint8_t> out_;
  std::vector<std::uint8_t> plain_;  // the message for DHCPv4-over-DHCPv6 servers
  // Offset in the last relayed message of the value of option 54, if that is the relay's own address and may
  // be rewritten; else 0.
  std::size_t server_identifier_ = 0;
};

}  // namespace softwire::controlplane::dhcp
