// SPDX-License-Identifier: BSD-3-Clause
// The DHCPv4 client port in the port set of a statement.
#pragma once

#include <cstdint>

namespace softwire::controlplane {

// What to do with a binding or rule whose shared port set contains UDP port 68, the DHCPv4 client port
// (draft-ietf-dhc-v4configuration-06 section 5.1 item 3).
enum class Port68 : std::uint8_t {
  kRefuse,   // return an error
  kExclude,  // accept it, and give the port to nobody
};

}  // namespace softwire::controlplane
