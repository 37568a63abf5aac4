// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/packet_words.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/wire.h"

namespace softwire::ctl {

namespace {

using controlplane::decimal_words;
using controlplane::in_quotes;

struct KindWord {
  std::string_view word;
  PacketKind kind;
  bool has_ports;
};
constexpr std::array<KindWord, 5> kKinds = {{{"udp", PacketKind::kUdp, true},
                                             {"tcp", PacketKind::kTcp, true},
                                             {"icmp-echo", PacketKind::kEcho, false},
                                             {"icmp-echo-reply", PacketKind::kEchoReply, false},
                                             {"protocol", PacketKind::kProtocol, false}}};

// Parses "192.0.2.1:53", "192.0.2.1", "[2001:db8::1]:53" or "2001:db8::1".
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  std::string_view address = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address = text.substr(1, end - 1);
    port = text.substr(end + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return std::nullopt;
    if (has_port) port.remove_prefix(1);
  } else if (std::ranges::count(text, ':') == 1) {
    address = text.substr(0, text.find(':'));
    port = text.substr(address.size() + 1);
    has_port = true;
  }
  Endpoint endpoint;
  if (const auto ipv4 = parse_ipv4(address)) {
    endpoint.address = *ipv4;
  } else if (const auto ipv6 = parse_ipv6(address)) {
    endpoint.address = *ipv6;
  } else {
    return std::nullopt;
  }
  if (has_port) {
    const auto number = parse_number(port, 0xffff);
    if (!number) return std::nullopt;
    endpoint.port = static_cast<std::uint16_t>(*number);
  }
  return endpoint;
}

class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}

  // Returns the next word, or an empty one at the end.
  std::string_view next() {
    return at_ < words_.size() ? std::string_view(words_[at_++]) : std::string_view();
  }
  [[nodiscard]] bool is_next(std::string_view word) const {
    return at_ < words_.size() && words_[at_] == word;
  }

 private:
  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
};

Error expected(std::string_view word, std::string_view found, std::string_view what) {
  if (found.empty()) return Error{std::string(word) + " has no value; give " + std::string(what)};
  return Error{std::string(word) + ": " + in_quotes(found) + " is not " + std::string(what)};
}

Result<Done> read_softwire(Words& words, PacketWords& packet) {
  const auto read = [&words](std::string_view word, Ipv6Address& place) -> Result<Done> {
    const std::string_view text = words.next();
    const auto address = parse_ipv6(text);
    if (!address) return expected(word, text, "an IPv6 address");
    place = *address;
    return Done{};
  };
  auto& softwire = packet.softwire.emplace();
  if (auto done = read("softwire", softwire.source); !done) return done;
  if (const std::string_view to = words.next(); to != "to") {
    return Error{"after softwire ADDRESS, give to ADDRESS, not " + in_quotes(to)};
  }
  return read("to", softwire.destination);
}

Result<const KindWord*> read_kind(Words& words, PacketWords& packet) {
  const std::string_view word = words.next();
  const auto kind = std::ranges::find(kKinds, word, &KindWord::word);
  if (kind == kKinds.end()) {
    return Error{(word.empty() ? "the packet is missing" : in_quotes(word) + " is not a packet") +
                 "; it begins with udp, tcp, icmp-echo, icmp-echo-reply or protocol N"};
  }
  packet.kind = kind->kind;
  if (kind->kind != PacketKind::kProtocol) return &*kind;
  const std::string_view text = words.next();
  const auto number = parse_number(text, 255);
  if (!number) return expected(word, text, decimal_words(0, 255));
  packet.protocol = static_cast<std::uint8_t>(*number);
  return &*kind;
}

struct NumberWord {
  std::string_view word;
  std::uint32_t PacketWords::*place;
  std::uint32_t min;
  std::uint32_t max;
};
constexpr std::array<NumberWord, 4> kNumbers = {{{"length", &PacketWords::length, 1, 0xffff},
                                                 {"ttl", &PacketWords::ttl, 0, 255},
                                                 {"tos", &PacketWords::tos, 0, 255},
                                                 {"id", &PacketWords::id, 0, 0xffff}}};

