// SPDX-License-Identifier: BSD-3-Clause
// The command explain: shows what happens to a packet, and why.
#include <algorithm>

#include "controlplane/text/base64.h"
#include "controlplane/text/values.h"
#include "pcap/capture_reader.h"
#include "softwire/address_text.h"
#include "softwire/wire.h"
#include "tools/ctl/explain_text.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/packet_text.h"
#include "tools/ctl/packet_words.h"

namespace softwire::ctl {

namespace {

using controlplane::in_quotes;

struct Explained {
  Side side = Side::kIpv4;
  Octets frame;
};

std::string name_of(Side side) {
  return side == Side::kIpv4 ? "ipv4" : "ipv6";
}

// Returns the side of --side, or nullopt when it is not given.
std::optional<Side> side_of(const Invocation& invocation) {
  const auto side = invocation.option("side");
  if (!side) return std::nullopt;
  return *side == "ipv4" ? Side::kIpv4 : Side::kIpv6;
}

// Returns the side that a frame arrives on, by its Ethernet type.
Side side_of(std::span<const std::uint8_t> frame) {
  constexpr std::size_t kType = offsetof(EthernetHeader, type);
  const auto type_at = [frame](std::size_t at) -> unsigned {
    return frame.size() < at + 2 ? 0 : frame[at] << 8U | frame[at + 1];
  };
  unsigned type = type_at(kType);
  if (type == ether_type::kVlan) type = type_at(kType + sizeof(VlanTag));
  return type == ether_type::kIpv6 ? Side::kIpv6 : Side::kIpv4;
}

// Returns the addresses of a frame that reaches the hub: the hub's own, and its gateway's.
CommandResult<Link> link_of(Invocation& invocation, Side side) {
  const auto config = invocation.call("config.get");
  if (!config) return config.error();
  const Json& settings = list_of(*config, "settings");
  // Settings have the form in which they were written.
  const auto setting = [&settings](const std::string& key) { return text_of(settings, key.c_str()); };
  const std::string section = name_of(side);
  Link link;
  link.destination = parse_mac(setting(section + ".mac")).value_or(MacAddress());
  link.vlan = static_cast<std::uint16_t>(parse_number(setting(section + ".vlan"), 4094).value_or(0));
  link.source = MacAddress({0x02, 0, 0, 0, 0, 0x01});
  const auto neighbors = invocation.call("neighbors.list");
  if (!neighbors) return neighbors.error();
  for (const Json& neighbor : list_of(*neighbors, "neighbors")) {
    if (text_of(neighbor, "side") != section) continue;
    link.source = parse_mac(text_of(neighbor, "mac")).value_or(link.source);
  }
  return link;
}

std::optional<Octets> parse_hex(std::string_view text) {
  Octets octets;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == ':') continue;
    const std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    const int value = static_cast<int>(digit < 16 ? digit : digit - 6);
    if (high < 0) {
      high = value;
    } else {
      octets.push_back(static_cast<std::uint8_t>(high << 4 | value));
      high = -1;
    }
  }
  return high < 0 && !octets.empty() ? std::optional(octets) : std::nullopt;
}

CommandResult<Octets> read_captured(const std::string& path, std::uint32_t number) {
  auto reader = capture::CaptureReader::open(path);
  if (!reader) return unusable(reader.error().text);
  while (const auto frame = reader->next()) {
    if (reader->frames() != number) continue;
    if (frame->octets.size() < frame->length) {
      return unusable(path + ": frame " + std::to_string(number) +
                      ": only its beginning was captured; capture whole frames");
    }
    return Octets(frame->octets.begin(), frame->octets.end());
  }
  if (reader->damage()) return unusable(reader->damage()->text);
  return Failure{ExitStatus::kNotFound, path + ": has no frame " + std::to_string(number) + ", but " +
                                            counted(reader->frames(), "frame")};
}

