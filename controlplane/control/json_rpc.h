// SPDX-License-Identifier: BSD-3-Clause
// JSON-RPC 2.0 (jsonrpc.org/specification): from a line to requests, from results to lines.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "softwire/result.h"

namespace softwire::controlplane {

using Json = nlohmann::json;

// Codes of errors: those of the specification, and our own.
enum class RpcCode : int {
  kParse = -32700,
  kInvalidRequest = -32600,
  kNoMethod = -32601,
  kBadParams = -32602,
  kRefused = 1,  // it does not agree with what is there
  kNotFound = 2,
  kPermission = 3,  // the peer may look only
  kNotNow = 4,
  kStore = 5,  // the state could not be written or read
};

struct RpcError {
  RpcCode code = RpcCode::kInvalidRequest;
  std::string message;        // what is wrong, and what would be right; one line
  std::string field = {};     // what it is about: "params.add[3]"; empty: all of it
  std::string expected = {};  // what a value there is; empty: see the message
  friend bool operator==(const RpcError&, const RpcError&) = default;
};

struct RpcRequest {
  std::string method;
  Json params = Json::object();
  Json id;                   // a string, a number or null
  bool wants_answer = true;  // false: a notification
};

// One member of what came in; the error is to be answered with id null or the one that could be read.
struct RpcFault {
  RpcError error;
  Json id;
};
using RpcMember = std::variant<RpcRequest, RpcFault>;

// A line: one member, or a batch of them, which is answered by one line.
struct RpcLine {
  std::vector<RpcMember> members;
  bool is_batch = false;
};
inline constexpr std::size_t kMaxRpcBatch = 1000;
// Never empty.
RpcLine parse_rpc(std::string_view line);

Json rpc_result(const Json& id, Json result);
Json rpc_error(const Json& id, const RpcError& error);
Json rpc_notification(std::string_view method, Json params);

// One line of it with its line feed. What is not UTF-8 is replaced.
std::string to_line(const Json& json);

}  // namespace softwire::controlplane
