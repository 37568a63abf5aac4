// SPDX-License-Identifier: BSD-3-Clause
// What the engine would do with a packet, and why: the verdict of a real engine, over the table and policy in
// effect, with what it went by in words. No traffic is touched. On the thread that changes the table.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/gateway/gateway_publisher.h"
#include "dataplane/policy/policy.h"
#include "dataplane/punt/punt_channel.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct Explanation {
  struct Stage {
    std::string name;  // "frame", "headers", "reassembly", "dhcp", "neighbours", "icmp", "source",
                       // "destination", "rewrite", "out"
    std::string text;
  };
  struct Sent {
    Side side{};
    std::vector<std::uint8_t> octets;
  };
  std::optional<Outcome> outcome;  // none: it waits, for other fragments or for the gateway
  std::vector<Stage> stages;       // those that it reaches; the last one says what becomes of it
  std::vector<Sent> sent;          // in order, what the hub itself says of it included
};

// {"outcome": name or null, "disposition": "sent", "dropped", "punted", "handled" or "held",
//  "stages": [{"stage", "text"}], "sent": [{"side", "frame": base64}]}
nlohmann::json to_json(const Explanation& explanation);

class Explainer {
 public:
  // With buffers of its own. Null when memory is short.
  static std::unique_ptr<Explainer> create();
  ~Explainer();
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  // As an engine would that has met no packet before: no fragment waits, no rate is used up. It knows of the
  // gateways what the workers have told each other on `publisher`. `frame`: from its Ethernet header on.
  // Error: it is longer than any frame.
  Result<Explanation> explain(const dataplane::Policy& policy, const dataplane::BindingTable& table,
                              const dataplane::GatewayPublisher& publisher, Side side,
                              std::span<const std::uint8_t> frame);

 private:
  Explainer(rte_mempool* pool, std::unique_ptr<dataplane::PuntChannel> channel)
      : pool_(pool), channel_(std::move(channel)) {}
  rte_mempool* pool_;
  std::unique_ptr<dataplane::PuntChannel> channel_;
};

}  // namespace softwire::controlplane
