// SPDX-License-Identifier: BSD-3-Clause
// Compiles the libpcap expressions (pcap-filter(7)) of the configuration.
#pragma once

#include <memory>
#include <string>

#include "dataplane/filter/packet_filter.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Checks the syntax of the expression. Returns libpcap's message, on one line, as the error.
Result<Done> check_filter(const std::string& expression);

Result<std::unique_ptr<dataplane::PacketFilter>> load_filter(const std::string& expression);

}  // namespace softwire::controlplane
