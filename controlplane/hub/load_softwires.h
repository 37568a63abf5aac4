// The bindings and rules of softwires.conf, into the table.
#pragma once

#include "controlplane/config/config.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Reads config.softwires. `table` has the BR addresses of the configuration already. What does not agree with
// the rest, or with the hub's own addresses, is an error that names file and line.
Result<Done> load_softwires(const Config& config, dataplane::BindingTable& table);

}  // namespace softwire::controlplane
