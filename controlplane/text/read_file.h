// SPDX-License-Identifier: BSD-3-Clause
// Reads whole text files.
#pragma once

#include <string>

#include "softwire/result.h"

namespace softwire::controlplane {

// Returns the octets of a file. The error is "path: reason". A pipe may make the caller wait.
Result<std::string> read_file(const std::string& path);

// Does the same, and never waits: an error if it is neither a regular file nor /dev/null.
Result<std::string> read_regular_file(const std::string& path);

}  // namespace softwire::controlplane
