// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/method.h"

#include <algorithm>
#include <utility>

#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

std::string one_of(const std::vector<std::string_view>& choices) {
  std::string text = "one of ";
  for (std::size_t i = 0; i < choices.size(); ++i) text += (i == 0 ? "" : ", ") + std::string(choices[i]);
  return text;
}

bool is_choice(const Param& param, const Json& value) {
  if (!value.is_string()) return false;
  return param.choices.empty() ||
         std::ranges::find(param.choices, value.get_ref<const std::string&>()) != param.choices.end();
}

template <typename Parse>
bool is_text_of(const Json& value, Parse parse) {
  return value.is_string() && parse(value.get_ref<const std::string&>()).has_value();
}

bool is_right(const Param& param, const Json& value) {
  switch (param.type) {
    case ParamType::kText:
      return is_choice(param, value);
    case ParamType::kTexts:
      return value.is_array() &&
             std::ranges::all_of(value, [&param](const Json& text) { return is_choice(param, text); });
    case ParamType::kBoolean:
      return value.is_boolean();
    case ParamType::kNumber:
      // An unsigned value with the highest bit set is above every max.
      return value.is_number_integer() &&
             (!value.is_number_unsigned() || value.get<std::uint64_t>() >> 63 == 0) &&
             value.get<std::int64_t>() >= param.min && value.get<std::int64_t>() <= param.max;
    case ParamType::kIpv4:
      return is_text_of(value, parse_ipv4);
    case ParamType::kIpv4OrPrefix:
      return is_text_of(value, parse_ipv4) || is_text_of(value, parse_ipv4_prefix);
    case ParamType::kIpv6:
      return is_text_of(value, parse_ipv6);
    case ParamType::kIpv6OrPrefix:
      return is_text_of(value, parse_ipv6) || is_text_of(value, parse_ipv6_prefix);
    case ParamType::kTime:
      return is_text_of(value, parse_wall_time);
    case ParamType::kSoftwires:
      return value.is_array() && std::ranges::all_of(value, [](const Json& softwire) {
               return softwire.is_string() || softwire.is_object();
             });
  }
  return false;
}

}  // namespace

std::string expected_of(const Param& param) {
  switch (param.type) {
    case ParamType::kText:
      return param.choices.empty() ? "a string" : one_of(param.choices);
    case ParamType::kTexts:
      return param.choices.empty() ? "an array of strings" : "an array, each " + one_of(param.choices);
    case ParamType::kBoolean:
      return "true or false";
    case ParamType::kNumber:
      return "a number from " + std::to_string(param.min) + " to " + std::to_string(param.max);
    case ParamType::kIpv4:
      return "an IPv4 address";
    case ParamType::kIpv4OrPrefix:
      return "an IPv4 address, or a prefix whose bits beyond its length are zero";
    case ParamType::kIpv6:
      return "an IPv6 address";
    case ParamType::kIpv6OrPrefix:
      return "an IPv6 address, or a prefix whose bits beyond its length are zero";
    case ParamType::kTime:
      return "a time such as 2026-11-01T12:00:00Z";
    case ParamType::kSoftwires:
      return "an array of softwires, each a statement or an object with its words";
  }
  return {};
}

std::optional<RpcError> check_params(const Method& method, const Json& params) {
  for (const auto& [name, value] : params.items()) {
    const auto known = std::ranges::find(method.params, name, &Param::name);
    if (known == method.params.end()) {
      std::string there;
      for (const Param& param : method.params) there += (there.empty() ? "" : ", ") + std::string(param.name);
      return RpcError{RpcCode::kBadParams,
                      std::string(method.name) + " has no parameter " + in_quotes(name) + "; it has " +
                          (there.empty() ? "none" : there),
                      "params"};
    }
    if (!is_right(*known, value)) {
      const std::string expected = expected_of(*known);
      const std::string field = "params." + name;
      std::string message = field + " is not ";
      message += expected;
      return RpcError{RpcCode::kBadParams, std::move(message), field, expected};
    }
  }
  for (const Param& param : method.params) {
    if (!param.required || params.contains(param.name)) continue;
    const std::string expected = expected_of(param);
    const std::string field = "params." + std::string(param.name);
    std::string message = field + " is missing; it is ";
    message += expected;
    return RpcError{RpcCode::kBadParams, std::move(message), field, expected};
  }
  return std::nullopt;
}

Json describe(const std::vector<Method>& methods) {
  Json list = Json::array();
  for (const Method& method : methods) {
    Json params = Json::array();
    for (const Param& param : method.params) {
      params.push_back({{"name", param.name},
                        {"type", expected_of(param)},
                        {"required", param.required},
                        {"help", param.help}});
    }
    list.push_back({{"name", method.name},
                    {"summary", method.summary},
                    {"access", name_of(method.access)},
                    {"params", std::move(params)},
                    {"result", method.result}});
  }
  return {{"methods", std::move(list)}};
}

}  // namespace softwire::controlplane
