// SPDX-License-Identifier: BSD-3-Clause
// Describes a packet, and its entries in the table, in words for each stage. The facts are from the parser
// and the table that the engine uses.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/packet/parse.h"
#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"

namespace softwire::controlplane {

// A frame that arrived on `side`, and the result of the parser.
struct ParsedFrame {
  ParsedFrame(const dataplane::Policy& frame_policy, Side frame_side, std::span<const std::uint8_t> frame);

  const dataplane::Policy& policy;
  Side side;
  std::span<const std::uint8_t> octets;
  dataplane::ParsedPacket packet;
  dataplane::ParseStatus status;

  // Returns whether there is an IPv4 packet, in a softwire or not. Then `packet` is complete.
  [[nodiscard]] bool has_ipv4() const { return status == dataplane::ParseStatus::kOk; }
  // Returns whether there is an IPv6 header.
  [[nodiscard]] bool has_ipv6() const;
  [[nodiscard]] bool is_fragment() const;
  // Returns whether it is a fragment of an IPv6 packet that is not a softwire packet. Such a fragment may
  // also wait for the others.
  [[nodiscard]] bool is_other_fragment() const;
};

std::string describe_frame(const ParsedFrame& frame);
std::string describe_headers(const ParsedFrame& frame);
std::string describe_fragment(const ParsedFrame& frame);
std::string describe_source(const ParsedFrame& frame, const dataplane::BindingTable& table);
std::string describe_destination(const ParsedFrame& frame, const dataplane::BindingTable& table);
std::string describe_size(const ParsedFrame& frame);

}  // namespace softwire::controlplane
