// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/dhcp_server_statements.h"

#include <optional>
#include <string>

#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"

namespace softwire::controlplane {
namespace {

struct PortWords {
  std::optional<std::uint32_t> psid_offset;
  std::optional<std::uint32_t> psid_len;
  std::optional<std::uint32_t> psid;
};

// Reads the words after the address of a statement. `has_psid`: whether psid is allowed.
Result<PortWords> read_ports(std::string_view text, bool has_psid) {
  PortWords words;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const std::string_view value = next_word(text);
    std::optional<Error> error;
    if (word == "psid-offset") {
      error = read_value(words.psid_offset, word, value, parse_bits, kBitsWords);
    } else if (word == "psid-len") {
      error = read_value(words.psid_len, word, value, parse_bits, kBitsWords);
    } else if (word == "psid" && has_psid) {
      error = read_value(words.psid, word, value, parse_psid, kPsidWords);
    } else {
      error = Error{"unknown word " + in_quotes(word) + "; the known words are psid-offset" +
                    (has_psid ? ", psid-len and psid" : " and psid-len")};
    }
    if (error) return *error;
  }
  const std::uint32_t offset = words.psid_offset.value_or(0);
  const std::uint32_t length = words.psid_len.value_or(0);
  if (length == 0 && (offset != 0 || words.psid)) {
    return Error{
        "psid-offset and psid are for shared addresses; give a psid-len above 0 too, or leave them out"};
  }
  if (offset + length > 16) {
    return Error{"psid-offset " + std::to_string(offset) + " and psid-len " + std::to_string(length) +
                 " are " + std::to_string(offset + length) + " bits; a port has 16"};
  }
  return words;
}

// Returns whether the range contains no reserved address.
bool is_of_hosts(Ipv4Address first, Ipv4Address last) {
  return first <= last && !contains_martian(first.host(), last.host());
}

std::optional<dhcp::PortPool> parse_addresses(std::string_view text) {
  dhcp::PortPool pool;
  if (const auto prefix = parse_ipv4_prefix(text)) {
    pool.first = prefix->address;
    pool.last = Ipv4Address::from_host(prefix->address.host() | ~prefix->mask());
  } else {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_ipv4(text.substr(0, dash));
    const auto last = parse_ipv4(text.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    pool.first = *first;
    pool.last = *last;
  }
  return is_of_hosts(pool.first, pool.last) ? std::optional(pool) : std::nullopt;
}

}  // namespace

Result<dhcp::PortPool> parse_pool(std::string_view text) {
  const std::string_view addresses = next_word(text);
  auto pool = parse_addresses(addresses);
  if (!pool) {
    return Error{in_quotes(addresses) +
                 " is not an IPv4 prefix such as 192.0.2.0/24, with no bit set beyond its length, or a range "
                 "such as 192.0.2.10-192.0.2.99, of addresses of hosts"};
  }
  const auto words = read_ports(text, false);
  if (!words) return words.error();
  pool->ports = {static_cast<std::uint8_t>(words->psid_offset.value_or(0)),
                 static_cast<std::uint8_t>(words->psid_len.value_or(0))};
  return *pool;
}

Result<dhcp::StaticLease> parse_static_lease(std::string_view text) {
  const std::string_view prefix = next_word(text);
  const auto subscriber = parse_ipv6_prefix(prefix);
  if (!subscriber) {
    return Error{in_quotes(prefix) +
                 " is not an IPv6 prefix such as 2001:db8:a::/48, with no bit set beyond its length"};
  }
  const std::string_view address = next_word(text);
  const auto ipv4 = parse_ipv4_subscriber(address);
  if (!ipv4) return Error{in_quotes(address) + " is not " + std::string(kIpv4SubscriberWords)};
  const auto words = read_ports(text, true);
  if (!words) return words.error();
  if (words->psid_len.value_or(0) != 0 && !words->psid) {
    return Error{"there is no psid; add psid and the one that the subscriber gets"};
  }
  const auto ports =
      PortSet::make(words->psid_offset.value_or(0), words->psid_len.value_or(0), words->psid.value_or(0));
  if (!ports) {
    const PortParameters parameters{0, static_cast<std::uint8_t>(words->psid_len.value_or(0))};
    return Error{"psid " + std::to_string(words->psid.value_or(0)) + " does not fit in psid-len " +
                 std::to_string(parameters.psid_len) + "; it may be " +
                 std::to_string(parameters.psid_mask()) + " at most"};
  }
  return dhcp::StaticLease{*subscriber, *ipv4, *ports};
}

}  // namespace softwire::controlplane
