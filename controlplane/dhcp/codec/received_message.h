// SPDX-License-Identifier: BSD-3-Clause
// A client's DHCPv4 message, parsed once where it arrives, and what its transport says about it. The relay,
// the server and the lease manager take it in this form.
#pragma once

#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "softwire/binding.h"

namespace softwire::controlplane::dhcp {

// Holds no octets of its own.
struct ReceivedMessage {
  MessageView message;
  Subscriber subscriber;  // the sender
  bool unicast = false;   // the destination was not 255.255.255.255
  // Whether the subscriber's end of the softwire may move on its link (RFC 8539). It may for DHCPv4 over
  // DHCPv6.
  bool may_move = false;
  std::optional<Binding> given = {};  // what a MAP rule gives the subscriber
};

}  // namespace softwire::controlplane::dhcp
