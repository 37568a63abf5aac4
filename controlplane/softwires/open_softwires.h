// SPDX-License-Identifier: BSD-3-Clause
// The softwires that a hub starts with: those of the store and those of softwires.conf.
#pragma once

#include <memory>

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

// Returns the softwires that softwired would start with at `now`. Changes nothing, so another softwired may
// use the store.
Result<Softwires> look_at_softwires(const Config& config, WallTime now);

}  // namespace softwire::controlplane
