// SPDX-License-Identifier: BSD-3-Clause
// Answers INFORMATION-REQUEST (RFC 8415 sections 16.12 and 18.3.6) with softwire options (RFC 7598).
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "controlplane/dhcp6/relay_path.h"
#include "softwire/binding.h"
#include "softwire/rule.h"

namespace softwire::controlplane::dhcp6 {

// The client of a request. link_address names its link when the request was relayed, because the client's
// address is then mostly link-local. It is :: for a direct request.
struct Requester {
  Ipv6Address peer_address;
  Ipv6Address link_address;
};

struct Provision {
  std::optional<Binding> binding;  // lw4o6
  std::vector<Rule> map_e;         // the subscriber's own first
  std::vector<Rule> map_t;
};

class InformationServer {
 public:
  static constexpr std::chrono::seconds kMinimumRefreshTime{600};  // IRT_MINIMUM (RFC 8415 section 21.23)

  using Lookup = std::function<Provision(const Requester&)>;

  struct Options {
    Bytes server_duid;
    std::chrono::seconds refresh_time{86400};  // raised to kMinimumRefreshTime
    std::vector<Ipv6Address> dns_servers;
    std::optional<std::vector<Ipv6Address>>
        dhcp4o6_servers;                  // may be empty (RFC 7341 section 7.2); not set: not sent
    std::vector<std::uint16_t> priority;  // RFC 8026, codes 94 to 96 in order
  };

  explicit InformationServer(Options options) : options_(std::move(options)) {}

  // Returns the UDP payload of the REPLY, for request.path.destination(). Errors: kDhcp6MessageType,
  // kDhcp6ServerId, kDhcp6Ia, kDhcp6Malformed when the client or server identifier is repeated, kDhcp6TooBig.
  [[nodiscard]] Result<Bytes, Outcome> answer(const Unwrapped& request, const Lookup& lookup) const;

 private:
  Options options_;
};

}  // namespace softwire::controlplane::dhcp6
