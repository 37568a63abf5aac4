// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/settings/configured_option.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "controlplane/dhcp/codec/message.h"
#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"

namespace softwire::controlplane::dhcp {
namespace {

using Value = std::vector<std::uint8_t>;

void append_big_endian(Value& value, std::uint32_t number, unsigned octets) {
  for (unsigned left = octets; left-- > 0;) value.push_back(static_cast<std::uint8_t>(number >> (8 * left)));
}

// ---- Types of values. Each function returns nullopt when the text is not of its type.

std::optional<Value> node_type(std::string_view text) {
  if (text != "1" && text != "2" && text != "4" && text != "8") return std::nullopt;
  return Value{static_cast<std::uint8_t>(text.front() - '0')};
}

template <unsigned kOctets, std::uint32_t kMin, std::uint32_t kMax>
std::optional<Value> number(std::string_view text) {
  const auto parsed = parse_number(text, kMax);
  if (!parsed || *parsed < kMin) return std::nullopt;
  Value value;
  append_big_endian(value, *parsed, kOctets);
  return value;
}

std::optional<Value> signed_number(std::string_view text) {
  std::int32_t parsed = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  Value value;
  append_big_endian(value, static_cast<std::uint32_t>(parsed), 4);
  return value;
}

std::optional<Value> boolean(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return Value{static_cast<std::uint8_t>(text == "true" ? 1 : 0)};
}

std::optional<Value> text_of(std::string_view text) {
  return Value(text.begin(), text.end());
}

// Parses addresses. Their number must be a multiple of `kGroup`.
template <unsigned kGroup>
std::optional<Value> addresses(std::string_view text) {
  Value value;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const auto address = parse_ipv4(word);
    if (!address) return std::nullopt;
    append_big_endian(value, address->host(), 4);
  }
  return value.size() % (std::size_t{4} * kGroup) == 0 ? std::optional(value) : std::nullopt;
}

std::optional<Value> address(std::string_view text) {
  auto value = addresses<1>(text);
  return value && value->size() == 4 ? value : std::nullopt;
}

// Encodes routes (RFC 3442): prefix length, significant octets of the prefix, router.
std::optional<Value> routes(std::string_view text) {
  Value value;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    const auto destination = parse_ipv4_prefix(word);
    const auto router = parse_ipv4(next_word(text));
    if (!destination || !router) return std::nullopt;
    value.push_back(destination->length);
    const unsigned octets = (destination->length + 7U) / 8;
    for (unsigned i = 0; i < octets; ++i) {
      value.push_back(static_cast<std::uint8_t>(destination->address.host() >> (24 - 8 * i)));
    }
    append_big_endian(value, router->host(), 4);
  }
  return value;
}

// Encodes a domain name (RFC 1035 section 3.1), without compression (RFC 3397 section 2).
bool append_domain(Value& value, std::string_view name) {
  constexpr std::size_t kMaxLabel = 63;
  constexpr std::size_t kMaxName = 255;
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::size_t start = value.size();
  while (true) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    if (dot == 0 || dot > kMaxLabel) return false;
    value.push_back(static_cast<std::uint8_t>(dot));
    value.insert(value.end(), name.begin(), name.begin() + static_cast<std::ptrdiff_t>(dot));
    if (dot == name.size()) break;
    name.remove_prefix(dot + 1);
  }
  value.push_back(0);
  return value.size() - start <= kMaxName;
}

std::optional<Value> domains(std::string_view text) {
  Value value;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    if (!append_domain(value, word)) return std::nullopt;
  }
  return value;
}

std::optional<Value> octets(std::string_view text) {
  constexpr std::string_view kPrefix = "hex:";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  if (text.size() % 2 != 0) return std::nullopt;
  Value value(text.size() / 2);
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char* const first = text.data() + 2 * i;
    const auto [stop, error] = std::from_chars(first, first + 2, value[i], 16);
    if (error != std::errc() || stop != first + 2) return std::nullopt;
  }
  return value;
}

struct Type {
  std::optional<Value> (*parse)(std::string_view);
  std::string_view expected;
};

constexpr std::uint32_t kMax32 = 0xffffffff;
constexpr Type kAddress = {address, "an IPv4 address"};
constexpr Type kAddresses = {addresses<1>, "IPv4 addresses separated by blanks"};
constexpr Type kPairs = {addresses<2>, "pairs of IPv4 addresses, a host and its router"};
constexpr Type kRoutes = {routes, "pairs of an IPv4 prefix and its router, such as 0.0.0.0/0 192.0.2.1"};
constexpr Type kDomains = {domains, "domain names separated by blanks"};
constexpr Type kText = {text_of, "text"};
constexpr Type kBoolean = {boolean, "true or false"};
constexpr Type kSigned = {signed_number, "a number of seconds, with a minus sign when below zero"};
constexpr Type kSeconds = {number<4, 0, kMax32>, "a number of seconds"};
constexpr Type kMtu = {number<2, 68, 65535>, "a number from 68 to 65535"};
constexpr Type kTtl = {number<1, 1, 255>, "a number from 1 to 255"};
constexpr Type kNodeType = {node_type, "1, 2, 4 or 8"};
constexpr Type kHex = {octets, "hex: and pairs of hexadecimal digits, such as hex:0a0b"};

