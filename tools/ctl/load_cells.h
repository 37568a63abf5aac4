// SPDX-License-Identifier: BSD-3-Clause
// The columns that say how busy a worker is, for show workers and top.
#pragma once

#include <vector>

#include "tools/ctl/client.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

// Returns the columns BUSY, CYCLES/PACKET, BURST and QUEUE.
[[nodiscard]] std::vector<Column> load_columns();

// Appends their cells for a member of workers.list. What it does not have is "-".
void add_load_cells(std::vector<Cell>& row, const Json& worker);

}  // namespace softwire::ctl
