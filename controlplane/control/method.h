// SPDX-License-Identifier: BSD-3-Clause
// Declares the methods of the control socket. Requests are checked against the declarations. rpc.describe and
// docs/control-socket.md are made from them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/control/json_rpc.h"
#include "softwire/result.h"

namespace softwire::controlplane {

class ControlSession;

enum class ParamType : std::uint8_t {
  kText,
  kTexts,  // an array of strings
  kBoolean,
  kNumber,  // between min and max
  kIpv4,
  kIpv4OrPrefix,
  kIpv6,
  kIpv6OrPrefix,
  kTime,       // RFC 3339 and the other forms of parse_wall_time()
  kSoftwires,  // an array of statements, or of objects with their words
};

struct Param {
  std::string_view name;
  ParamType type = ParamType::kText;
  std::string_view help;
  bool required = false;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::vector<std::string_view> choices = {};  // for kText and kTexts; empty: any text
};

// Returns a description of the parameter's values for people: "a number from 1 to 10000".
std::string expected_of(const Param& param);

enum class RpcAccess : std::uint8_t { kRead, kWrite };
constexpr std::string_view name_of(RpcAccess access) {
  return access == RpcAccess::kRead ? "read" : "write";
}

using RpcOutcome = Result<Json, RpcError>;
// Called once on the control thread, during run() or later.
using RpcReply = std::function<void(RpcOutcome)>;

struct Method {
  std::string_view name;
  std::string_view summary;
  RpcAccess access = RpcAccess::kRead;
  std::vector<Param> params;
  std::string_view result;  // description of the result, for people
  // Requires: check_params() found no error in the params.
  std::function<void(const Json& params, ControlSession& session, RpcReply reply)> run;
};

// Returns the first error in the params, or nullopt when they are as declared.
std::optional<RpcError> check_params(const Method& method, const Json& params);

Json describe(const std::vector<Method>& methods);

}  // namespace softwire::controlplane
