// SPDX-License-Identifier: BSD-3-Clause
// Reads whole text files.
#pragma once

#include <string>

#include "softwire/result.h"

namespace softwire::controlplane {

// Returns the octets of a file. The error is "path: reason".
Result<std::string> read_file(const std::string& path);

}  // namespace softwire::controlplane
