// SPDX-License-Identifier: BSD-3-Clause
// Input: a line of the control socket. Every member is a request or has an error. Params that pass the check
// of their method can be read as softwires, or have an error. Each answer is one line.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/control/json_forms.h"
#include "controlplane/control/json_rpc.h"
#include "controlplane/control/methods.h"
#include "tests/fuzz/require.h"

using softwire::fuzz::require;

namespace softwire::controlplane {
namespace {

bool is_one_line(const Json& json) {
  const std::string line = to_line(json);
  return line.find('\n') == line.size() - 1;
}

void meet(const RpcRequest& request) {
  static const std::vector<Method> methods = make_methods(ControlContext{});
  for (const Method& method : methods) {
    if (method.name != request.method) continue;
    if (const auto wrong = check_params(method, request.params)) {
      require(wrong->code == RpcCode::kBadParams && wrong->field.starts_with("params"));
      require(is_one_line(rpc_error(request.id, *wrong)));
    } else if (method.name == "softwires.change" || method.name == "softwires.append") {
      SoftwireChange change;
      const auto error = read_change(request.params, Port68::kExclude, change);
      require(!error || error->field.starts_with("params."));
      for (const auto& softwire : change.add) {
        // Accepted softwires are listed in a form that is accepted again.
        SoftwireChange again;
        const Json json = std::visit([](const auto& one) { return to_json(one); }, softwire);
        require(!read_change(Json{{"add", Json::array({json})}}, Port68::kExclude, again));
        require(again.add.front() == softwire);
      }
    }
  }
}

}  // namespace
}  // namespace softwire::controlplane

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::controlplane;  // NOLINT(google-build-using-namespace)
  const RpcLine line = parse_rpc(std::string_view(reinterpret_cast<const char*>(data), size));
  require(!line.members.empty());
  for (const RpcMember& member : line.members) {
    if (const auto* fault = std::get_if<RpcFault>(&member)) {
      require(!fault->error.message.empty() && is_one_line(rpc_error(fault->id, fault->error)));
    } else {
      meet(std::get<RpcRequest>(member));
    }
  }
  return 0;
}
