// SPDX-License-Identifier: BSD-3-Clause
// The softwires that a hub starts with: those of the store and those of softwires.conf.
#pragma once

#include <memory>
#include <optional>

#include "controlplane/config/config.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/result.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

struct SoftwiresAndFile {
  Softwires softwires;
  SoftwiresChanged changed;  // by new statements in the file
};

// Reads softwires.conf, and updates the store from it. Does not parse a file that is the same as last time.
// Requires: begin() of the store was called.
Result<SoftwiresAndFile> merge_file(SoftwireStore& store, const Config& config, WallTime now);

// Returns the softwires that softwired would start with at `now`; default: the time of the record now.
// Changes nothing, so another softwired may use the store. From a store that cannot be used, a start takes
// what is sound; this function then returns only the softwires of softwires.conf.
Result<Softwires> look_at_softwires(const Config& config, std::optional<WallTime> now = {});

}  // namespace softwire::controlplane
