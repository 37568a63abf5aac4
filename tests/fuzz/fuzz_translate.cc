// SPDX-License-Identifier: BSD-3-Clause
// Translation (RFC 7915) of any packet, in any segments. The packet is translated or refused, and no octet
// beyond it is changed. A translated packet has the other IP version, and the length in its header. Input:
// one octet for the direction, one of segment size, then the packet.
#include <cstdint>

#include "dataplane/map/translate.h"
#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "tests/fuzz/require.h"
#include "tests/support/engine_harness.h"

namespace softwire {
namespace {

const dataplane::Ipv4Pair kIpv4{{10, 2, 3, 4}, {192, 0, 2, 18}};
const dataplane::Ipv6Pair kIpv6{*parse_ipv6("2001:db8:ffff:0:a:203:400:0"),
                                *parse_ipv6("2001:db8:12:3400:0:c000:212:34")};

bool to_ipv6(dataplane::Mbuf& frame) {
  dataplane::ParsedPacket packet;
  auto status = dataplane::ParseStatus::kScattered;
  packet.needed = 0;
  do {
    if (!dataplane::pull_up(frame, packet.needed)) return false;
    status = dataplane::parse_bare_ipv4(dataplane::data_of(frame), frame.data_len, frame.pkt_len, packet);
  } while (status == dataplane::ParseStatus::kScattered);
  if (status != dataplane::ParseStatus::kOk) return false;
  dataplane::trim_to(frame, packet.ipv4_length);
  return !dataplane::to_ipv6_payload(frame, kIpv6, kIpv6, {}) && !dataplane::put_ipv6_header(frame, kIpv6);
}

bool to_ipv4(dataplane::Mbuf& frame) {
  dataplane::ParsedPacket packet;
  dataplane::UpperLayer upper;
  auto status = dataplane::ParseStatus::kScattered;
  packet.needed = 0;
  do {
    if (!dataplane::pull_up(frame, packet.needed)) return false;
    status = dataplane::parse_upper(dataplane::data_of(frame), frame.data_len, frame.pkt_len, packet, upper);
  } while (status == dataplane::ParseStatus::kScattered);
  return status == dataplane::ParseStatus::kOk && !dataplane::to_ipv4(frame, 0, upper, kIpv4, kIpv4, {}, 1);
}

void require_ipv6(const testing::Octets& octets) {
  fuzz::require(octets.size() >= sizeof(Ipv6Header));
  const auto& ipv6 = *reinterpret_cast<const Ipv6Header*>(octets.data());
  fuzz::require(ipv6.version() == 6 && ipv6.payload_length.value() == octets.size() - sizeof ipv6);
}

void require_ipv4(const testing::Octets& octets) {
  fuzz::require(octets.size() >= sizeof(Ipv4Header));
  const auto& ipv4 = *reinterpret_cast<const Ipv4Header*>(octets.data());
  fuzz::require(ipv4.version_ihl == 0x45 && ipv4.total_length.value() == octets.size());
  fuzz::require(ipv4_header_checksum_ok(octets.data(), sizeof ipv4));
}

}  // namespace
}  // namespace softwire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const bool from_ipv4 = (data[0] & 1) == 0;
  const std::size_t segment_octets = data[1] == 0 ? 65535 : data[1];
  softwire::dataplane::Mbuf* frame = softwire::testing::make_frame({data + 2, size - 2}, segment_octets);
  if (from_ipv4 ? softwire::to_ipv6(*frame) : softwire::to_ipv4(*frame)) {
    const auto octets = softwire::testing::octets_of(*frame);
    from_ipv4 ? softwire::require_ipv6(octets) : softwire::require_ipv4(octets);
  }
  rte_pktmbuf_free(frame);
  return 0;
}
