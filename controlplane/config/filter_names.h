// SPDX-License-Identifier: BSD-3-Clause
// Finds names in libpcap expressions (pcap-filter(7)) that libpcap would look up in the DNS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace softwire::controlplane {

// Returns the first word of the expression that is neither a keyword nor a number, where libpcap would take
// it for the name of a host or network. Names of ports and protocols are found in files of this machine, and
// are allowed. Returns nullopt when no name needs the DNS. Does not check the syntax otherwise.
std::optional<std::string> host_name_in_filter(std::string_view expression);

}  // namespace softwire::controlplane
