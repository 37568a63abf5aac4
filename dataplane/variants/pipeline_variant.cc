// SPDX-License-Identifier: BSD-3-Clause
// An engine behind the interface of Pipeline. This file, and all rooms of the packet path with it, is
// compiled once for each instruction set: SOFTWIRE_VARIANT names the function that makes the engine. All
// other symbols of a variant are local to it (dataplane/CMakeLists.txt).
#include "dataplane/pipeline/engine.h"
#include "dataplane/variants/variant.h"

namespace softwire::dataplane {

namespace {

class EnginePipeline final : public Pipeline {
 public:
  explicit EnginePipeline(const PipelineParts& parts)
      : engine_(parts.policy, parts.table, parts.punt_channel, parts.resources) {}

  void activate(const Policy& policy, const BindingTable& table) override { engine_.activate(policy, table); }
  void receive(Side side, std::span<Mbuf* const> frames, Instant now, Output& output) override {
    engine_.receive(side, frames, now, output);
  }
  void receive_on_a_stick(std::span<Mbuf* const> frames, Instant now, Output& output) override {
    engine_.receive_on_a_stick(frames, now, output);
  }
  unsigned send_injected(Output& output) override { return engine_.send_injected(output); }
  void poll(Instant now, Output& output) override { engine_.poll(now, output); }
  [[nodiscard]] std::uint32_t held_buffers() const override { return engine_.held_buffers(); }
  [[nodiscard]] const EngineCounters& counters() const override { return engine_.counters(); }

 private:
  Engine engine_;
};

}  // namespace

}  // namespace softwire::dataplane

extern "C" softwire::dataplane::Pipeline* SOFTWIRE_VARIANT(const softwire::dataplane::PipelineParts& parts) {
  return new softwire::dataplane::EnginePipeline(parts);
}
