// SPDX-License-Identifier: BSD-3-Clause
// The softwires that a hub starts with: those of the store, and those of softwires.conf.
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
  SoftwiresChanged changed;  // by what is new in the file
};

// Within begin() and commit() of the store: reads softwires.conf and lets the store have what it says. A file
// that is the same as last time is not read line by line.
Result<SoftwiresAndFile> merge_file(SoftwireStore& store, const Config& config, WallTime now);

// What softwired would start with by `now`, without changing anything: a store beside it may be in use.
Result<Softwires> look_at_softwires(const Config& config, WallTime now);

}  // namespace softwire::controlplane
