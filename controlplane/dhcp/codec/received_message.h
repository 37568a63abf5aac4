// SPDX-License-Identifier: BSD-3-Clause
// A client's DHCPv4 message, and what its transport tells about it. The service parses it once; the relay,
// the server and the lease manager take it in this form.
#pragma once

#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/codec/subscriber.h"
#include "softwire/binding.h"
#include "softwire/source_kind.h"

namespace softwire::controlplane::dhcp {

// A view: the octets must outlive it.
struct ReceivedMessage {
  MessageView message;
  Subscriber subscriber;  // the sender
  bool unicast = false;   // the destination was not 255.255.255.255
  // Whether the subscriber's end of the softwire may move on its link (RFC 8539). True for DHCPv4 over
  // DHCPv6.
  bool may_move = false;
  std::optional<Binding> given = {};  // the subscriber's binding by a MAP rule
  Source source = {};                 // the sender, as limits count it
};

}  // namespace softwire::controlplane::dhcp
