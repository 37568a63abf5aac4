// The hub: the engine and the control plane that serves it, put together. Devices, captures and clocks are
// outside.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/config/config.h"
#include "dataplane/engine/engine.h"
#include "dataplane/packet/output.h"
#include "softwire/binding.h"
#include "softwire/result.h"
#include "softwire/time.h"

namespace softwire::controlplane {

class Hub {
 public:
  struct Options {
    bool accept_any_mac = false;  // take frames for other stations too (capture replay)
    std::uint64_t seed =
        0;  // of fragment identifications: random, or one value for one result (capture replay)
  };
  // Reads config.softwires too. `pool` must outlive the hub; the EAL must be up.
  static Result<std::unique_ptr<Hub>> create(const Config& config, rte_mempool& pool, const Options& options);
  ~Hub();

  // Takes up to 64 frames that came in on `side` (on a stick: on the one port, whatever `side` says), in
  // order, and owns them from then on. Everything that follows from them, the control plane's work included,
  // is done and in `output` when it returns.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames, Instant now, dataplane::Output& output);

  // What time alone brings about, such as questions for the gateways; receive() does so too. To be called
  // every 100 ms or so when nothing comes in.
  void poll(Instant now, dataplane::Output& output);

  // Every counter by name: traffic, outcomes, DHCP messages. In a fixed order, zeros included.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> counters() const;

  // received + generated = sent + dropped + punted + handled + joined + held, and punted = handled + dropped
  // by the control plane.
  [[nodiscard]] bool counters_add_up() const;

 private:
  struct Parts;
  explicit Hub(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace softwire::controlplane
