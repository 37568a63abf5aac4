// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/relayed_client.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "softwire/keyed_identity.h"

namespace softwire::dataplane {

namespace {

// RFC 8415 section 9: type, hop count, link address, peer address; then options.
constexpr std::uint32_t kLinkAddress = 2;
constexpr std::uint32_t kPeerAddress = 18;
constexpr std::uint32_t kOptions = 34;
constexpr std::uint8_t kRelayForward = 12;  // RFC 8415 section 7.3
constexpr std::uint16_t kRelayMessage = 9;  // RFC 8415 section 21.10
constexpr std::uint16_t kInterfaceId = 18;  // RFC 8415 section 21.18
constexpr std::uint16_t kRemoteId = 37;     // RFC 4649 section 3
constexpr unsigned kMostRelays = 8;         // HOP_COUNT_LIMIT, RFC 8415 section 7.6
constexpr unsigned kMostOptions = 16;       // that are looked at in each message
constexpr std::size_t kMostIdBytes = 64;    // that are looked at in an identifier

struct Field {
  std::uint32_t offset = 0;
  std::uint16_t length = 0;
};

// A Relay-forward message. The fields are those of the first option of each kind.
struct Level {
  Ipv6Address link;
  Ipv6Address peer;
  std::optional<Field> inner = {};
  std::optional<Field> interface_id = {};
  std::optional<Field> remote_id = {};
};

std::optional<Ipv6Address> read_address(const Mbuf& packet, std::uint32_t offset) {
  Ipv6Address::Octets octets;
  if (!copy_out(packet, offset, octets)) return std::nullopt;
  return Ipv6Address(octets);
}

bool is_relay_forward(const Mbuf& packet, std::uint32_t offset) {
  std::array<std::uint8_t, 1> type{};
  return copy_out(packet, offset, type) && type[0] == kRelayForward;
}

// Returns the message at the offset. Returns nullopt when it is no Relay-forward message.
std::optional<Level> read_level(const Mbuf& packet, std::uint32_t offset) {
  if (!is_relay_forward(packet, offset)) return std::nullopt;
  const auto link = read_address(packet, offset + kLinkAddress);
  const auto peer = read_address(packet, offset + kPeerAddress);
  if (!link || !peer) return std::nullopt;
  Level level{.link = *link, .peer = *peer};
  offset += kOptions;
  std::array<std::uint8_t, 4> option{};
  for (unsigned i = 0; i < kMostOptions && copy_out(packet, offset, option); ++i) {
    const auto code = static_cast<std::uint16_t>(option[0] << 8 | option[1]);
    const auto length = static_cast<std::uint16_t>(option[2] << 8 | option[3]);
    offset += option.size();
    std::optional<Field>* const field = code == kRelayMessage  ? &level.inner
                                        : code == kInterfaceId ? &level.interface_id
                                        : code == kRemoteId    ? &level.remote_id
                                                               : nullptr;
    if (field != nullptr && !*field) *field = Field{offset, length};
    offset += length;
  }
  return level;
}

void add_field(KeyedIdentity& identity, const Mbuf& packet, const std::optional<Field>& field) {
  identity.add(field ? std::uint64_t{field->length} + 1 : 0);
  if (!field) return;
  std::array<std::uint8_t, kMostIdBytes> octets{};
  const auto some = std::span(octets).first(std::min<std::size_t>(field->length, octets.size()));
  if (copy_out(packet, field->offset, some)) identity.add(some);
}

}  // namespace

[[gnu::cold, gnu::noinline]] RelayedClient relayed_client(const Mbuf& packet, std::uint32_t offset,
                                                          const Ipv6Address& relay, const BindingTable& table,
                                                          std::uint8_t mask, std::uint64_t key) {
  KeyedIdentity identity(key);
  identity.add(relay);
  RelayedClient found{identity.address(), identity.address()};
  for (unsigned i = 0; i < kMostRelays; ++i) {
    const auto level = read_level(packet, offset);
    if (!level) break;
    identity.add(level->link);
    add_field(identity, packet, level->interface_id);
    add_field(identity, packet, level->remote_id);
    const bool names_link = level->interface_id || level->remote_id;
    if (i == 0) found.link = identity.address();
    if (!level->remote_id) {
      const Ipv6Prefix peer = table.source_of(level->peer, mask).prefix;
      identity.add(peer.address);
      identity.add(std::uint64_t{peer.length});
    }
    const bool is_nested = level->inner && is_relay_forward(packet, level->inner->offset);
    if (i == 0 && is_nested && !names_link) found.link = identity.address();
    found.client = identity.address();
    if (!level->inner) break;
    offset = level->inner->offset;
  }
  return found;
}

}  // namespace softwire::dataplane
