// SPDX-License-Identifier: BSD-3-Clause
// What softwire-b4 reads: packets of the softwire and frames of the device, and its command line. Input: an
// octet that chooses. 0: the outer traffic class, and the octets of a packet or frame. Else: words of the
// command line, one on each line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "softwire/checksum.h"
#include "softwire/wire.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tools/b4/options.h"
#include "tools/b4/packet.h"

namespace softwire::fuzz {
namespace {

using Octets = std::vector<std::uint8_t>;

void check_packet(Octets octets, std::uint8_t traffic_class) {
  const auto packet = b4::ipv4_packet(octets);
  if (packet.empty()) return;
  require(packet.data() == octets.data() && packet.size() <= octets.size() && packet.size() >= 20);
  require(packet[0] >> 4 == 4 && (packet[2] << 8 | packet[3]) == static_cast<int>(packet.size()));
  const std::size_t header = std::size_t{packet[0] & 15U} * 4;
  require(header >= 20 && header <= packet.size());
  const bool was_right = checksum(packet.first(header)).raw() == 0;
  const Octets before(packet.begin(), packet.end());
  const unsigned inner_ecn = packet[1] & 3;
  const unsigned outer_ecn = traffic_class & 3;
  const bool taken = b4::take_traffic_class(packet, traffic_class);
  // RFC 6040 section 4.2: only congestion on a path whose sender does not know ECN drops a packet.
  require(taken == !(inner_ecn == 0 && outer_ecn == 3));
  if (taken) {
    require((packet[1] & 0xfc) == (traffic_class & 0xfc));
    const unsigned ecn = packet[1] & 3;
    require(ecn == inner_ecn || ecn == outer_ecn);
    if (outer_ecn == 3) require(ecn == 3);
    // A right checksum stays right; 0xffff and 0 are the same sum.
    if (was_right) require(checksum(packet.first(header)).raw() == 0);
    Octets after(packet.begin(), packet.end());
    for (const std::size_t at : {1, 10, 11}) after[at] = before[at];
    require(after == before);
  }
  const EthernetHeader ethernet = b4::header_for(b4::ipv4_header(packet), MacAddress({2, 0, 0, 0, 0, 9}));
  require(ethernet.source == b4::kOtherEnd && ethernet.type == be16(ether_type::kIpv4));
}

void check_frame(const Octets& frame) {
  const auto answer = b4::answer_arp(frame);
  if (!answer) return;
  require(frame.size() >= 42);
  require(std::equal(frame.begin() + 22, frame.begin() + 28, answer->ethernet.destination.octets().begin()));
  // The answer goes to the asker, and says that what was asked for is here.
  require(std::memcmp(&answer->arp.target, &frame[28], 4) == 0 &&
          std::memcmp(&answer->arp.sender, &frame[38], 4) == 0);
  require(answer->arp.sender_mac == b4::kOtherEnd);
}

void check_words(Input& input) {
  std::vector<std::string> words(1);
  for (const std::uint8_t octet : input.rest()) {
    if (octet == '\n') {
      words.emplace_back();
    } else {
      words.back() += static_cast<char>(octet);
    }
  }
  const auto options = b4::parse_options(words);
  if (!options) {
    require(!options.error().text.empty());
    return;
  }
  if (options->help || options->version) return;
  require(options->subscriber.b4 != options->subscriber.br && options->hop_limit != 0);
  require(!options->device.empty() && options->device.size() <= b4::Device::kMaxName);
  if (options->mtu) require(*options->mtu >= b4::Device::kMinMtu && *options->mtu <= b4::Device::kMaxMtu);
  require(b4::to_text(options->subscriber).starts_with("b4 "));
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  Input input(data, size);
  if (input.octet() != 0) {
    check_words(input);
    return 0;
  }
  const std::uint8_t traffic_class = input.octet();
  const auto rest = input.rest();
  check_packet({rest.begin(), rest.end()}, traffic_class);
  check_frame({rest.begin(), rest.end()});
  return 0;
}
