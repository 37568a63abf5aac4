// SPDX-License-Identifier: BSD-3-Clause
// Compiles libpcap expressions (pcap-filter(7)). No name of a host or network is looked up: the DNS may not
// answer. May be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/filter/packet_filter.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Limits of an expression: for the time to compile it, and for the time that a packet takes in it.
struct FilterLimits {
  std::size_t octets = SIZE_MAX;
  // Before libpcap makes the program shorter. It needs a time that grows with the third power of the length.
  std::size_t raw_instructions = SIZE_MAX;
  std::size_t instructions = SIZE_MAX;
  bool loops = true;  // with protochain
};

// For filters of those who may look only. To compile one takes less than a second.
inline constexpr FilterLimits kCaptureFilterLimits = {
    .octets = 1024, .raw_instructions = 2000, .instructions = 512, .loops = false};

// Checks the expression. Returns what is wrong, on one line, as the error.
Result<Done> check_filter(const std::string& expression);

// An expression of a great length becomes a program that is not made shorter.
Result<std::unique_ptr<dataplane::PacketFilter>> load_filter(const std::string& expression,
                                                             const FilterLimits& limits = {});

}  // namespace softwire::controlplane
