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

// A view: the octets of the message must outlive it.
struct ClientMessage {
  MessageView view;
  MessageType type;                        // one that clients send
  ClientId client;                         // from option 61, or from htype and chaddr
  std::optional<Octets> client_id_option;  // option 61, which the answer repeats (RFC 6842)
  std::optional<Ipv4Address> requested;    // option 50
  std::optional<Ipv4Address> server;       // option 54
  std::optional<PortSet> ports;            // option 159
  RequestList asks_for;                    // option 55
  std::size_t max_message;                 // the longest message that the client takes, in octets (option 57)

  // Reads the options of a parsed message. Errors: kDhcpOp, kDhcpMessageType; kDhcpForeignGiaddr and
  // kDhcpOption82Present for a message that another relay has handled; kDhcpOptions when one of the options
  // above is repeated or its value is not valid.
  static Result<ClientMessage, Outcome> read(const MessageView& view);

  [[nodiscard]] const Header& header() const { return view.header(); }
  // Returns the requested port set, or the whole address when the client requests none.
  [[nodiscard]] PortSet ports_or_whole() const { return ports.value_or(PortSet{}); }
};

}  // namespace softwire::controlplane::dhcp
