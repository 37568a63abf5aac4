// SPDX-License-Identifier: BSD-3-Clause
// Input: a UDP payload that is parsed as a DHCPv4 message.
#include <cstddef>
#include <cstdint>

#include "controlplane/dhcp/codec/message.h"
#include "tests/fuzz/require.h"

using softwire::Outcome;
using softwire::controlplane::dhcp::MessageView;
using softwire::controlplane::dhcp::Octets;
using softwire::controlplane::dhcp::Option;
using softwire::fuzz::require;
namespace dhcp = softwire::controlplane::dhcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Octets octets(data, size);
  const auto message = MessageView::parse(octets);
  if (!message) {
    const Outcome outcome = message.error();
    require((outcome == Outcome::kDhcpTruncated) == (size < dhcp::kOptionsOffset));
    require(outcome == Outcome::kDhcpTruncated || outcome == Outcome::kDhcpCookie ||
            outcome == Outcome::kDhcpHardwareLength || outcome == Outcome::kDhcpOptions);
    return 0;
  }
  require(message->header().hlen <= 16);
  require(message->end_offset() < size && octets[message->end_offset()] == dhcp::option::kEnd);

  // Options are adjacent. Only pads are between them and after the last one.
  const std::uint8_t* at = data + dhcp::kOptionsOffset;
  const auto skip_pads_to = [&at](const std::uint8_t* next) {
    for (; at < next; ++at) require(*at == dhcp::option::kPad);
    require(at == next);
  };
  for (const Option option : message->options()) {
    skip_pads_to(option.octets().data());
    require(option.code() == at[0] && option.value().size() == at[1]);
    require(option.code() != dhcp::option::kPad && option.code() != dhcp::option::kEnd);
    at += 2 + option.value().size();
    const std::size_t count = message->count(option.code());
    require(count >= 1);
    const auto value = message->sole(option.code());
    require(value.has_value() == (count == 1));
    if (value) require(value->data() == option.value().data() && value->size() == option.value().size());
  }
  skip_pads_to(data + message->end_offset());

  const auto type = message->message_type();
  require(!type || message->sole(dhcp::option::kMessageType)->front() == static_cast<std::uint8_t>(*type));
  // Octets after End change nothing.
  const auto shortest = MessageView::parse(octets.first(message->end_offset() + 1));
  require(shortest.ok() && shortest->message_type() == type);
  return 0;
}
