// SPDX-License-Identifier: BSD-3-Clause
// Input: a Snabb configuration. An error has a place. An accepted text gives statements that softwired
// accepts.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/require_imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  softwire::fuzz::require_imported(softwire::ctl::import_snabb(text, "f"));
  return 0;
}
