// SPDX-License-Identifier: BSD-3-Clause
// Copies what is sound of a damaged database to another store. A row is sound when its checksum is right, so
// it does not matter which way led to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// How many rows of each table a store had, as far as it is known. -1: not known.
using RowCounts = std::array<std::int64_t, kStoreTables.size()>;

struct Salvaged {
  std::int64_t rows = 0;  // that the copy has
  RowCounts had{};        // the damaged one
  std::string why = {};   // the file cannot be read as it is; empty: it can
};

// Copies every sound row of the database `from`, in a directory of a store, to a store that is empty.
// `with_history`: ended softwires too. `work`: a path without a file, for a copy with a mended header; empty:
// the header is not mended. Requires: no transaction. Returns an error when `from` is of a later softwired,
// of one without checksums, or of another program, or when `to` or `work` cannot be written.
Result<Salvaged> copy_sound_rows(const std::string& from, SoftwireStore& to, bool with_history,
                                 const std::string& work);
// Copies the rows of one store that are missing in the other. Requires: no transaction.
Result<Done> copy_missing_rows(SoftwireStore& from, SoftwireStore& to);

// Tells which rows `now` does not have of those that the damaged store had, one sentence for each table.
// Nothing is told of tables whose number is not known; see `is_known`.
struct LostRows {
  std::vector<std::string> problems;
  bool is_known = true;  // of every table
};
Result<LostRows> lost_rows(const RowCounts& had, SoftwireStore& now, bool with_history);

}  // namespace softwire::controlplane
