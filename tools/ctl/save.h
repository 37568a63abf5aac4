// SPDX-License-Identifier: BSD-3-Clause
// Reads the softwires of softwired, as values or as statements that load accepts.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <variant>

#include "softwire/binding.h"
#include "softwire/rule.h"
#include "tools/ctl/client.h"

namespace softwire::ctl {

using Softwire = std::variant<Binding, Rule>;

// Parses a binding or rule of a list from softwired. Fails when it is neither.
CommandResult<Softwire> softwire_of(const Json& listed);

// Visits the rules, then the bindings, by address and PSID. `origin`: "all" or one origin. Ends with the
// first failure, of softwired or of `visit`.
CommandResult<Done> for_each_softwire(Client& client, const std::string& origin,
                                      const std::function<CommandResult<Done>(const Softwire&)>& visit);

// Writes their statements, one per line. A failure of `out` is reported as one of the standard output.
CommandResult<Done> save(Client& client, const std::string& origin, std::ostream& out);

}  // namespace softwire::ctl
