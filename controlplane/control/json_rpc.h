// SPDX-License-Identifier: BSD-3-Clause
// JSON-RPC 2.0 (jsonrpc.org/specification): parses lines into requests, and makes lines from results.
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

// Error codes: first those of the specification, then our own.
enum class RpcCode : int {
  kParse = -32700,
  kInvalidRequest = -32600,
  kNoMethod = -32601,
  kBadParams = -32602,
  kRefused = 1,  // conflicts with what exists
  kNotFound = 2,
  kPermission = 3,  // the peer has read access only, or none
  kNotNow = 4,
  kStore = 5,  // the state could not be written or read
};

struct RpcError {
  RpcCode code = RpcCode::kInvalidRequest;
  std::string message;        // what is wrong, and how to correct it; one line
  std::string field = {};     // the value that is wrong: "params.add[3]"; empty: the whole request
  std::string expected = {};  // which values are right; empty: the message says it
  friend bool operator==(const RpcError&, const RpcError&) = default;
};

struct RpcRequest {
  std::string method;
  Json params = Json::object();
  Json id;                   // a string, a number or null
  bool wants_answer = true;  // false: the request is a notification
};

// A request that could not be read. It is answered with `id`, which is null if the id could not be read.
struct RpcFault {
  RpcError error;
  Json id;
  bool wants_answer = true;  // false: it is a notification, which is never answered
};
using RpcMember = std::variant<RpcRequest, RpcFault>;

// A line: one member, or a batch that gets one line as its answer.
struct RpcLine {
  std::vector<RpcMember> members;
  bool is_batch = false;
};
inline constexpr std::size_t kMaxRpcBatch = 1000;
// Parses a line. Returns at least one member. Never fails: an error becomes an RpcFault.
RpcLine parse_rpc(std::string_view line);

Json rpc_result(const Json& id, Json result);
Json rpc_error(const Json& id, const RpcError& error);
Json rpc_notification(std::string_view method, Json params);

// Returns the JSON text without line feeds. Replaces octets that are not UTF-8.
std::string to_text(const Json& json);
// Returns it as one line with a line feed.
std::string to_line(const Json& json);

}  // namespace softwire::controlplane