// Reads one word, and its value if it has one.
Result<Done> read_word(Words& words, std::string_view word, PacketWords& packet, bool& has_from,
                       bool& has_to) {
  if (word == "from" || word == "to") {
    bool& has = word == "from" ? has_from : has_to;
    if (has) return Error{std::string(word) + " is given twice; give it once"};
    has = true;
    const std::string_view text = words.next();
    const auto endpoint = parse_endpoint(text);
    if (!endpoint) {
      return expected(word, text, "an address, with a port or without: 192.0.2.1:53, [2001:db8::1]:53");
    }
    (word == "from" ? packet.from : packet.to) = *endpoint;
    return Done{};
  }
  if (word == "df" || word == "syn") {
    (word == "df" ? packet.dont_fragment : packet.syn) = true;
    return Done{};
  }
  const auto number = std::ranges::find(kNumbers, word, &NumberWord::word);
  if (number == kNumbers.end()) {
    return Error{"unknown word " + in_quotes(word) +
                 "; a packet has from, to, length, ttl, tos, id, df and syn"};
  }
  const std::string_view text = words.next();
  const auto value = parse_number(text, number->max);
  if (!value || *value < number->min) return expected(word, text, decimal_words(number->min, number->max));
  packet.*number->place = *value;
  return Done{};
}

std::uint32_t least_length(const PacketWords& packet) {
  const std::uint32_t header = packet.is_ipv4() ? sizeof(Ipv4Header) : sizeof(Ipv6Header);
  switch (packet.kind) {
    case PacketKind::kTcp:
      return header + sizeof(TcpHeader);
    case PacketKind::kProtocol:
      return header;
    case PacketKind::kUdp:
    case PacketKind::kEcho:
    case PacketKind::kEchoReply:
      break;
  }
  return header + sizeof(UdpHeader);
}

Result<Done> check(const PacketWords& packet, const KindWord& kind) {
  if (packet.from.address.index() != packet.to.address.index()) {
    return Error{"from and to have different address families; give two IPv4 or two IPv6 addresses"};
  }
  if (packet.softwire && !packet.is_ipv4()) {
    return Error{"a softwire carries IPv4; give IPv4 addresses, or leave softwire out"};
  }
  const bool has_ports = packet.from.port && packet.to.port;
  if (kind.has_ports && !has_ports) {
    return Error{std::string(kind.word) + " needs two ports; write from ADDRESS:PORT to ADDRESS:PORT"};
  }
  if (!kind.has_ports && (packet.from.port || packet.to.port)) {
    return Error{std::string(kind.word) + " has no ports; write from ADDRESS to ADDRESS"};
  }
  if (packet.dont_fragment && !packet.is_ipv4()) {
    return Error{"df is for IPv4 only; leave it out, because routers do not fragment IPv6 packets"};
  }
  if (packet.syn && packet.kind != PacketKind::kTcp) return Error{"syn is for tcp only; leave it out"};
  const std::uint32_t least = least_length(packet);
  if (packet.length != 0 && packet.length < least) {
    return Error{"length: the headers alone take " + std::to_string(least) + " octets; give that, or more"};
  }
  return Done{};
}

}  // namespace

Result<PacketWords> parse_packet(const std::vector<std::string>& list) {
  PacketWords packet;
  Words words(list);
  if (words.is_next("softwire")) {
    words.next();
    if (const auto done = read_softwire(words, packet); !done) return done.error();
  }
  const auto kind = read_kind(words, packet);
  if (!kind) return kind.error();
  bool has_from = false;
  bool has_to = false;
  for (;;) {
    const std::string_view word = words.next();
    if (word.empty()) break;
    if (const auto done = read_word(words, word, packet, has_from, has_to); !done) return done.error();
  }
  if (!has_from) return Error{"from is missing; write from ADDRESS:PORT to ADDRESS:PORT"};
  if (!has_to) return Error{"to is missing; write from ADDRESS:PORT to ADDRESS:PORT"};
  if (const auto right = check(packet, **kind); !right) return right.error();
  return packet;
}

}  // namespace softwire::ctl
