// SPDX-License-Identifier: BSD-3-Clause
// Softwires as the control socket has them: objects with the words of a statement, or the statement.
#pragma once

#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/control/json_rpc.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/store/softwire_queries.h"

namespace softwire::controlplane {

Json to_json(const Binding& binding);
Json to_json(const Rule& rule);
Json to_json(const StoredBinding& stored);
Json to_json(const EndedBinding& ended);
Json to_json(const StoredRule& stored);
Json to_json(const Holder& holder);

// What the event `softwire` says of a change, one for each softwire, removals first; of more than 1000 one
// that says how many.
std::vector<Json> events_of(const SoftwiresChanged& changed);

// The port ranges of the set, "1024-1031, 5120-5127"; of one with many, the first ones. A port set does not
// have port 68 for anybody.
std::string ranges_of(const PortSet& ports);

// The statement that an object's words make; a string is one already. Error: about the value, which is called
// `field` in it.
Result<std::string, RpcError> statement_of(const Json& softwire, const std::string& field);

// Appends what `params` has under "remove" and "add" to the change.
std::optional<RpcError> read_change(const Json& params, Port68 port_68, SoftwireChange& change);

}  // namespace softwire::controlplane
