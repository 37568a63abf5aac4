// SPDX-License-Identifier: BSD-3-Clause
// Parses DHCPv4 messages, as views of the octets of a UDP payload (RFC 2131 section 2, RFC 2132).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "softwire/address.h"
#include "softwire/byte_order.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane::dhcp {

using Octets = std::span<const std::uint8_t>;

struct Header {  // RFC 2131 section 2, figure 1
  std::uint8_t op = 0;
  std::uint8_t htype = 0;
  std::uint8_t hlen = 0;
  std::uint8_t hops = 0;
  be32 xid;
  be16 secs;
  be16 flags;
  Ipv4Address ciaddr;
  Ipv4Address yiaddr;
  Ipv4Address siaddr;
  Ipv4Address giaddr;
  std::array<std::uint8_t, 16> chaddr{};
  std::array<std::uint8_t, 64> sname{};
  std::array<std::uint8_t, 128> file{};

  static constexpr std::uint8_t kBootRequest = 1;
  static constexpr std::uint8_t kBootReply = 2;
  static constexpr std::uint16_t kBroadcast = 0x8000;

  [[nodiscard]] constexpr bool broadcast() const { return (flags.value() & kBroadcast) != 0; }
};
static_assert(sizeof(Header) == 236 && alignof(Header) == 1);

inline constexpr std::array<std::uint8_t, 4> kCookie = {0x63, 0x82, 0x53, 0x63};  // RFC 2131 section 3
inline constexpr std::size_t kOptionsOffset = sizeof(Header) + kCookie.size();
inline constexpr std::size_t kMinMessageBytes = 300;  // of BOOTP (RFC 1542 section 2.1)

namespace option {  // RFC 2132
inline constexpr std::uint8_t kPad = 0;
inline constexpr std::uint8_t kSubnetMask = 1;
inline constexpr std::uint8_t kRequestedAddress = 50;
inline constexpr std::uint8_t kLeaseTime = 51;
inline constexpr std::uint8_t kOverload = 52;
inline constexpr std::uint8_t kMessageType = 53;
inline constexpr std::uint8_t kServerIdentifier = 54;
inline constexpr std::uint8_t kParameterRequestList = 55;
inline constexpr std::uint8_t kMessage = 56;
inline constexpr std::uint8_t kMaximumMessageSize = 57;
inline constexpr std::uint8_t kRenewalTime = 58;
inline constexpr std::uint8_t kRebindingTime = 59;
inline constexpr std::uint8_t kClientIdentifier = 61;
inline constexpr std::uint8_t kRelayAgentInformation = 82;  // RFC 3046
inline constexpr std::uint8_t kAuthentication = 90;         // RFC 3118
inline constexpr std::uint8_t kSoftwireSource = 109;        // OPTION_DHCP4O6_S46_SADDR (RFC 8539 section 6.2)
inline constexpr std::uint8_t kPortParameters = 159;        // RFC 7618
inline constexpr std::uint8_t kEnd = 255;
}  // namespace option

enum class MessageType : std::uint8_t {  // RFC 2132 section 9.6
  kDiscover = 1,
  kOffer = 2,
  kRequest = 3,
  kDecline = 4,
  kAck = 5,
  kNak = 6,
  kRelease = 7,
  kInform = 8,
  kForceRenew = 9,  // RFC 3203 section 4
};

// One option: code, length and value. A view of its octets.
class Option {
 public:
  explicit Option(Octets octets) : octets_(octets) {}
  [[nodiscard]] std::uint8_t code() const { return octets_[0]; }
  [[nodiscard]] Octets value() const { return octets_.subspan(2); }
  [[nodiscard]] Octets octets() const { return octets_; }

 private:
  Octets octets_;
};

// The options of one field, without pads. Requires of the octets: every option ends inside them. They do not
// include End.
class OptionRange {
 public:
  class Iterator {
   public:
    explicit Iterator(Octets left) : left_(left) { skip_pads(); }
    Option operator*() const { return Option(left_.first(2U + left_[1])); }
    Iterator& operator++() {
      left_ = left_.subspan(2U + left_[1]);
      skip_pads();
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_.size() == b.left_.size(); }

   private:
    void skip_pads() {
      while (!left_.empty() && left_[0] == option::kPad) left_ = left_.subspan(1);
    }
    Octets left_;
  };

  OptionRange() = default;
  explicit OptionRange(Octets checked) : octets_(checked) {}
  [[nodiscard]] Iterator begin() const { return Iterator(octets_); }
  [[nodiscard]] Iterator end() const { return Iterator(octets_.last(0)); }
  [[nodiscard]] Octets octets() const { return octets_; }

 private:
  Octets octets_;
};

// A well-formed message. A view: the octets must outlive it.
class MessageView {
 public:
  // Parses a UDP payload. Errors, in this order: kDhcpTruncated below 240 octets; kDhcpCookie;
  // kDhcpHardwareLength; kDhcpOptions when an option runs past its field, a field has no End (RFC 2131
  // section 4.1 requires it), or option 52 is repeated or not one octet of value 1 to 3. Accepts messages
  // below 300 octets: real clients send them.
  static Result<MessageView, Outcome> parse(Octets octets);

  [[nodiscard]] Octets octets() const { return octets_; }
  [[nodiscard]] const Header& header() const { return *reinterpret_cast<const Header*>(octets_.data()); }
  // Returns the options of the options field, without those in `file` and `sname`.
  [[nodiscard]] OptionRange options() const { return fields_[0]; }
  // Returns the offset of End of the options field in octets().
  [[nodiscard]] std::size_t end_offset() const { return kOptionsOffset + fields_[0].octets().size(); }

  // Returns how often the message has the option, in all fields. `file` and `sname` count when option 52 says
  // that they hold options.
  [[nodiscard]] std::size_t count(std::uint8_t code) const;
  // Returns the value of an option that the message has exactly once, in any field; else nullopt. An option
  // in several parts (RFC 3396 section 5) gives nullopt: no option that callers read may be that long.
  [[nodiscard]] std::optional<Octets> sole(std::uint8_t code) const;
  // Returns the value of option 53, valid or not, or nullopt unless the message has the option once, with one
  // octet. The option may be in `file` or `sname`: RFC 2131 section 4.1 requires only option 52 in the
  // options field.
  [[nodiscard]] std::optional<MessageType> message_type() const;

 private:
  explicit MessageView(Octets octets) : octets_(octets) {}
  Octets octets_;
  std::array<OptionRange, 3> fields_;  // options, file, sname (RFC 2131 section 4.1)
};

}  // namespace softwire::controlplane::dhcp
