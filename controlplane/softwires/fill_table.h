// SPDX-License-Identifier: BSD-3-Clause
// Fills the binding table with bindings and rules.
#pragma once

#include "controlplane/config/config.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Returns the place that errors about the store name.
std::string place_of_store(const Config& config);

// Reads config.softwires. Returns no softwires when the key is not set.
Result<Softwires> read_softwires(const Config& config);

// Adds the softwires to the table. Requires: the table has only the BR addresses of the configuration. An
// error names a softwire that conflicts with another one or with the hub's own addresses, with file and line;
// line 0 means that it is from the store.
Result<Done> fill_table(const Config& config, const Softwires& softwires, dataplane::BindingTable& table);

// Returns the conflict of a later binding with addresses of the hub or its servers, and the remedy. Returns
// an empty string when there is no conflict.
std::string binding_conflict(const Config& config, const Binding& binding);

}  // namespace softwire::controlplane