struct Named {
  std::uint8_t code;
  std::string_view name;
  Type type;
};

// RFC 2132, unless an entry names another RFC.
constexpr auto kNamed = std::to_array<Named>({
    {1, "subnet-mask", kAddress},
    {2, "time-offset", kSigned},
    {3, "routers", kAddresses},
    {4, "time-servers", kAddresses},
    {5, "name-servers", kAddresses},
    {6, "domain-name-servers", kAddresses},
    {7, "log-servers", kAddresses},
    {9, "lpr-servers", kAddresses},
    {12, "host-name", kText},
    {15, "domain-name", kText},
    {17, "root-path", kText},
    {19, "ip-forwarding", kBoolean},
    {23, "default-ip-ttl", kTtl},
    {26, "interface-mtu", kMtu},
    {28, "broadcast-address", kAddress},
    {33, "static-routes", kPairs},
    {35, "arp-cache-timeout", kSeconds},
    {38, "tcp-keepalive-interval", kSeconds},
    {40, "nis-domain", kText},
    {41, "nis-servers", kAddresses},
    {42, "ntp-servers", kAddresses},
    {44, "netbios-name-servers", kAddresses},
    {46, "netbios-node-type", kNodeType},
    {66, "tftp-server-name", kText},
    {67, "bootfile-name", kText},
    {69, "smtp-servers", kAddresses},
    {70, "pop3-servers", kAddresses},
    {72, "www-servers", kAddresses},
    {100, "posix-timezone", kText},             // RFC 4833
    {101, "tzdb-timezone", kText},              // RFC 4833
    {108, "ipv6-only-preferred", kSeconds},     // RFC 8925
    {114, "captive-portal", kText},             // RFC 8910
    {119, "domain-search", kDomains},           // RFC 3397
    {121, "classless-static-routes", kRoutes},  // RFC 3442
    {150, "tftp-servers", kAddresses},          // RFC 5859
});

// Returns whether the server or a relay sets the option, or the code is pad or End.
constexpr bool is_for_the_server(std::uint8_t code) {
  switch (code) {
    case option::kPad:
    case option::kRequestedAddress:
    case option::kOverload:
    case option::kMessageType:
    case option::kParameterRequestList:
    case option::kMessage:
    case option::kMaximumMessageSize:
    case option::kRenewalTime:
    case option::kRebindingTime:
    case option::kClientIdentifier:
    case option::kRelayAgentInformation:
    case option::kPortParameters:
    case option::kEnd:
      return true;
    default:
      return false;
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string option_names() {
  std::string names;
  for (const Named& named : kNamed) names += (names.empty() ? "" : ", ") + std::string(named.name);
  return names;
}

Result<ConfiguredOption> parse_option(std::string_view text) {
  constexpr std::size_t kMaxLength = 255;
  ConfiguredOption option;
  std::string_view name = next_word(text);
  if (name == "always") {
    option.always = true;
    name = next_word(text);
  }
  if (name.empty()) {
    return Error{"there is no option; give its name or number and its value, such as routers 192.0.2.1"};
  }
  Type type = kHex;
  if (const auto code = parse_number(name, kMaxLength)) {
    option.code = static_cast<std::uint8_t>(*code);
  } else if (const auto named = std::ranges::find(kNamed, name, &Named::name); named != kNamed.end()) {
    option.code = named->code;
    type = named->type;
  } else {
    return Error{in_quotes(name) + " is no option; there are " + option_names() +
                 ", and numbers from 1 to 254 with a value hex:..."};
  }
  const std::string what = "option " + std::to_string(option.code);
  if (option.code == option::kLeaseTime) {
    return Error{what + " is the lease time; use dhcp-server.lease-time"};
  }
  if (option.code == option::kServerIdentifier) {
    return Error{what + " is the server identifier; use dhcp-server.address"};
  }
  if (is_for_the_server(option.code)) {
    return Error{what + " is set by the server or a relay; leave it out"};
  }
  const std::string_view value = trimmed(text);
  auto parsed = value.empty() ? std::nullopt : type.parse(value);
  if (!parsed || parsed->empty()) {
    return Error{std::string(name) + ": " + in_quotes(value) + " is not " + std::string(type.expected)};
  }
  if (parsed->size() > kMaxLength) {
    return Error{std::string(name) + ": the value has " + std::to_string(parsed->size()) +
                 " octets; an option holds " + std::to_string(kMaxLength) + ", so leave some out"};
  }
  option.value = std::move(*parsed);
  return option;
}

}  // namespace softwire::controlplane::dhcp