CommandResult<Octets> frame_of_options(const Invocation& invocation) {
  if (const auto hex = invocation.option("frame")) {
    const auto octets = parse_hex(*hex);
    if (octets) return *octets;
    return wrong_usage("--frame: " + in_quotes(*hex) + " is not an Ethernet frame in hexadecimal digits");
  }
  constexpr std::uint32_t kMaxNumber = 4'000'000'000;
  const auto number = invocation.number("number", 1, kMaxNumber);
  if (!number) return number.error();
  return read_captured(*invocation.option("capture"), number->value_or(1));
}

CommandResult<Explained> read_packet(Invocation& invocation) {
  const bool has_words = !invocation.arguments.empty();
  if (has_words + invocation.has("frame") + invocation.has("capture") != 1) {
    return wrong_usage(
        "explain: give one packet: in words, such as udp from 203.0.113.5:53 to 192.0.2.1:4711, or --frame, "
        "or "
        "--capture");
  }
  if (invocation.has("number") && !invocation.has("capture")) {
    return wrong_usage("explain: --number goes with --capture");
  }
  if (!has_words) {
    auto frame = frame_of_options(invocation);
    if (!frame) return frame.error();
    const Side side = side_of(invocation).value_or(side_of(*frame));
    return Explained{side, std::move(*frame)};
  }
  const auto words = parse_packet(invocation.arguments);
  if (!words) return wrong_usage("explain: " + words.error().text);
  const Side side = side_of(invocation).value_or(words->side());
  const auto link = link_of(invocation, side);
  if (!link) return link.error();
  return Explained{side, build_frame(*words, *link)};
}

CommandResult<Done> run_explain(Invocation& invocation) {
  const auto packet = read_packet(invocation);
  if (!packet) return packet.error();
  const std::string side = name_of(packet->side);
  const auto result =
      invocation.call("explain.packet", {{"side", side}, {"frame", controlplane::to_base64(packet->frame)}});
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(*result);
  } else {
    invocation.out() << text_of_explanation(side, packet->frame, *result, invocation.style());
  }
  return Done{};
}

}  // namespace

void add_packet_commands(Commands& commands) {
  commands.push_back(
      {.name = "explain",
       .summary = "explains what softwired would do with a packet, step by step; sends nothing",
       .inputs =
           {pair("softwire", "ADDRESS",
                 "the packet is in a softwire: from this address, then to ADDRESS, its other end"),
            word("udp", "a UDP packet"), word("tcp", "a TCP packet"), word("icmp-echo", "an echo request"),
            word("icmp-echo-reply", "an echo reply"), pair("protocol", "N", "another IP protocol"),
            pair("from", "ADDRESS:PORT", "its source; without a port if the protocol has none"),
            pair("to", "ADDRESS:PORT", "its destination"),
            pair("length", "N", "octets of the packet, or of the inner IPv4 packet; default: no payload"),
            pair("ttl", "N", "time to live or hop limit; default 64"),
            pair("tos", "N", "type of service or traffic class; default 0"),
            pair("id", "N", "identifier of an echo; default 1"), word("df", "don't fragment"),
            word("syn", "the first packet of a TCP connection"),
            one_of(option("side", "ipv4|ipv6",
                          "side that the packet arrives on; default: depends on the packet"),
                   {"ipv4", "ipv6"}),
            option("frame", "HEX", "instead of words: an Ethernet frame, hexadecimal"),
            option("capture", "FILE", "instead of words: a frame of a pcap or pcapng file", Offer::kFile),
            option("number", "N", "number of the frame in the file; default 1")},
       .reads_words_itself = true,
       .details = "  softwirectl explain udp from 203.0.113.5:53 to 192.0.2.1:4711 length 1400 df\n  "
                  "softwirectl explain softwire 2001:db8:1::2 to 2001:db8:ff::1 \\\n      udp from "
                  "192.0.2.1:4711 to 203.0.113.5:53 ttl 1\n  softwirectl explain --capture drops.pcapng "
                  "--number 3\n\nA packet in words gets MAC addresses and a VLAN that reach the hub, and "
                  "correct checksums. The answer is valid at this moment. Nothing is counted.",
       .run = &run_explain});
}

}  // namespace softwire::ctl
