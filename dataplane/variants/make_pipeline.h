// SPDX-License-Identifier: BSD-3-Clause
// Makes the packet path of a worker for an instruction set.
#pragma once

#include <memory>

#include "dataplane/instruction_set/instruction_set.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/pipeline.h"

namespace softwire::dataplane {

// Requires: is_supported(set), and the program was built for it. The parameters are those of Engine.
[[nodiscard]] std::unique_ptr<Pipeline> make_pipeline(InstructionSet set, const Policy& policy,
                                                      const BindingTable& table, PuntChannel& punt_channel,
                                                      const Engine::Resources& resources);

}  // namespace softwire::dataplane
