// SPDX-License-Identifier: BSD-3-Clause
// The tables of the store, and their migration from earlier versions.
#pragma once

#include <cstdint>

#include "controlplane/store/database.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Returns the version of the tables that this program uses (SQLite's user_version).
std::int64_t schema_version();

// Makes the tables, or migrates those of an earlier version, in one transaction. Returns an error, and
// changes nothing, for a database of a later version or of another program.
Result<Done> migrate(Database& database, const std::string& path);

}  // namespace softwire::controlplane
