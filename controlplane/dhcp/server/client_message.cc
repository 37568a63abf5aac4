// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/client_message.h"

#include <algorithm>
#include <utility>

#include "controlplane/dhcp/codec/endpoints.h"
#include "controlplane/lease/client_id.h"

namespace softwire::controlplane::dhcp {
namespace {

constexpr std::size_t kIpAndUdpBytes = 28;
constexpr std::size_t kMinDatagram = 576;  // of IPv4; every client takes it (RFC 2131 section 2)

std::uint16_t read_be16(Octets octets) {
  return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

std::optional<Ipv4Address> read_address(Octets value) {
  if (value.size() != 4) return std::nullopt;
  return Ipv4Address(value[0], value[1], value[2], value[3]);
}

// Reads an option into `slot`; without the option, `slot` is empty. Returns false when the option is
// repeated, or when `read` rejects its value.
template <typename T, typename Read>
bool read_option(const MessageView& view, std::uint8_t code, std::optional<T>& slot, Read read) {
  const std::size_t count = view.count(code);
  if (count == 0) return true;
  if (count > 1) return false;
  slot = read(*view.sole(code));
  return slot.has_value();
}

// Returns the longest message that the client takes, in octets. Ignores an option 57 below the minimum (RFC
// 2132 section 9.10).
std::size_t read_max_message(const MessageView& view) {
  const auto size = view.sole(option::kMaximumMessageSize);
  const std::size_t datagram = size && size->size() == 2 ? read_be16(*size) : 0;
  return std::max(datagram, kMinDatagram) - kIpAndUdpBytes;
}

}  // namespace

bool RequestList::contains(std::uint8_t code) const {
  return std::ranges::find(codes_, code) != codes_.end();
}

Result<ClientMessage, Outcome> ClientMessage::read(const MessageView& view) {
  const Header& header = view.header();
  if (header.op != Header::kBootRequest) return Outcome::kDhcpOp;
  const auto type = view.message_type();
  if (!type || !comes_from_clients(*type)) return Outcome::kDhcpMessageType;
  if (!header.giaddr.is_unspecified()) return Outcome::kDhcpForeignGiaddr;
  if (view.count(option::kRelayAgentInformation) != 0) return Outcome::kDhcpOption82Present;

  ClientMessage message{view, *type, client_id_of(view), {}, {}, {}, {}, {}, read_max_message(view)};
  const auto whole_value = [](Octets value) { return value.empty() ? std::nullopt : std::optional(value); };
  std::optional<Octets> list;
  if (!read_option(view, option::kClientIdentifier, message.client_id_option, whole_value) ||
      !read_option(view, option::kRequestedAddress, message.requested, read_address) ||
      !read_option(view, option::kServerIdentifier, message.server, read_address) ||
      !read_option(view, option::kPortParameters, message.ports, read_port_parameters) ||
      !read_option(view, option::kParameterRequestList, list, whole_value)) {
    return Outcome::kDhcpOptions;
  }
  if (list) message.asks_for = RequestList(*list);
  return message;
}

}  // namespace softwire::controlplane::dhcp
