// SPDX-License-Identifier: BSD-3-Clause
// Input: a packet in words, as softwirectl explain takes it. An error is one line. What is accepted becomes a
// frame that has the addresses, ports, length and fields of the words, and right checksums.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/checksum.h"
#include "softwire/wire.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tools/ctl/packet_text.h"
#include "tools/ctl/packet_words.h"

namespace softwire::fuzz {
namespace {

using ctl::PacketKind;
using ctl::PacketWords;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool sums_to_zero(std::span<const std::uint8_t> octets, std::uint64_t pseudo_header) {
  return checksum(octets, pseudo_header).raw() == 0;
}

std::uint64_t pseudo_header(const PacketWords& words, std::uint8_t protocol, std::size_t length) {
  const auto octets = static_cast<std::uint16_t>(length);
  if (words.is_ipv4()) {
    return protocol == ip_protocol::kIcmp
               ? 0
               : pseudo_header_sum(std::get<Ipv4Address>(words.from.address),
                                   std::get<Ipv4Address>(words.to.address), protocol, octets);
  }
  return pseudo_header_sum(std::get<Ipv6Address>(words.from.address), std::get<Ipv6Address>(words.to.address),
                           protocol, octets);
}

void check_upper(const PacketWords& words, std::uint8_t protocol, std::span<const std::uint8_t> upper) {
  if (words.kind == PacketKind::kProtocol) return;
  require(sums_to_zero(upper, pseudo_header(words, protocol, upper.size())));
  const auto two = [&upper](std::size_t at) { return upper[at] << 8 | upper[at + 1]; };
  if (words.kind == PacketKind::kEcho || words.kind == PacketKind::kEchoReply) {
    require(two(4) == static_cast<int>(words.id));
  } else {
    require(two(0) == *words.from.port && two(2) == *words.to.port);
  }
  if (words.kind == PacketKind::kUdp) require(two(4) == static_cast<int>(upper.size()));
  if (words.kind == PacketKind::kTcp) require(((upper[13] & 2) != 0) == words.syn);
}

void check_ipv4(const PacketWords& words, std::span<const std::uint8_t> packet) {
  const auto view = read_ipv4(packet);
  require(view && view->source == std::get<Ipv4Address>(words.from.address).host() &&
          view->destination == std::get<Ipv4Address>(words.to.address).host());
  require(sums_to_zero(packet.first(20), 0));
  require((packet[2] << 8 | packet[3]) == static_cast<int>(packet.size()));
  require(packet[1] == words.tos && packet[8] == words.ttl &&
          ((packet[6] & 0x40) != 0) == words.dont_fragment);
  if (words.length != 0) require(packet.size() == words.length);
  check_upper(words, packet[9], packet.subspan(20));
}

void check(const PacketWords& words) {
  const auto frame = ctl::build_frame(words, {kHubMac, kGatewayMac, 0});
  const auto packet = packet_of(frame);
  if (!words.softwire && words.is_ipv4()) return check_ipv4(words, packet);
  const auto view = read_ipv6(packet);
  require(view.has_value() && (packet[4] << 8 | packet[5]) + 40 == static_cast<int>(packet.size()));
  if (words.softwire) {
    require(view->source == words.softwire->source && view->destination == words.softwire->destination);
    return check_ipv4(words, view->payload);
  }
  require(view->source == std::get<Ipv6Address>(words.from.address) &&
          view->destination == std::get<Ipv6Address>(words.to.address));
  require(packet[7] == words.ttl);
  if (words.length != 0) require(packet.size() == words.length);
  // What protocol N says may be an extension header.
  if (words.kind != PacketKind::kProtocol) check_upper(words, packet[6], packet.subspan(40));
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  const auto words = words_of({reinterpret_cast<const char*>(data), size});
  const auto packet = softwire::ctl::parse_packet(words);
  if (packet) {
    check(*packet);
  } else {
    require(!packet.error().text.empty());
  }
  // The octets as a frame: any frame has a description of two lines.
  const std::string text = softwire::ctl::text_of_frame({data, size});
  require(std::count(text.begin(), text.end(), '\n') == 1);
  return 0;
}
