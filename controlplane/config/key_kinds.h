// SPDX-License-Identifier: BSD-3-Clause
// Building blocks for the keys of softwired.conf: the kinds of values, and the list that collects the keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/config/keys.h"
#include "controlplane/text/values.h"

namespace softwire::controlplane {

// Which values a key accepts, and how a value is stored in the Config. `Member` is a function from Config& to
// the member that takes the value, or to the vector that a repeated key fills.
struct Kind {
  std::string expected;
  bool may_repeat = false;
  std::function<bool(Config&, const Setting&)> set;  // returns false when the value is not what is expected
  // Used instead of `set` for values of several words, which return their own errors.
  std::function<std::optional<Error>(Config&, const Setting&)> read = {};
};

template <typename Member>
Kind boolean(Member member) {
  return {"true or false", false, [member](Config& config, const Setting& setting) {
            if (setting.value != "true" && setting.value != "false") return false;
            member(config) = setting.value == "true";
            return true;
          }};
}

// A decimal number from min to max, or one of `others`.
template <typename Member>
Kind number(Member member, std::uint32_t min, std::uint32_t max, std::vector<std::uint32_t> others = {}) {
  std::string expected;
  for (const std::uint32_t other : others) expected += std::to_string(other) + " or ";
  return {expected + decimal_words(min, max), false,
          [member, min, max, others = std::move(others)](Config& config, const Setting& setting) {
            const auto value = parse_number(setting.value, max);
            if (!value || (*value < min && std::ranges::find(others, *value) == others.end())) return false;
            auto& place = member(config);
            place = static_cast<std::remove_reference_t<decltype(place)>>(*value);
            return true;
          }};
}

// A value that `parse` reads. `parse` returns an optional.
template <typename Member, typename Parse>
Kind value_of(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), false, [member, parse](Config& config, const Setting& setting) {
            const auto value = parse(setting.value);
            if (value) member(config) = *value;
            return value.has_value();
          }};
}

template <typename Member, typename Parse>
Kind list_of(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), true, [member, parse](Config& config, const Setting& setting) {
            const auto value = parse(setting.value);
            if (value) member(config).push_back(*value);
            return value.has_value();
          }};
}

// Statements that `parse` reads. `parse` returns a Result, whose error says what is wrong.
template <typename Member, typename Parse>
Kind statements(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), true, {}, [member, parse](Config& config, const Setting& setting) {
            auto statement = parse(setting.value);
            if (!statement) return std::optional(statement.error());
            member(config).push_back(std::move(*statement));
            return std::optional<Error>();
          }};
}

template <typename Member>
Kind text(Member member, std::string_view expected) {
  return {std::string(expected), false, [member](Config& config, const Setting& setting) {
            member(config) = setting.value;
            return true;
          }};
}

template <typename Member>
Kind path(Member member) {
  return {"the path of a file", false, [member](Config& config, const Setting& setting) {
            member(config) = (setting.base / setting.value).string();
            return true;
          }};
}

// The path of a file, or "none".
template <typename Member>
Kind path_or_none(Member member, std::string_view what) {
  return {"the path of " + std::string(what) + ", or none", false,
          [member](Config& config, const Setting& setting) {
            member(config) =
                setting.value == "none" ? std::string() : (setting.base / setting.value).string();
            return true;
          }};
}

class KeyList {
 public:
  void add(std::string name, std::string help, Kind kind) {
    if (!kind.read) {
      kind.read = [set = std::move(kind.set), expected = kind.expected](
                      Config& config, const Setting& setting) -> std::optional<Error> {
        if (set(config, setting)) return std::nullopt;
        return Error{in_quotes(setting.value) + " is not " + expected};
      };
    }
    keys_.push_back(
        {std::move(name), std::move(help), std::move(kind.expected), kind.may_repeat, std::move(kind.read)});
  }

  [[nodiscard]] std::vector<Key> take() { return std::move(keys_); }

 private:
  std::vector<Key> keys_;
};

// Adds the keys of [dhcp-relay], [dhcp-over-ipv6], [leases] and [dhcp-server].
void add_dhcp_keys(KeyList& list);

}  // namespace softwire::controlplane
