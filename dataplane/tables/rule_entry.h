// SPDX-License-Identifier: BSD-3-Clause
// A MAP rule in the form that the packet path uses: shifts and masks are computed in advance, in one cache
// line.
#pragma once

#include <cstdint>

#include "dataplane/tables/softwire.h"
#include "softwire/rule.h"

namespace softwire::dataplane {

class alignas(64) RuleEntry {
 public:
  RuleEntry() = default;
  explicit RuleEntry(const Rule& rule)
      : end_(rule.kind == RuleKind::kMapE ? rule.br : rule.dmr.address),
        prefix_high_(rule.ipv6.address.high()),
        prefix_low_(rule.ipv6.address.low()),
        ipv4_prefix_(rule.ipv4.address.host()),
        suffix_mask_(~rule.ipv4.mask()),
        ce_mask_(rule.ce_ipv4_mask()),
        psid_mask_(rule.port_parameters().psid_mask()),
        ea_psid_mask_(static_cast<Psid>((1U << rule.ea_psid_bits()) - 1)),
        psid_(rule.psid),
        has_psid_(rule.psid_len != 0),
        suffix_shift_(static_cast<std::uint8_t>(32 - rule.ce_ipv4_length())),
        ea_psid_bits_(static_cast<std::uint8_t>(rule.ea_psid_bits())),
        rest_bits_(static_cast<std::uint8_t>(128 - rule.ipv6.length - rule.ea_len)),
        dmr_length_(rule.kind == RuleKind::kMapE ? std::uint8_t{0} : rule.dmr.length) {}

  // Returns true for MAP-T, false for MAP-E.
  [[nodiscard]] bool translates() const { return dmr_length_ != 0; }
  // Requires: translates().
  [[nodiscard]] Ipv6Prefix dmr() const { return {end_, dmr_length_}; }
  [[nodiscard]] bool is_shared() const { return psid_mask_ != 0; }
  // Returns the IPv4 address, in host byte order, that the EA bits of a CE address contain. Requires:
  // translates(), and the IPv6 prefix of the rule contains `ce`.
  [[nodiscard]] std::uint32_t ipv4_of(const Ipv6Address& ce) const {
    const Wide beyond_prefix = Wide{ce.high() ^ prefix_high_} << 64 | (ce.low() ^ prefix_low_);
    return ipv4_prefix_ | static_cast<std::uint32_t>(beyond_prefix >> rest_bits_ >> ea_psid_bits_);
  }
  // Returns the PSID in the EA bits, or the rule's explicit PSID; 0 when addresses are not shared. Same
  // requirements.
  [[nodiscard]] Psid psid_of(const Ipv6Address& ce) const {
    const Wide beyond_prefix = Wide{ce.high() ^ prefix_high_} << 64 | (ce.low() ^ prefix_low_);
    return has_psid_ ? psid_ : static_cast<Psid>(beyond_prefix >> rest_bits_) & ea_psid_mask_;
  }
  // Returns the first address of the end-user prefix that contains the address.
  [[nodiscard]] Ipv6Address end_user_of(const Ipv6Address& address) const {
    const Wide bits = (Wide{address.high()} << 64 | address.low()) >> rest_bits_ << rest_bits_;
    return Ipv6Address::from_host(static_cast<std::uint64_t>(bits >> 64), static_cast<std::uint64_t>(bits));
  }
  // Returns the end-user prefix that contains the address.
  [[nodiscard]] Ipv6Prefix end_user_prefix_of(const Ipv6Address& address) const {
    return {end_user_of(address), static_cast<std::uint8_t>(128 - rest_bits_)};
  }
  // Computes the softwire of an IPv4 address (in host byte order) and a PSID. result.b4 is the same as
  // Rule::ce_address(). result.br is the BR address (MAP-E), or the first address of the DMR (MAP-T). Returns
  // false when the rule has another explicit PSID. The PSID is ignored when addresses are not shared.
  [[nodiscard]] bool softwire(std::uint32_t address, Psid psid, Softwire& result) const {
    psid &= psid_mask_;
    if (has_psid_ && psid != psid_) [[unlikely]] {
      return false;
    }
    const std::uint64_t suffix = (address & suffix_mask_) >> suffix_shift_;
    const Wide ea = Wide{suffix << ea_psid_bits_ | (psid & ea_psid_mask_)} << rest_bits_;
    std::uint64_t identifier = std::uint64_t{address & ce_mask_} << 16 | psid;
    // An end-user prefix longer than 64 bits overwrites the top of the identifier.
    if (rest_bits_ < 64) identifier &= (std::uint64_t{1} << rest_bits_) - 1;
    result.br = end_;
    result.b4 = Ipv6Address::from_host(prefix_high_ | static_cast<std::uint64_t>(ea >> 64),
                                       prefix_low_ | static_cast<std::uint64_t>(ea) | identifier);
    return true;
  }
  // Returns whether both addresses lie in one end-user prefix. This compares all that RFC 7597 section 8.1
  // compares: the fields in the EA bits.
  [[nodiscard]] bool is_same_end_user(const Ipv6Address& a, const Ipv6Address& b) const {
    const Wide differing = Wide{a.high() ^ b.high()} << 64 | (a.low() ^ b.low());
    return differing >> rest_bits_ == 0;
  }

  // Number of rules whose IPv6 prefix lies in this rule's prefix. Their addresses do not belong to this rule.
  std::uint32_t nested_rules = 0;

 private:
  __extension__ using Wide = unsigned __int128;

  Ipv6Address end_;  // MAP-E: BR address; MAP-T: address of the DMR
  std::uint64_t prefix_high_ = 0;
  std::uint64_t prefix_low_ = 0;
  std::uint32_t ipv4_prefix_ = 0;
  std::uint32_t suffix_mask_ = 0;  // bits of the address beyond the rule's prefix
  std::uint32_t ce_mask_ = 0;      // bits of the address that identify a CE
  Psid psid_mask_ = 0;
  Psid ea_psid_mask_ = 0;  // bits of the PSID in the EA bits
  Psid psid_ = 0;          // the explicit PSID
  bool has_psid_ = false;
  std::uint8_t suffix_shift_ = 0;
  std::uint8_t ea_psid_bits_ = 0;
  std::uint8_t rest_bits_ = 0;   // bits of the address after the end-user prefix
  std::uint8_t dmr_length_ = 0;  // 0: MAP-E
};
static_assert(sizeof(RuleEntry) == 64);

}  // namespace softwire::dataplane
