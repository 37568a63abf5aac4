// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/json_forms.h"

#include <algorithm>
#include <array>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/text/statement_words.h"
#include "softwire/address_text.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

// The words of an object, in the order that they have in a statement.
constexpr std::array<std::string_view, 9> kWords = {"ipv4", "ipv6", "ea-len", "psid-offset", "psid-len",
                                                    "psid", "b4",   "br",     "dmr"};

RpcError bad(std::string field, std::string message) {
  return {RpcCode::kBadParams, field + ": " + std::move(message), std::move(field)};
}

Result<RuleKey> parse_rule_key(std::string_view statement) {
  std::string_view rest = statement;
  next_word(rest);
  std::size_t words = 0;
  std::optional<Ipv4Prefix> ipv4;
  for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
    ++words;
    if (word != "ipv4") continue;
    const std::string_view value = next_word(rest);
    ipv4 = parse_ipv4_prefix(value);
    if (!ipv4) return Error{"ipv4: " + in_quotes(value) + " is not an IPv4 prefix, such as 192.0.2.0/24"};
    ++words;
  }
  if (!ipv4) return Error{"the rule has no ipv4; add ipv4 and its IPv4 prefix"};
  // "rule map-e ipv4 P" names a rule. Further words must complete the rule.
  if (words <= 3) return RuleKey{*ipv4, std::nullopt};
  const auto rule = parse_stored_rule(statement);
  if (!rule) return rule.error();
  return RuleKey{*ipv4, *rule};
}

bool is_rule(std::string_view statement) {
  return next_word(statement) == "rule";
}

}  // namespace

Json to_json(const Binding& binding) {
  return {{"ipv4", to_string(binding.ipv4)},
          {"psid-offset", binding.ports.parameters.psid_offset},
          {"psid-len", binding.ports.parameters.psid_len},
          {"psid", binding.ports.psid},
          {"b4", to_string(binding.b4)},
          {"br", to_string(binding.br)}};
}

Json to_json(const Rule& rule) {
  Json json = {{"rule", rule.kind == RuleKind::kMapE ? "map-e" : "map-t"},
               {"ipv4", to_string(rule.ipv4)},
               {"ipv6", to_string(rule.ipv6)},
               {"ea-len", rule.ea_len},
               {"psid-offset", rule.psid_offset}};
  if (rule.psid_len != 0) {
    json["psid-len"] = rule.psid_len;
    json["psid"] = rule.psid;
  }
  if (rule.kind == RuleKind::kMapE) {
    json["br"] = to_string(rule.br);
  } else {
    json["dmr"] = to_string(rule.dmr);
  }
  return json;
}

namespace {

template <typename Softwire>
Json stored_to_json(const Stored<Softwire>& stored) {
  Json json = to_json(stored.softwire);
  json["origin"] = name_of(stored.origin);
  json["since"] = to_string(stored.since);
  return json;
}

}  // namespace

Json to_json(const StoredBinding& stored) {
  return stored_to_json(stored);
}

Json to_json(const StoredRule& stored) {
  return stored_to_json(stored);
}

Json to_json(const EndedBinding& ended) {
  Json json = stored_to_json<Binding>(ended);
  json["until"] = to_string(ended.until);
  json["reason"] = name_of(ended.reason);
  return json;
}

Json to_json(const Holder& holder) {
  Json json = to_json(holder.binding);
  json["ports"] = ranges_of(holder.binding.ports);
  json["origin"] = name_of(holder.origin);
  json["since"] = to_string(holder.since);
  json["until"] = holder.until ? Json(to_string(*holder.until)) : Json();
  if (holder.rule) {
    json["rule"] = to_json(*holder.rule);
    if (holder.rule->kind == RuleKind::kMapT) json.erase("br");
  }
  return json;
}

