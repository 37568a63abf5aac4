// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/json_rpc.h"

#include <string>
#include <utility>

#include "controlplane/text/json_text.h"

namespace softwire::controlplane {

namespace {

RpcFault invalid(std::string message, Json id = nullptr) {
  return {{RpcCode::kInvalidRequest, std::move(message)}, std::move(id), true};
}

RpcMember read_member(Json& json) {
  if (!json.is_object()) return invalid("a request must be an object with jsonrpc, method, params and id");
  RpcRequest request;
  const auto id = json.find("id");
  request.wants_answer = id != json.end();
  if (request.wants_answer) {
    if (!id->is_string() && !id->is_number() && !id->is_null()) {
      return invalid("id must be a string, a number or null");
    }
    request.id = *id;
  }
  const auto version = json.find("jsonrpc");
  if (version == json.end() || *version != "2.0") {
    return invalid("jsonrpc is missing or not \"2.0\"; this is JSON-RPC 2.0", request.id);
  }
  const auto method = json.find("method");
  if (method == json.end() || !method->is_string()) {
    return invalid("method is missing or not a string; rpc.describe lists the methods", request.id);
  }
  request.method = method->get<std::string>();
  if (const auto params = json.find("params"); params != json.end()) {
    if (!params->is_object()) {
      return RpcFault{
          {RpcCode::kBadParams, "params must be an object: parameters are given by name", "params"},
          request.id,
          request.wants_answer};
    }
    request.params = std::move(*params);
  }
  return request;
}

}  // namespace

RpcLine parse_rpc(std::string_view line) {
  auto parsed = parse_json(line);
  if (!parsed) {
    const std::string why = parsed.error() == JsonFault::kTooDeep
                                ? "the line has more than " + std::to_string(kMaxJsonDepth) +
                                      " arrays and objects within each other"
                                : "the line is not JSON; send one JSON text per line";
    return {{RpcFault{{RpcCode::kParse, why}, nullptr, true}}, false};
  }
  Json& json = *parsed;
  if (!json.is_array()) return {{read_member(json)}, false};
  if (json.empty()) return {{invalid("the batch is empty; send at least one request")}, false};
  if (json.size() > kMaxRpcBatch) {
    return {{invalid("the batch has more than " + std::to_string(kMaxRpcBatch) + " members; split it")},
            false};
  }
  RpcLine result{{}, true};
  for (Json& member : json) result.members.push_back(read_member(member));
  return result;
}

Json rpc_result(const Json& id, Json result) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

Json rpc_error(const Json& id, const RpcError& error) {
  Json json = {{"code", static_cast<int>(error.code)}, {"message", error.message}};
  if (!error.field.empty()) json["data"]["field"] = error.field;
  if (!error.expected.empty()) json["data"]["expected"] = error.expected;
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(json)}};
}

Json rpc_notification(std::string_view method, Json params) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_line(const Json& json) {
  return to_text(json) + "\n";
}

}  // namespace softwire::controlplane
