// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/punt/relayed_client.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "softwire/mix.h"

namespace softwire::dataplane {

namespace {

// RFC 8415 section 9: type, hop count, link address, peer address; then options.
constexpr std::uint32_t kLinkAddress = 2;
constexpr std::uint32_t kPeerAddress = 18;
constexpr std::uint32_t kOptions = 34;
constexpr std::uint8_t kRelayForward = 12;  // RFC 8415 section 7.3
constexpr std::uint16_t kRelayMessage = 9;  // RFC 8415 section 21.10
constexpr unsigned kMostRelays = 8;         // HOP_COUNT_LIMIT, RFC 8415 section 7.6
constexpr unsigned kMostOptions = 16;       // that are looked at in each message

std::optional<std::uint64_t> read(const Mbuf& packet, std::uint32_t offset, std::size_t octets) {
  std::array<std::uint8_t, 8> bytes{};
  if (!copy_out(packet, offset, std::span(bytes).first(octets))) return std::nullopt;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : std::span(bytes).first(octets)) value = value << 8 | byte;
  return value;
}

std::optional<Ipv6Address> read_address(const Mbuf& packet, std::uint32_t offset) {
  Ipv6Address::Octets octets;
  if (!copy_out(packet, offset, octets)) return std::nullopt;
  return Ipv6Address(octets);
}

// Returns the identity that a Relay-forward message gives its client. Returns nullopt when it is none.
std::optional<Ipv6Address> client_of(const Mbuf& packet, std::uint32_t offset) {
  if (read(packet, offset, 1) != kRelayForward) return std::nullopt;
  const auto link = read_address(packet, offset + kLinkAddress);
  const auto peer = read_address(packet, offset + kPeerAddress);
  if (!link || !peer) return std::nullopt;
  return Ipv6Address::from_host(mix64(mix64(mix64(link->high()) ^ link->low()) ^ peer->high()), peer->low());
}

// Returns where the message starts that a Relay-forward message contains. Returns nullopt when there is none.
std::optional<std::uint32_t> inner_message(const Mbuf& packet, std::uint32_t offset) {
  offset += kOptions;
  for (unsigned i = 0; i < kMostOptions; ++i) {
    const auto option = read(packet, offset, 4);
    if (!option) return std::nullopt;
    offset += 4;
    if (*option >> 16 == kRelayMessage) return offset;
    offset += static_cast<std::uint16_t>(*option);
  }
  return std::nullopt;
}

}  // namespace

[[gnu::cold, gnu::noinline]] Ipv6Address relayed_client(const Mbuf& packet, std::uint32_t offset,
                                                        const Ipv6Address& relay) {
  Ipv6Address client = relay;
  std::optional<std::uint32_t> at = offset;
  for (unsigned i = 0; at && i < kMostRelays; ++i) {
    const auto found = client_of(packet, *at);
    if (!found) break;
    client = *found;
    at = inner_message(packet, *at);
  }
  return client;
}

}  // namespace softwire::dataplane
