// SPDX-License-Identifier: BSD-3-Clause
// The tables of the store, and how those of an earlier version become today's.
#pragma once

#include <cstdint>

#include "controlplane/store/database.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Of the tables that this program reads and writes (SQLite's user_version).
std::int64_t schema_version();

// Makes the tables, or brings those of an earlier version up to today's: in one transaction, or not at all. A
// database of a later version, or of another program, is an error and stays as it is.
Result<Done> migrate(Database& database, const std::string& path);

}  // namespace softwire::controlplane
