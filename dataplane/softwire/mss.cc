// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/softwire/mss.h"

#include "softwire/checksum.h"
#include "softwire/wire.h"

namespace softwire::dataplane {

namespace {

constexpr be16 swapped(be16 word) {
  return be16::from_raw(static_cast<std::uint16_t>(word.raw() << 8 | word.raw() >> 8));
}

be16& word_at(std::uint8_t* octets) {
  return *reinterpret_cast<be16*>(octets);
}

}  // namespace

void clamp_mss(Mbuf& frame, const ParsedPacket& packet, std::uint16_t mss) {
  if (packet.protocol != ip_protocol::kTcp || packet.port_key != PortKey::kPorts) return;
  const unsigned offset = packet.ipv4_offset + unsigned{packet.ipv4_header_bytes};
  const unsigned bytes = packet.ipv4_length - unsigned{packet.ipv4_header_bytes};
  const auto lies_in_one_piece = [&frame](unsigned end) {
    return end <= frame.data_len || pull_up(frame, static_cast<std::uint16_t>(end));
  };
  if (bytes < sizeof(TcpHeader) || !lies_in_one_piece(offset + sizeof(TcpHeader))) return;
  const auto* header = reinterpret_cast<const TcpHeader*>(data_of(frame) + offset);
  const unsigned header_bytes = header->header_bytes();
  if (!header->is_syn() || header_bytes < sizeof(TcpHeader) || header_bytes > bytes ||
      !lies_in_one_piece(offset + header_bytes)) {
    return;
  }
  constexpr std::uint8_t kEnd = 0;
  constexpr std::uint8_t kNoOperation = 1;
  constexpr std::uint8_t kMss = 2;
  constexpr std::uint8_t kMssBytes = 4;
  std::uint8_t* tcp = data_of(frame) + offset;
  for (unsigned at = sizeof(TcpHeader); at + 1 < header_bytes && tcp[at] != kEnd;) {
    if (tcp[at] == kNoOperation) {
      ++at;
      continue;
    }
    const unsigned option_bytes = tcp[at + 1];
    if (option_bytes < 2 || at + option_bytes > header_bytes) return;
    if (tcp[at] == kMss && option_bytes == kMssBytes && word_at(tcp + at + 2).value() > mss) {
      const be16 before = word_at(tcp + at + 2);
      const be16 after(mss);
      word_at(tcp + at + 2) = after;
      be16& checksum = reinterpret_cast<TcpHeader*>(tcp)->checksum;
      // At an odd offset each of the two octets belongs to another word, in the other half of it.
      checksum = at % 2 == 0 ? checksum_update(checksum, before, after)
                             : checksum_update(checksum, swapped(before), swapped(after));
    }
    at += option_bytes;
  }
}

}  // namespace softwire::dataplane
