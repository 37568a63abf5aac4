// SPDX-License-Identifier: BSD-3-Clause
// The softwires that softwired has: as values, and as statements, which load reads back.
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

// A binding or rule as softwired lists it. The failure: it is none.
CommandResult<Softwire> softwire_of(const Json& listed);

// Rules, then bindings, each in softwired's order: by address and PSID. `origin`: "all", or one of theirs.
// Ends with the first failure, its own or that of `visit`.
CommandResult<Done> for_each_softwire(Client& client, const std::string& origin,
                                      const std::function<CommandResult<Done>(const Softwire&)>& visit);

// Their statements, one a line. A failure of `out` is taken for one of the standard output.
CommandResult<Done> save(Client& client, const std::string& origin, std::ostream& out);

}  // namespace softwire::ctl
