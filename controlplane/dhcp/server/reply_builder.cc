// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/reply_builder.h"

#include <array>
#include <bit>
#include <cassert>

namespace softwire::controlplane::dhcp {

void ReplyBuilder::start(const ClientMessage& to, MessageType type, Ipv4Address server, std::size_t most) {
  assert(most >= kMinReplyLimit);
  most_ = most;
  takes_softwire_source_ = type == MessageType::kAck;
  Header header;
  header.op = Header::kBootReply;
  header.htype = to.header().htype;
  header.hlen = to.header().hlen;
  header.xid = to.header().xid;
  header.flags = to.header().flags;
  header.chaddr = to.header().chaddr;
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(&header);
  out_.assign(octets, octets + sizeof(header));
  out_.insert(out_.end(), kCookie.begin(), kCookie.end());
  const auto type_octet = static_cast<std::uint8_t>(type);
  add(option::kMessageType, {&type_octet, 1});
  add(option::kServerIdentifier, server.host());
  if (to.client_id_option) add(option::kClientIdentifier, *to.client_id_option);
}

bool ReplyBuilder::add(std::uint8_t code, Octets value) {
  constexpr std::size_t kEndBytes = 1;
  if (out_.size() + 2 + value.size() + kEndBytes > most_) return false;
  if (code == option::kSoftwireSource || code == option::kAuthentication) takes_softwire_source_ = false;
  out_.push_back(code);
  out_.push_back(static_cast<std::uint8_t>(value.size()));
  out_.insert(out_.end(), value.begin(), value.end());
  return true;
}

bool ReplyBuilder::add(std::uint8_t code, std::uint32_t value) {
  return add(code, std::bit_cast<std::array<std::uint8_t, 4>>(be32(value)));
}

Octets ReplyBuilder::finish() {
  end_offset_ = out_.size();
  out_.push_back(option::kEnd);
  if (out_.size() < kMinMessageBytes) out_.resize(kMinMessageBytes, option::kPad);
  return out_;
}

}  // namespace softwire::controlplane::dhcp
