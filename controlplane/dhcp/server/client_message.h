// SPDX-License-Identifier: BSD-3-Clause
// The options of a client's message that the server reads (RFC 2131 section 4.3, RFC 7618).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/port_parameters.h"
#include "controlplane/lease/lease.h"
#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/port_set.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

// The codes of option 55, in the client's order of preference.
class RequestList {
 public:
  RequestList() = default;
  explicit RequestList(Octets codes) : codes_(codes) {}
  [[nodiscard]] bool contains(std::uint8_t code) const;
  [[nodiscard]] Octets codes() const { return codes_; }

 private:
  Octets codes_;
};

// A view, as MessageView is.
struct ClientMessage {
  MessageView view;
  MessageType type;                        // one that comes from clients
  ClientId client;                         // of option 61, or of htype and chaddr
  std::optional<Octets> client_id_option;  // option 61, to be returned (RFC 6842)
  std::optional<Ipv4Address> requested;    // option 50
  std::optional<Ipv4Address> server;       // option 54
  std::optional<PortSet> ports;            // option 159
  RequestList asks_for;                    // option 55
  std::size_t max_message;                 // octets of a message that the client takes (option 57)

  // Reads the options of a parsed message. Errors: kDhcpOp, kDhcpMessageType; kDhcpForeignGiaddr and
  // kDhcpOption82Present for a message that another relay has handled; kDhcpOptions when one of the options
  // above is repeated or its value is not valid.
  static Result<ClientMessage, Outcome> read(const MessageView& view);

  [[nodiscard]] const Header& header() const { return view.header(); }
  // The port set that is asked for with an address; none asked for: the whole address.
  [[nodiscard]] PortSet ports_or_whole() const { return ports.value_or(PortSet{}); }
};

}  // namespace softwire::controlplane::dhcp
