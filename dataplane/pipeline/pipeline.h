// SPDX-License-Identifier: BSD-3-Clause
// The packet path of one worker, as workers call it: an Engine that is built for one instruction set. The
// calls are those of Engine, and documented there. A call processes a whole burst, so its indirection costs
// nothing that can be measured.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/counters/engine_counters.h"
#include "dataplane/packet/output.h"
#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"

namespace softwire::dataplane {

class Pipeline {
 public:
  static constexpr unsigned kMaxBurst = 64;  // frames in a call of receive()

  Pipeline() = default;
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  virtual ~Pipeline() = default;

  virtual void activate(const Policy& policy, const BindingTable& table) = 0;
  virtual void receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) = 0;
  virtual void receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output) = 0;
  virtual unsigned send_injected(Output& output) = 0;
  virtual void poll(Instant now, Output& output) = 0;
  [[nodiscard]] virtual std::uint32_t held_buffers() const = 0;
  [[nodiscard]] virtual const EngineCounters& counters() const = 0;
};

}  // namespace softwire::dataplane
