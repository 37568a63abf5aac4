// SPDX-License-Identifier: BSD-3-Clause
// The hub: the engines of all workers, and the control plane that serves them. Devices, captures and clocks
// are outside.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/dhcp/codec/message_statistics.h"
#include "controlplane/explain/explain.h"
#include "controlplane/lease/lease_table.h"
#include "controlplane/runtime/address_claims.h"
#include "controlplane/runtime/drop_capture.h"
#include "controlplane/softwires/softwire_host.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "dataplane/counters/counter_publisher.h"
#include "dataplane/instruction_set/instruction_set.h"
#include "dataplane/packet/output.h"
#include "dataplane/pipeline/pipeline.h"
#include "dataplane/tables/reclaimer.h"
#include "dataplane/tables/snapshot.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/time.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

class Hub : public SoftwireHost {
 public:
  struct Options {
    bool accept_any_mac = false;  // accept frames for other stations too (capture replay)
    // For fragment identifications and hashes: random, or a fixed value for repeatable results (capture
    // replay).
    std::uint64_t seed = 0;
    unsigned workers = 1;
    // Returns the time for leases. Empty: the time of the last frames is used.
    std::function<WallTime()> clock = {};
  };
  // Makes a hub. Requires: the EAL is initialized. `pool` must outlive the hub.
  static Result<std::unique_ptr<Hub>> create(const Config& config, const Softwires& softwires,
                                             rte_mempool& pool, const Options& options);
  // Does the same with the softwires of config.softwires.
  static Result<std::unique_ptr<Hub>> create(const Config& config, rte_mempool& pool, const Options& options);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  // Returns the error that create() would return. A MAC address that is not set is not an error here: the
  // port has one.
  static Result<Done> check(const Config& config, const Softwires& softwires);

  // --- one thread for everything (capture replay). Requires: one worker ---
  // Takes up to 64 frames that arrived on `side`, in order, and owns them from then on. On a stick, `side` is
  // ignored. When it returns, all results are in `output`, with those of the control plane.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now, dataplane::Output& output);

  // Runs timers, such as those that resolve the gateways. receive() runs them too. Call it about every 100 ms
  // when no frame arrives.
  void poll(Instant now, dataplane::Output& output);

  // --- one thread for each worker ---
  struct WorkerParts {
    dataplane::Pipeline& pipeline;  // only for the worker's thread
    dataplane::CounterPublisher& counters;
  };
  [[nodiscard]] WorkerParts worker(unsigned number);
  [[nodiscard]] const dataplane::SnapshotPublisher& snapshots() const;
  // The instruction set of the packet path.
  [[nodiscard]] dataplane::InstructionSet instruction_set() const;
  [[nodiscard]] dataplane::Reclaimer& reclaimer();  // worker n is reader n

  // --- for the control thread, while the workers run ---
  // Handles some of the messages that the workers handed over, and at most so many of the dropped packets.
  // Returns their number.
  unsigned serve(unsigned max_drops = dataplane::DropChannel::kMaxBuffers);
  // Makes tables, filters and policy from another configuration and these softwires. Does not change the
  // number of workers, the ports, or the limits of reassembly. May be called from any thread.
  [[nodiscard]] Result<RuntimeConfigPtr> prepare(const Config& config,
                                                 const Softwires& softwires) const override;
  void activate(RuntimeConfigPtr next) override;
  // Returns the captures of dropped packets. serve() and DropCapture::stop() call their visitors.
  [[nodiscard]] DropCapture& drop_capture();
  // Explains what a worker would do with a frame that arrives on `side`: see Explainer.
  [[nodiscard]] Result<Explanation> explain(Side side, std::span<const std::uint8_t> frame);
  // Calls prepare() and activate() with the softwires of config.softwires. Changes nothing on error.
  [[nodiscard]] Result<Done> reload(const Config& config);

  [[nodiscard]] dataplane::BindingTable& table() override;
  [[nodiscard]] const dataplane::BindingTable& table() const;

  void keep_leases_in(KeepLeases keep) override;
  // Returns the leases in effect. The owner of the durable leases reports changes with the two functions
  // below.
  [[nodiscard]] const LeaseTable& leases() const override;
  void lease_granted(const Lease& lease) override;
  void lease_ended(LeaseKey key) override;
  // Lets the leases in effect go to other clients if a server gives them to these
  // (LeaseManager::doubt_all()).
  void doubt_leases();

  // Returns every counter by name: traffic, outcomes, DHCP messages. The order is fixed, and zeros are
  // included.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  // All counters by worker, and the sizes of the tables.
  struct Report {
    struct Worker {
      dataplane::WorkerCounters counters;
      unsigned waiting = 0;  // packets in transit between the worker and the control plane
    };
    std::vector<Worker> workers;
    OutcomeCounters relay;  // outcomes of CountedBy::kDhcp
    dhcp::MessageStatistics dhcp;
    std::size_t bindings = 0;
    std::size_t rules = 0;
    std::size_t leases = 0;
    std::size_t br_addresses = 0;
    std::size_t table_bytes = 0;          // memory of the tables of bindings and rules
    std::size_t table_bytes_in_use = 0;   // part of table_bytes
    std::array<bool, 2> gateway_known{};  // by Side: the gateway's MAC address is configured, or known now
  };
  [[nodiscard]] Report report() const;
  [[nodiscard]] dataplane::WorkerLoad load_of_worker(unsigned number) const;
  // Returns the number of free places of the embedded server's pools: see AddressAllocator::free_slots().
  [[nodiscard]] std::size_t free_dhcp_places() const;
  // Returns the DHCP messages of relay and server.
  [[nodiscard]] dhcp::MessageStatistics dhcp_statistics() const;
  // Returns the numbers of packets that the engines sent and the side's ports did not accept.
  [[nodiscard]] dataplane::PortDrops::Reasons drops(Side side) const;
  // Returns the numbers of packets by outcome, of all workers and the relay.
  [[nodiscard]] OutcomeCounters outcomes() const;
  [[nodiscard]] const dataplane::GatewayPublisher& gateways() const;
  // Returns the stations that have claimed an address of the hub since the start: the latest few.
  [[nodiscard]] std::vector<AddressClaim> address_claims();
  [[nodiscard]] std::vector<Ipv6Address> br_addresses() const;

  // Returns whether received + generated = sent + dropped + punted + handled + joined + held, and punted =
  // handled + dropped by the control plane. For running workers it uses the last published counters.
  [[nodiscard]] bool counters_add_up() const;

 private:
  struct Impl;
  explicit Hub(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace softwire::controlplane
