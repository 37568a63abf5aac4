// SPDX-License-Identifier: BSD-3-Clause
// Bindings and rules, those of softwires.conf and others, into the table.
#pragma once

#include "controlplane/config/config.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Of errors about what is in the store.
std::string place_of_store(const Config& config);

// Reads config.softwires; none: no softwires.
Result<Softwires> read_softwires(const Config& config);

// `table` is empty but for the BR addresses of the configuration. What does not agree with the rest, or with
// the hub's own addresses, is an error that names file and line; a statement of line 0 is one of the store.
Result<Done> fill_table(const Config& config, const Softwires& softwires, dataplane::BindingTable& table);

// What a binding that comes later would take away from the hub or its servers, and what would be right;
// empty: it is all right.
std::string binding_conflict(const Config& config, const Binding& binding);

}  // namespace softwire::controlplane
