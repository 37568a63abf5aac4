// The softwires as statements, which load reads back.
#pragma once

#include <ostream>
#include <string>

#include "tools/ctl/client.h"

namespace softwire::ctl {

// The statement of a binding or rule as softwired lists it. The failure: it is none.
Answer<std::string> statement_of(const Json& softwire);

// Rules, then bindings, each in softwired's order: by address and PSID. `origin`: "all", or one of theirs.
// Returns how many.
Answer<std::uint64_t> save(Client& client, const std::string& origin, std::ostream& out);

}  // namespace softwire::ctl
