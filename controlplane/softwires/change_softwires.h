// SPDX-License-Identifier: BSD-3-Clause
// Changes the softwires in the store. A change is checked against the stored softwires, and is done as a
// whole or not at all. Hub::prepare() checks it against the tables.
#pragma once

#include "controlplane/config/config.h"
#include "controlplane/softwires/softwire_change.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// Applies a change. Requires: begin_part() of the store was called. After an error, the caller must roll back
// the part.
Result<SoftwiresChanged, ChangeError> change_softwires(SoftwireStore& store, const Config& config,
                                                       const SoftwireChange& change, WallTime now);

// Ends the leases that expired by `now` while no hub was running. Requires: begin() of the store was called.
Result<Done> end_expired_leases(SoftwireStore& store, WallTime now);

// Makes the softwires of origin kFile those of the file. A softwire of the operator that is also in the file
// gets origin kFile. Requires: begin() of the store was called. Errors name file and line.
Result<SoftwiresChanged> take_file(SoftwireStore& store, const Config& config, const Softwires& file,
                                   WallTime now);

// Returns all softwires. Those of origin kFile get their lines in `file`; all others, and all if `file` is
// null, get line 0.
Result<Softwires> all_softwires(SoftwireStore& store, const Softwires* file);

}  // namespace softwire::controlplane
