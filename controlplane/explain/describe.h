// SPDX-License-Identifier: BSD-3-Clause
// What a packet is and what the table knows of it, in words, stage by stage. Facts are those of the parser
// and the table that the engine itself goes by.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/packet/parse.h"
#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"

namespace softwire::controlplane {

// A frame that came in on `side`, and what the parser makes of it.
struct ParsedFrame {
  ParsedFrame(const dataplane::Policy& frame_policy, Side frame_side, std::span<const std::uint8_t> frame);

  const dataplane::Policy& policy;
  Side side;
  std::span<const std::uint8_t> octets;
  dataplane::ParsedPacket packet;
  dataplane::ParseStatus status;

  // An IPv4 packet, be it in a softwire, has been found; of what it is, `packet` says everything.
  [[nodiscard]] bool has_ipv4() const { return status == dataplane::ParseStatus::kOk; }
  // An IPv6 header has.
  [[nodiscard]] bool has_ipv6() const;
  [[nodiscard]] bool is_fragment() const;
  // A fragment of an IPv6 packet that is no softwire's; it may have to wait for the others nevertheless.
  [[nodiscard]] bool is_other_fragment() const;
};

std::string describe_frame(const ParsedFrame& frame);
std::string describe_headers(const ParsedFrame& frame);
std::string describe_fragment(const ParsedFrame& frame);
std::string describe_source(const ParsedFrame& frame, const dataplane::BindingTable& table);
std::string describe_destination(const ParsedFrame& frame, const dataplane::BindingTable& table);
std::string describe_size(const ParsedFrame& frame);

}  // namespace softwire::controlplane
