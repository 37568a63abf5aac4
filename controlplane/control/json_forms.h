// SPDX-License-Identifier: BSD-3-Clause
// The JSON forms of softwires on the control socket: an object with the words of a statement, or the
// statement as a string.
#pragma once

#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/control/json_rpc.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/store/binding_pages.h"
#include "controlplane/store/softwire_queries.h"

namespace softwire::controlplane {

Json to_json(const Binding& binding);
Json to_json(const Rule& rule);
Json to_json(const StoredBinding& stored);
Json to_json(const EndedBinding& ended);
Json to_json(const StoredRule& stored);
Json to_json(const Holder& holder);

// Returns the `softwire` events of a change, one for each softwire, removals first. Returns one event with
// the numbers when the change has more than 1000 softwires.
std::vector<Json> events_of(const SoftwiresChanged& changed);

// Returns the port ranges of the set: "1024-1031, 5120-5127". Returns at most the first 64 ranges, and the
// number of the others. Leaves out port 68 of a shared port set, because nobody may use it.
std::string ranges_of(const PortSet& ports);

// Returns the statement that the object's words make. Returns a string as it is. An error is about the value;
// `field` is its name there.
Result<std::string, RpcError> statement_of(const Json& softwire, const std::string& field);

// Appends the softwires in `params` under "remove" and "add" to the change.
std::optional<RpcError> read_change(const Json& params, Port68 port_68, SoftwireChange& change);

}  // namespace softwire::controlplane
