// SPDX-License-Identifier: BSD-3-Clause
// Changes of the softwires, in the store: each is checked against what is there, and is done as a whole or
// not at all. What the tables say of it is for the hub to ask: see Hub::prepare().
#pragma once

#include "controlplane/config/config.h"
#include "controlplane/softwires/softwire_change.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

// Within begin_part() and end_part() of the store: an error leaves the part to be taken back.
Result<SoftwiresChanged, ChangeError> change_softwires(SoftwireStore& store, const Config& config,
                                                       const SoftwireChange& change, WallTime now);

// Ends the leases that were over by `now`, while no hub was there to do it. Within begin() and commit().
Result<Done> end_expired_leases(SoftwireStore& store, WallTime now);

// Lets the softwires of origin kFile be those of the file, within begin() and commit(). What the operator had
// added and is in the file now, the same, becomes the file's. Errors name file and line.
Result<SoftwiresChanged> take_file(SoftwireStore& store, const Config& config, const Softwires& file,
                                   WallTime now);

// All softwires. Lines are those of `file`, for what comes from there; null: 0.
Result<Softwires> all_softwires(SoftwireStore& store, const Softwires* file);

}  // namespace softwire::controlplane
