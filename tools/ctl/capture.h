// SPDX-License-Identifier: BSD-3-Clause
// Dropped packets as softwired hands them over.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "tools/ctl/client.h"

namespace softwire::ctl {

struct CaptureWishes {
  Json params = Json::object();  // of capture.start
  std::string path;
  std::uint64_t count = 0;  // 0: until it is stopped
  std::uint32_t snaplen = 0;
};

struct Captured {
  std::uint64_t packets = 0;
  std::uint64_t missed = 0;  // softwired's count
};

// To a pcapng file, with the outcome as each packet's comment, until `stop` can be read.
CommandResult<Captured> capture_to_file(Client& client, const CaptureWishes& wishes, int stop);
// The same as JSON texts, one a line.
CommandResult<Captured> print_captured(Client& client, const CaptureWishes& wishes, std::ostream& out,
                                       int stop);

}  // namespace softwire::ctl
