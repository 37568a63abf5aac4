// SPDX-License-Identifier: BSD-3-Clause
// Receives dropped packets from softwired.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "tools/ctl/client.h"

namespace softwire::ctl {

struct CaptureWishes {
  Json params = Json::object();  // of capture.start
  std::string path;
  std::uint64_t count = 0;  // 0: no limit
  std::uint32_t snaplen = 0;
};

struct Captured {
  std::uint64_t packets = 0;
  std::uint64_t missed = 0;  // as counted by softwired
};

// Writes packets to a pcapng file, which is created or replaced when softwired has accepted the request,
// until `stop` is readable. The comment of each packet is its outcome.
CommandResult<Captured> capture_to_file(Client& client, const CaptureWishes& wishes, int stop);
// Prints packets as JSON texts, one per line.
CommandResult<Captured> print_captured(Client& client, const CaptureWishes& wishes, std::ostream& out,
                                       int stop);

}  // namespace softwire::ctl
