// What the hub under test is configured with, and the packets that it is given.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/engine/policy.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/rule.h"

namespace softwire::bench {

// The Ethernet frame as RFC 2544 counts it, from MAC address to frame check sequence. The sequence itself is
// never in memory.
inline constexpr unsigned kFrameCheckBytes = 4;
inline constexpr unsigned kMinFrame = 64;
inline constexpr unsigned kMaxFrame = 1518;

// 64 subscribers an address, in the 131072 addresses of 198.18.0.0/15 (RFC 2544 appendix C.2.2).
inline constexpr std::uint32_t kMaxBindings = 1U << 23;
inline constexpr std::uint32_t kMaxFlows = 1U << 24;

[[nodiscard]] dataplane::Policy policy();

// The binding number `index`, below kMaxBindings: PSID offset 6 and length 6, so that the ports below 1024,
// and the DHCPv4 client port among them, are in no set. All share one BR address.
[[nodiscard]] Binding binding(std::uint32_t index);

// 2001:2::/40 for 198.18.0.0/15: the subscriber number `index` has the address and ports of binding(index).
[[nodiscard]] Rule map_rule();

// 2 MB pages that a table of so many bindings takes.
[[nodiscard]] unsigned table_huge_pages(std::uint32_t bindings);

class Traffic {
 public:
  // Table and flows. Flows are dealt out evenly over the bindings and come in a random order, the same in
  // every run.
  // With `rule`, the table has one MAP-E rule, whose CEs stand for the bindings.
  static Result<Traffic> create(std::uint32_t bindings, std::uint32_t flows, bool rule = false);

  // Makes the buffer hold the next flow's packet, as it comes in on `side`, of a frame that counts
  // `frame` octets on the IPv4 side. Its payload octets are left as they are.
  void write_next(Side side, unsigned frame, dataplane::Mbuf& mbuf);

  [[nodiscard]] const dataplane::BindingTable& table() const { return *table_; }

 private:
  struct Flow {
    Ipv4Address subscriber;
    Ipv4Address remote;
    be16 port;  // of the subscriber, in its port set
    Ipv6Address b4;
  };

  Traffic(std::unique_ptr<dataplane::BindingTable> table, std::vector<Flow> flows)
      : table_(std::move(table)), flows_(std::move(flows)) {}

  std::unique_ptr<dataplane::BindingTable> table_;
  std::vector<Flow> flows_;
  std::size_t next_ = 0;
};

}  // namespace softwire::bench
