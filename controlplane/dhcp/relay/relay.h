// SPDX-License-Identifier: BSD-3-Clause
// The DHCPv4 relay of the hub (RFC 1542 section 4, RFC 3046, RFC 5107,
// draft-ietf-dhc-v4configuration-06 5.1). It knows messages and their senders, but not how they travel. It is
// stateless: the option 82 that a server returns names the subscriber of the answer.
#pragma once

#include <cstddef>
#include <cstdint>
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

// The octets that it returns are valid until its next message.
class Relay {
 public:
  // Requires: is_client_suboption(options.client_suboption).
  explicit Relay(RelayOptions options);
  // Takes other options. Exchanges that have begun go on, as far as the new options allow.
  void configure(RelayOptions options);

  struct ToServers {
    Outcome outcome;  // kDhcpRelayed, or why not
    // To port 67 of every server, from port 67 of the relay's address. Empty unless relayed, and where there
    // are DHCPv4-over-DHCPv6 servers alone.
    Octets message;
  };
  // Relays a client's message. Requires: the subscriber may use DHCP, and owns the IPv4 source and ciaddr.
  ToServers from_client(const ReceivedMessage& received);
  // Returns the message that from_client() relayed last, as this server gets it.
  Octets message_for(Ipv4Address server);
  // Returns the message that from_client() relayed last, for a DHCPv4-over-DHCPv6 server. The message is as
  // it came: DHCPv6 names the subscriber (RFC 9928).
  Octets message_for(const Dhcp4o6Server& server);

  struct ToClient {
    Outcome outcome;          // kDhcpDelivered, or why not; the rest is empty unless delivered
    Subscriber subscriber;    // the softwire to send it into
    Ipv4Address destination;  // IPv4, port 68; from port 67 of the relay's address
    Octets message;
    // Where DHCPv4 over DHCPv6 may put option 109 into the message; see softwire_source_offset().
    std::optional<std::size_t> softwire_source_offset = {};
  };
  // Returns whether the relay takes messages of this server, by IPv4 from this port or over DHCPv6.
  [[nodiscard]] bool takes_from(Ipv4Address server, Port port) const;
  [[nodiscard]] bool takes_from(const Ipv6Address& dhcp4o6_server) const;
  // Relays a server's message to port 67 of the relay's address. Requires: takes_from(server, port). The
  // caller checks the subscriber, as for from_client().
  ToClient from_server(const MessageView& message, Ipv4Address server);
  // Relays a message of a DHCPv4-over-DHCPv6 server. `subscriber`: as the DHCPv6 message names it. Requires:
  // takes_from(server).
  ToClient from_dhcp4o6_server(const MessageView& message, const Ipv6Address& server,
                               const Subscriber& subscriber);
  // Relays a server's message to port 68 of a client's address: an ACK that answers an INFORM, or a
  // FORCERENEW (RFC 3203). `subscriber`: the client's.
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
  // Counts a server's message. Returns why it is not one that servers send.
  [[nodiscard]] std::optional<Outcome> count_reply(const MessageView& message, const ServerAddress& server);
  // Returns what is in out_ for the subscriber, with the relay's own option 54 where it is rewritten.
  // `message`: as the server sent it; the octets of `removed` are not in out_.
  [[nodiscard]] ToClient deliver(const MessageView& message, Octets removed, const Subscriber& subscriber);
  // Returns the offset of the value of option 54 in the message, or nullopt when it must not be rewritten.
  [[nodiscard]] std::optional<std::size_t> rewritable_identifier(const MessageView& message) const;

  RelayOptions options_;
  MessageStatistics statistics_;
  std::vector<std::uint8_t> out_;
  std::vector<std::uint8_t> plain_;  // the message for DHCPv4-over-DHCPv6 servers
  // Offset of an option 54 with the relay's own address in the message that was relayed last; 0: none.
  std::size_t server_identifier_ = 0;
};

}  // namespace softwire::controlplane::dhcp
