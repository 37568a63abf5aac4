// SPDX-License-Identifier: BSD-3-Clause
// Explains the engine's decision about a packet, in words. A real engine decides, with the table and the
// policy in effect. Traffic is not affected. For the thread that changes the table.
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
  std::optional<Outcome> outcome;  // nullopt: the packet waits for other fragments or for the gateway
  std::vector<Stage> stages;       // stages that the packet reaches; the last one describes its outcome
  std::vector<Sent> sent;          // in order, with the packets that the hub generates
};

// {"outcome": name or null, "disposition": "sent", "dropped", "punted", "handled" or "held",
//  "stages": [{"stage", "text"}], "sent": [{"side", "frame": base64}]}
nlohmann::json to_json(const Explanation& explanation);

class Explainer {
 public:
  // Makes an explainer with its own buffers. Returns null when memory is short.
  static std::unique_ptr<Explainer> create();
  ~Explainer();
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  // Explains the decision of an engine that has received no other packet: no fragment waits, and no rate
  // limit is reached. The engine gets the gateways from `publisher`. `frame` starts with its Ethernet header.
  // Returns an error when it is longer than the longest frame.
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
