// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/filter_names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

// How libpcap reads a word without a meaning of its own: pcap-filter(7), "If an identifier is given without a
// keyword, the most recent keyword is assumed".
enum class Meaning : std::uint8_t { kAddress, kService };

constexpr std::array<std::string_view, 4> kOfAddresses = {"gateway", "host", "mask", "net"};
constexpr std::array<std::string_view, 4> kOfServices = {"port", "portrange", "proto", "protochain"};
constexpr std::array<std::string_view, 3> kOperators = {"and", "not", "or"};
// The other keywords for Ethernet.
constexpr auto kKeywords = std::to_array<std::string_view>({
    "aarp",      "ah",       "arp",      "atalk",     "broadcast", "byte",    "carp",   "clnp",    "csnp",
    "decnet",    "dst",      "es-is",    "esis",      "esp",       "ether",   "geneve", "greater", "icmp",
    "icmp6",     "icmpcode", "icmptype", "icmp6code", "icmp6type", "ifindex", "igmp",   "igrp",    "iih",
    "inbound",   "ip",       "ip6",      "ipx",       "is-is",     "isis",    "iso",    "l1",      "l2",
    "lat",       "len",      "length",   "less",      "link",      "lsp",     "mopdl",  "moprc",   "mpls",
    "multicast", "netbeui",  "outbound", "ppp",       "slip",      "fddi",    "tr",     "wlan",    "pim",
    "pppoed",    "pppoes",   "psnp",     "rarp",      "sca",       "sctp",    "snp",    "src",     "stp",
    "tcp",       "tcpflags", "udp",      "vlan",      "vrrp",
});

bool is_one_of(const auto& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool is_keyword(std::string_view word) {
  // Values of fields: tcp-syn, icmp-echo, icmp6-echo.
  constexpr std::array<std::string_view, 3> kFields = {"tcp-", "icmp-", "icmp6-"};
  return is_one_of(kKeywords, word) ||
         std::ranges::any_of(kFields, [word](std::string_view field) { return word.starts_with(field); });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_of_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
         c == '_' || c == ':';
}

// Returns the parts between separators, or none if a part is empty.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (parts.back().empty()) return {};
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_mac(std::string_view word) {
  for (const char separator : {':', '-', '.'}) {
    const auto parts = parts_of(word, separator);
    const std::size_t most = parts.size() == 6 ? 2 : parts.size() == 3 && separator == '.' ? 4 : 0;
    if (most != 0 && std::ranges::all_of(parts, [most](std::string_view part) {
          return part.size() <= most && (most == 2 || part.size() == 4) && std::ranges::all_of(part, is_hex);
        })) {
      return true;
    }
  }
  return false;
}

// A number in any base, the whole or the beginning of an IPv4 address, an IPv6 address, or a MAC address.
bool is_number(std::string_view word) {
  if (word.starts_with("0x") || word.starts_with("0X")) {
    return word.size() > 2 && std::ranges::all_of(word.substr(2), is_hex);
  }
  const auto parts = parts_of(word, '.');
  const bool is_dotted = !parts.empty() && parts.size() <= 4 && std::ranges::all_of(parts, [](auto part) {
    return std::ranges::all_of(part, is_digit);
  });
  return is_dotted || is_mac(word) || parse_ipv6(word).has_value();
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::optional<std::string> find() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\\') {
        // The word after it is no keyword.
        rest_.remove_prefix(1);
        const std::string_view word =
            take([](char one) { return one > ' ' && one != '!' && one != '(' && one != ')'; });
        if (meaning_ == Meaning::kAddress) return std::string(word);
        ends_qualifiers_ = true;
      } else if (is_of_word(c) && c != '-') {
        std::string_view word = take(is_of_word);
        while (word.ends_with('-')) word.remove_suffix(1);  // an operator
        if (auto name = meet(word)) return name;
      } else {
        if (c == '(') outside_.push_back(meaning_);
        if (c == ')' && !outside_.empty()) {
          meaning_ = outside_.back();
          outside_.pop_back();
        }
        // A bracket or an operator, but not a blank, ends the qualifiers of a word.
        if (c > ' ') ends_qualifiers_ = true;
        rest_.remove_prefix(1);
      }
    }
    return std::nullopt;
  }

 private:
  template <typename Is>
  std::string_view take(Is is) {
    const auto* const end = std::ranges::find_if_not(rest_, is);
    const std::string_view word(rest_.begin(), end);
    rest_.remove_prefix(word.size());
    return word;
  }

  // Returns the word, or the part of it, that is a name of a host.
  std::optional<std::string> meet(std::string_view word) {
    if (is_one_of(kOperators, word)) {
      ends_qualifiers_ = true;
    } else if (is_one_of(kOfAddresses, word)) {
      qualify(Meaning::kAddress);
    } else if (is_one_of(kOfServices, word)) {
      qualify(Meaning::kService);
    } else if (is_keyword(word)) {
      if (ends_qualifiers_) meaning_ = Meaning::kAddress;
      ends_qualifiers_ = false;
    } else {
      ends_qualifiers_ = true;
      if (meaning_ == Meaning::kService || is_number(word)) return std::nullopt;
      // "[0:2]" is two numbers. Two names would be two words.
      const std::size_t colon = word.find(':');
      if (colon == std::string_view::npos) return std::string(word);
      for (const std::string_view part : {word.substr(0, colon), word.substr(colon + 1)}) {
        if (part.empty()) continue;
        if (auto name = meet(part)) return name;
      }
    }
    return std::nullopt;
  }
  void qualify(Meaning meaning) {
    meaning_ = meaning;
    ends_qualifiers_ = false;
  }

  std::string_view rest_;
  Meaning meaning_ = Meaning::kAddress;
  std::vector<Meaning> outside_;  // of the brackets that are open
  bool ends_qualifiers_ = true;   // the next qualifier is the first one of another word
};

}  // namespace

std::optional<std::string> host_name_in_filter(std::string_view expression) {
  return Scanner(expression).find();
}

}  // namespace softwire::controlplane
