// SPDX-License-Identifier: BSD-3-Clause
// Builds a server's answer (RFC 2131 section 4.3.1, table 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/dhcp/server/client_message.h"
#include "softwire/address.h"

namespace softwire::controlplane::dhcp {

class ReplyBuilder {
 public:
  // The lowest limit of an answer, in octets. The mandatory options and the longest client identifier fit.
  static constexpr std::size_t kMinReplyLimit = 548;

  // Starts an answer of a type that servers send. It contains the client's identifier, if there is one (RFC
  // 6842 section 3). `most`: the limit in octets. Requires: it is at least kMinReplyLimit.
  void start(const ClientMessage& to, MessageType type, Ipv4Address server, std::size_t most);
  void set_ciaddr(Ipv4Address address) { header().ciaddr = address; }
  void set_yiaddr(Ipv4Address address) { header().yiaddr = address; }
  // Appends an option. Returns false when the answer has no room for it.
  bool add(std::uint8_t code, Octets value);
  bool add(std::uint8_t code, std::uint32_t value);
  // Returns the answer, padded to kMinMessageBytes. It is valid until the next start().
  Octets finish();
  // Returns the offset at which DHCPv4 over DHCPv6 may insert option 109 into the finished message, or
  // nullopt. The function in softwire_source.h does the same for a received message.
  [[nodiscard]] std::optional<std::size_t> softwire_source_offset() const {
    return takes_softwire_source_ ? std::optional(end_offset_) : std::nullopt;
  }

  [[nodiscard]] const Header& header() const { return *reinterpret_cast<const Header*>(out_.data()); }

 private:
  Header& header() { return *reinterpret_cast<Header*>(out_.data()); }

  std::vector<std::uint8_t> out_;
  std::size_t most_ = 0;
  std::size_t end_offset_ = 0;
  bool takes_softwire_source_ = false;
};

}  // namespace softwire::controlplane::dhcp
