// SPDX-License-Identifier: BSD-3-Clause
// Whole text files.
#pragma once

#include <string>

#include "softwire/result.h"

namespace softwire::controlplane {

// The octets of a file. Error: "path: why it cannot be read".
Result<std::string> read_file(const std::string& path);

}  // namespace softwire::controlplane
