// SPDX-License-Identifier: BSD-3-Clause
// Parses DHCPv6 messages, as views of the octets of a UDP payload, and builds them (RFC 8415 sections 8, 9
// and 21.1; RFC 7341 section 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "softwire/address.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp6 {

using Octets = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint16_t kClientPort = 546;        // RFC 8415 section 7.2
inline constexpr std::uint16_t kServerPort = 547;        // also the relay's
inline constexpr std::size_t kHeaderBytes = 4;           // type, and transaction id or flags
inline constexpr std::size_t kRelayHeaderBytes = 34;     // type, hop-count, link-address, peer-address
inline constexpr std::size_t kMaxMessageBytes = 65527;   // UDP over IPv6 without jumbograms
inline constexpr std::uint32_t kUnicastFlag = 0x800000;  // U of a DHCPV4-QUERY (RFC 7341 section 6.2)

namespace option {
inline constexpr std::uint16_t kClientId = 1;  // RFC 8415 section 21
inline constexpr std::uint16_t kServerId = 2;
inline constexpr std::uint16_t kIaNa = 3;
inline constexpr std::uint16_t kIaTa = 4;
inline constexpr std::uint16_t kRequest = 6;
inline constexpr std::uint16_t kRelayMessage = 9;
inline constexpr std::uint16_t kInterfaceId = 18;
inline constexpr std::uint16_t kDnsServers = 23;  // RFC 3646
inline constexpr std::uint16_t kIaPd = 25;
inline constexpr std::uint16_t kInformationRefreshTime = 32;
inline constexpr std::uint16_t kDhcpv4Message = 87;       // RFC 7341
inline constexpr std::uint16_t kDhcp4oDhcp6Servers = 88;  // RFC 7341
inline constexpr std::uint16_t kS46Rule = 89;             // RFC 7598
inline constexpr std::uint16_t kS46Br = 90;
inline constexpr std::uint16_t kS46Dmr = 91;
inline constexpr std::uint16_t kS46V4V6Bind = 92;
inline constexpr std::uint16_t kS46PortParams = 93;
inline constexpr std::uint16_t kS46ContMapE = 94;
inline constexpr std::uint16_t kS46ContMapT = 95;
inline constexpr std::uint16_t kS46ContLw = 96;
inline constexpr std::uint16_t kS46Priority = 111;        // RFC 8026
inline constexpr std::uint16_t kRemoteId = 37;            // RFC 4649
inline constexpr std::uint16_t kRelaySourcePort = 135;    // RFC 8357
inline constexpr std::uint16_t kS46BindIpv6Prefix = 137;  // RFC 8539
}  // namespace option

enum class MessageType : std::uint8_t {  // RFC 8415 section 7.3, RFC 7341 section 6
  kReply = 7,
  kInformationRequest = 11,
  kRelayForward = 12,
  kRelayReply = 13,
  kDhcpv4Query = 20,
  kDhcpv4Response = 21,
};

// Returns whether the octets begin like a RELAY-FORW.
inline bool is_relay_forward(Octets octets) {
  return !octets.empty() && octets[0] == static_cast<std::uint8_t>(MessageType::kRelayForward);
}

// One option: code and value.
struct Option {
  std::uint16_t code = 0;
  Octets value;
};

// A list of options. A view: the octets must outlive it.
class OptionsView {
 public:
  class Iterator {
   public:
    explicit Iterator(Octets left) : left_(left) {}
    Option operator*() const;
    Iterator& operator++();
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_.size() == b.left_.size(); }

   private:
    Octets left_;
  };

  OptionsView() = default;
  // Returns nullopt when an option runs past the octets.
  static std::optional<OptionsView> parse(Octets octets);

  [[nodiscard]] Iterator begin() const { return Iterator(octets_); }
  [[nodiscard]] Iterator end() const { return Iterator(octets_.last(0)); }
  [[nodiscard]] std::size_t count(std::uint16_t code) const;
  // Returns the value of an option that is present exactly once, else nullopt.
  [[nodiscard]] std::optional<Octets> sole(std::uint16_t code) const;

 private:
  explicit OptionsView(Octets checked) : octets_(checked) {}
  Octets octets_;
};

// A well-formed message of any type. A view: the octets must outlive it.
class MessageView {
 public:
  // Parses a UDP payload. Error kDhcp6Malformed: it is shorter than the header of its type, or an option runs
  // past the end.
  static Result<MessageView, Outcome> parse(Octets octets);

  [[nodiscard]] Octets octets() const { return octets_; }
  [[nodiscard]] MessageType type() const { return static_cast<MessageType>(octets_[0]); }
  [[nodiscard]] bool is_relay() const;  // RELAY-FORW or RELAY-REPL
  [[nodiscard]] const OptionsView& options() const { return options_; }
  // Returns the 24 bits after the type, in host order: transaction id (RFC 8415 section 8) or flags (RFC 7341
  // section 6). Requires: !is_relay().
  [[nodiscard]] std::uint32_t transaction_id() const;
  [[nodiscard]] std::uint32_t flags() const { return transaction_id(); }
  // Fields of relay messages (RFC 8415 section 9). Requires: is_relay().
  [[nodiscard]] std::uint8_t hop_count() const { return octets_[1]; }
  [[nodiscard]] Ipv6Address link_address() const;
  [[nodiscard]] Ipv6Address peer_address() const;

 private:
  MessageView(Octets octets, const OptionsView& options) : octets_(octets), options_(options) {}
  Octets octets_;
  OptionsView options_;
};

// Builds a message, or the options inside an option. The options are in the order of the calls of add().
class Builder {
 public:
  Builder() = default;  // options only
  // `transaction_id`: the 24 bits after the type, in host order. For types 20 and 21 they are the flags.
  Builder(MessageType type, std::uint32_t transaction_id);
  // A relay message.
  Builder(MessageType type, std::uint8_t hop_count, const Ipv6Address& link, const Ipv6Address& peer);

  // Adds an option. Returns false and adds nothing when the message would exceed kMaxMessageBytes.
  bool add(std::uint16_t code, Octets value);
  [[nodiscard]] const Bytes& octets() const { return octets_; }

 private:
  Bytes octets_;
};

// Returns whether the option request option contains the code (RFC 8415 section 21.7). An option request
// option that is repeated, or has an odd number of octets, requests nothing.
bool requests(const OptionsView& options, std::uint16_t code);

}  // namespace softwire::controlplane::dhcp6
