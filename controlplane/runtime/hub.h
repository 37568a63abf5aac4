// SPDX-License-Identifier: BSD-3-Clause
// The hub: the engines of the workers and the control plane that serves them, put together. Devices, captures
// and clocks are outside.
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
    bool accept_any_mac = false;  // take frames for other stations too (capture replay)
    // Of fragment identifications and hashes: random, or one value for one result (capture replay).
    std::uint64_t seed = 0;
    unsigned workers = 1;
    // What time it is, for leases; none: that of the frames.
    std::function<WallTime()> clock = {};
  };
  // `pool` must outlive the hub; the EAL must be up.
  static Result<std::unique_ptr<Hub>> create(const Config& config, const Softwires& softwires,
                                             rte_mempool& pool, const Options& options);
  // With the softwires of config.softwires.
  static Result<std::unique_ptr<Hub>> create(const Config& config, rte_mempool& pool, const Options& options);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;
  // What create() would say of a configuration whose MAC addresses, where they are not set, are to be the
  // ports' own.
  static Result<Done> check(const Config& config, const Softwires& softwires);

  // --- one thread does everything (capture replay): there is one worker ---
  // Takes up to 64 frames that came in on `side` (on a stick: on the one port, whatever `side` says), in
  // order, and owns them from then on. Everything that follows from them, the control plane's work included,
  // is done and in `output` when it returns.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now, dataplane::Output& output);

  // What time alone brings about, such as questions for the gateways; receive() does so too. To be called
  // every 100 ms or so when nothing comes in.
  void poll(Instant now, dataplane::Output& output);

  // --- each worker on a thread of its own ---
  struct WorkerParts {
    dataplane::Pipeline& pipeline;  // its thread's alone
    dataplane::CounterPublisher& counters;
  };
  [[nodiscard]] WorkerParts worker(unsigned number);
  [[nodiscard]] const dataplane::SnapshotPublisher& snapshots() const;
  // The instruction set of the packet path.
  [[nodiscard]] dataplane::InstructionSet instruction_set() const;
  [[nodiscard]] dataplane::Reclaimer& reclaimer();  // worker n is reader n

  // --- the control thread, beside them ---
  // Handles some of the messages and dropped packets that the workers have handed over; returns how many.
  unsigned serve();
  // What another configuration with these softwires comes to: tables, filters, policy. The number of workers,
  // the ports and the limits of reassembly stay what they were. Any thread.
  [[nodiscard]] Result<RuntimeConfigPtr> prepare(const Config& config,
                                                 const Softwires& softwires) const override;
  void activate(RuntimeConfigPtr next) override;
  // Who wants to see what is dropped; serve() and stop() call the visitors.
  [[nodiscard]] DropCapture& drop_capture();
  // What a worker would do with a frame that came in on `side`, and why: see Explainer.
  [[nodiscard]] Result<Explanation> explain(Side side, std::span<const std::uint8_t> frame);
  // Both prepare() and activate(), with the softwires of config.softwires; with an error, nothing has
  // changed.
  [[nodiscard]] Result<Done> reload(const Config& config);

  [[nodiscard]] dataplane::BindingTable& table() override;
  [[nodiscard]] const dataplane::BindingTable& table() const;

  void keep_leases_in(KeepLeases keep) override;
  // The leases there are. Who keeps them says here what has come of it.
  [[nodiscard]] const LeaseTable& leases() const;
  void lease_granted(const Lease& lease) override;
  void lease_ended(LeaseKey key) override;

  // Every counter by name: traffic, outcomes, DHCP messages. In a fixed order, zeros included.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  // The same by worker, and what there is of everything.
  struct Report {
    struct Worker {
      dataplane::WorkerCounters counters;
      unsigned waiting = 0;  // packets on their way between it and the control plane
    };
    std::vector<Worker> workers;
    OutcomeCounters relay;  // those of CountedBy::kDhcp
    dhcp::MessageStatistics dhcp;
    std::size_t bindings = 0;
    std::size_t rules = 0;
    std::size_t leases = 0;
    std::size_t br_addresses = 0;
    std::size_t table_bytes = 0;          // of memory for bindings and rules
    std::size_t table_bytes_in_use = 0;   // of them
    std::array<bool, 2> gateway_known{};  // by Side: its MAC address is configured, or it has told it
  };
  [[nodiscard]] Report report() const;
  // What the ports of the side did not take of what the engines sent.
  [[nodiscard]] dataplane::PortDrops::Reasons drops(Side side) const;
  // What became of packets, by all workers and the relay.
  [[nodiscard]] OutcomeCounters outcomes() const;
  [[nodiscard]] const dataplane::GatewayPublisher& gateways() const;
  [[nodiscard]] std::vector<Ipv6Address> br_addresses() const;

  // received + generated = sent + dropped + punted + handled + joined + held, and punted = handled + dropped
  // by the control plane. Of workers that run, what each has counted last.
  [[nodiscard]] bool counters_add_up() const;

 private:
  struct Impl;
  explicit Hub(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace softwire::controlplane
