// SPDX-License-Identifier: BSD-3-Clause
// Checks what an engine made of one frame against the model of the table: who may have sent the packet, and
// who it goes to.
#pragma once

#include <cstdint>

#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire::fuzz {

// Requires: `run` is the result of this frame alone with this table, and no timer ran with it.
void check_sent(const ReferenceTable& table, const Frame& frame, const testing::EngineHarness::Run& run);

// Returns the number of outcomes.
std::uint64_t total(const OutcomeCounters& outcomes);

// Adds what happened in `more` to `to`.
void append(testing::EngineHarness::Run& to, testing::EngineHarness::Run&& more);

// Returns whether both runs sent and punted the same octets in the same order, with the same outcomes.
bool same(const testing::EngineHarness::Run& a, const testing::EngineHarness::Run& b);

// Passes one frame to the engine. Checks that it has one outcome or is held.
testing::EngineHarness::Run run_one(testing::EngineHarness& engine, const Frame& frame);

}  // namespace softwire::fuzz