std::vector<Json> events_of(const SoftwiresChanged& changed) {
  constexpr std::size_t kMaxEvents = 1000;
  // A client reads the list if it needs the details of so many softwires.
  if (changed.removals() + changed.additions() > kMaxEvents) {
    return {{{"change", "several"}, {"removed", changed.removals()}, {"added", changed.additions()}}};
  }
  std::vector<Json> events;
  const auto each = [&events](const auto& list, const char* change) {
    for (const auto& stored : list) {
      events.push_back({{"change", change},
                        {"softwire", to_statement(stored.softwire)},
                        {"origin", name_of(stored.origin)}});
    }
  };
  each(changed.removed, "removed");
  each(changed.removed_rules, "removed");
  each(changed.added, "added");
  each(changed.added_rules, "added");
  return events;
}

std::string ranges_of(const PortSet& ports) {
  constexpr unsigned kMaxRanges = 64;
  if (ports.parameters.is_whole()) return "0-65535";
  std::string text;
  for (unsigned i = 0; i < ports.range_count(); ++i) {
    if (i == kMaxRanges) return text + ", and " + std::to_string(ports.range_count() - kMaxRanges) + " more";
    const PortRange range = ports.range(i);
    const auto add = [&text](unsigned first, unsigned last) {
      if (first > last) return;
      if (!text.empty()) text += ", ";
      text += std::to_string(first);
      if (first != last) text += "-" + std::to_string(last);
    };
    if (range.first <= kDhcpClientPort && kDhcpClientPort <= range.last) {
      if (range.first < kDhcpClientPort) add(range.first, kDhcpClientPort - 1U);
      add(kDhcpClientPort + 1U, range.last);
    } else {
      add(range.first, range.last);
    }
  }
  return text;
}

Result<std::string, RpcError> statement_of(const Json& softwire, const std::string& field) {
  if (softwire.is_string()) return softwire.get<std::string>();
  std::string statement = "binding";
  if (const auto rule = softwire.find("rule"); rule != softwire.end()) {
    if (*rule != "map-e" && *rule != "map-t") return bad(field + ".rule", "is not map-e or map-t");
    statement = "rule " + rule->get<std::string>();
  }
  for (const auto& [word, value] : softwire.items()) {
    // Accepts objects as the lists return them.
    if (word == "rule" || word == "origin" || word == "since") continue;
    if (std::ranges::find(kWords, word) == kWords.end()) {
      return bad(field, "unknown word " + in_quotes(word) + "; the known words are those of a statement");
    }
  }
  for (const std::string_view word : kWords) {
    const auto value = softwire.find(word);
    if (value == softwire.end()) continue;
    std::string text;
    if (value->is_string()) {
      text = value->get<std::string>();
    } else if (value->is_number_unsigned()) {
      text = std::to_string(value->get<std::uint64_t>());
    }
    if (text.empty() || std::ranges::any_of(text, is_blank)) {
      return bad(field + "." + std::string(word), "is not a word or a number");
    }
    statement += " " + std::string(word) + " " + text;
  }
  return statement;
}

std::optional<RpcError> read_change(const Json& params, Port68 port_68, SoftwireChange& change) {
  const auto for_each = [&params](const char* name, const auto& read) -> std::optional<RpcError> {
    const auto list = params.find(name);
    if (list == params.end()) return std::nullopt;
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string field = "params." + std::string(name) + "[" + std::to_string(i) + "]";
      const auto statement = statement_of((*list)[i], field);
      if (!statement) return statement.error();
      if (const Result<Done> taken = read(*statement); !taken) return bad(field, taken.error().text);
    }
    return std::nullopt;
  };
  auto error = for_each("remove", [&](const std::string& statement) -> Result<Done> {
    if (is_rule(statement)) {
      const auto key = parse_rule_key(statement);
      if (!key) return key.error();
      change.remove.emplace_back(*key);
    } else {
      const auto key = parse_binding_key(statement);
      if (!key) return key.error();
      change.remove.emplace_back(*key);
    }
    return Done{};
  });
  if (error) return error;
  return for_each("add", [&](const std::string& statement) -> Result<Done> {
    if (is_rule(statement)) {
      const auto rule = parse_rule(statement, port_68);
      if (!rule) return rule.error();
      change.add.emplace_back(*rule);
    } else {
      const auto binding = parse_binding(statement, port_68);
      if (!binding) return binding.error();
      change.add.emplace_back(*binding);
    }
    return Done{};
  });
}

}  // namespace softwire::controlplane
