// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/softwire_queries.h"

#include <algorithm>
#include <array>
#include <span>

#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

template <typename Visit>
Result<Done> for_each_row(Statement& statement, Visit visit) {
  for (;;) {
    const auto row = statement.step();
    if (!row) return row.error();
    if (!*row) return Done{};
    if (Result<Done> visited = visit(statement); !visited) {
      statement.reset();
      return visited;
    }
  }
}

// Returns the rules that existed at that time.
Result<std::vector<Holder>> rules_at(SoftwireStore& store, WallTime at) {
  const std::string ended(table_of(TableId::kEndedRule).columns);
  auto statement = store.database().prepare(
      "SELECT statement, origin, since, NULL, sum = softwire_sum('rule', statement, origin, since) FROM rule "
      "WHERE since <= ?1 UNION ALL SELECT statement, origin, since, until, sum = "
      "softwire_sum('ended_rule', " +
      ended + ") FROM ended_rule WHERE since <= ?1 AND until > ?1");
  if (!statement) return statement.error();
  statement->bind(1, milliseconds(at));
  std::vector<Holder> rules;
  const auto done = for_each_row(*statement, [&rules](const Statement& row) -> Result<Done> {
    if (row.integer(4) == 0) return damaged(row.is_null(3) ? TableId::kRule : TableId::kEndedRule);
    const auto stored = read_rule(row);
    if (!stored) return stored.error();
    Holder holder{.binding = {},
                  .rule = stored->softwire,
                  .origin = stored->origin,
                  .since = stored->since,
                  .until = {}};
    if (!row.is_null(3)) holder.until = read_time(row, 3);
    rules.push_back(holder);
    return Done{};
  });
  if (!done) return done.error();
  return rules;
}

// Returns the bindings that existed at the first parameter's time, and whose `column` is the second
// parameter.
Result<std::vector<Holder>> bindings_at(Statement& statement) {
  std::vector<Holder> bindings;
  const auto done = for_each_row(statement, [&bindings](const Statement& row) -> Result<Done> {
    if (row.integer(8) == 0) return damaged(row.is_null(7) ? TableId::kBinding : TableId::kEndedBinding);
    const StoredBinding stored = read_binding(row);
    Holder holder{
        .binding = stored.softwire, .rule = {}, .origin = stored.origin, .since = stored.since, .until = {}};
    if (!row.is_null(7)) holder.until = read_time(row, 7);
    bindings.push_back(holder);
    return Done{};
  });
  if (!done) return done.error();
  return bindings;
}

std::string bindings_at_sql(std::string_view column) {
  const std::string columns(kBindingColumns);
  const std::string where = std::string(" WHERE ") + std::string(column) + " = ?2 AND since <= ?1";
  return "SELECT " + columns + ", NULL, sum = " + sum_of("binding", columns) + " FROM binding" + where +
         " UNION ALL SELECT " + columns +
         ", until, sum = " + sum_of("ended_binding", table_of(TableId::kEndedBinding).columns) +
         " FROM ended_binding" + where + " AND until > ?1 ORDER BY ipv4, psid";
}

// Returns the binding that the rule makes for this CE.
Binding ce_binding(const Rule& rule, Ipv4Address ipv4, Psid psid, const Ipv6Address& ce) {
  return {ipv4, {rule.port_parameters(), psid}, ce, rule.br};
}

}  // namespace

Result<std::vector<Holder>> holders_of(SoftwireStore& store, Ipv4Address ipv4, std::optional<Port> port,
                                       WallTime at) {
  auto statement = store.database().prepare(bindings_at_sql("ipv4"));
  if (!statement) return statement.error();
  statement->bind(1, milliseconds(at)).bind(2, std::int64_t{ipv4.host()});
  auto bindings = bindings_at(*statement);
  if (!bindings) return bindings;
  const auto has_port = [&port](const PortSet& ports) {
    return !port || ports.parameters.is_whole() || (ports.contains(*port) && *port != kDhcpClientPort);
  };
  // An address with bindings does not belong to a rule.
  if (!bindings->empty()) {
    std::erase_if(*bindings, [&](const Holder& holder) { return !has_port(holder.binding.ports); });
    return bindings;
  }
  auto rules = rules_at(store, at);
  if (!rules) return rules;
  const Holder* longest = nullptr;
  for (const Holder& holder : *rules) {
    if (!holder.rule->ipv4.contains(ipv4)) continue;
    if (longest == nullptr || holder.rule->ipv4.length > longest->rule->ipv4.length) longest = &holder;
  }
  if (longest == nullptr) return std::vector<Holder>();
  const Rule& rule = *longest->rule;
  const PortParameters parameters = rule.port_parameters();
  if (!port && !parameters.is_whole() && rule.psid_len == 0) return std::vector<Holder>();
  const Psid psid = parameters.is_whole() ? Psid{0} : port ? parameters.psid_of(*port) : rule.psid;
  const PortSet ports{parameters, psid};
  if (!has_port(ports) || (rule.psid_len != 0 && psid != rule.psid)) return std::vector<Holder>();
  const Ipv6Address ce = rule.ce_address(ipv4, psid);
  // A CE address belongs to the rule with the longest IPv6 prefix.
  for (const Holder& holder : *rules) {
    if (holder.rule->ipv6.length > rule.ipv6.length && holder.rule->ipv6.contains(ce)) {
      return std::vector<Holder>();
    }
  }
  Holder found = *longest;
  found.binding = ce_binding(rule, ipv4, psid, ce);
  return std::vector<Holder>{found};
}

Result<std::vector<Holder>> holdings_of(SoftwireStore& store, const Ipv6Address& b4, WallTime at) {
  auto statement = store.database().prepare(bindings_at_sql("b4"));
  if (!statement) return statement.error();
  statement->bind(1, milliseconds(at)).bind(2, std::span(b4.octets()));
  auto found = bindings_at(*statement);
  if (!found) return found;
  auto rules = rules_at(store, at);
  if (!rules) return rules;
  const Holder* longest = nullptr;
  for (const Holder& holder : *rules) {
    if (!holder.rule->ipv6.contains(b4)) continue;
    if (longest == nullptr || holder.rule->ipv6.length > longest->rule->ipv6.length) longest = &holder;
  }
  if (longest == nullptr) return found;
  const auto ce = longest->rule->ce_of(b4);
  if (!ce) return found;
  // The CE does not hold the address if that has bindings or belongs to another rule.
  auto holders =
      holders_of(store, ce->ipv4,
                 longest->rule->is_shared()
                     ? std::optional(PortSet{longest->rule->port_parameters(), ce->psid}.range(0).last)
                     : std::nullopt,
                 at);
  if (!holders) return holders;
  for (Holder& holder : *holders) {
    if (holder.rule && holder.binding.b4 == b4) found->push_back(holder);
  }
  return found;
}

namespace {

Result<std::vector<Holder>> holders_at(SoftwireStore& store, const HolderQuestion& question, WallTime at) {
  return question.ipv4 ? holders_of(store, *question.ipv4, question.port, at)
                       : holdings_of(store, *question.b4, at);
}

bool is_same(const Holder& one, const Holder& other) {
  return one.binding == other.binding && one.since == other.since && one.until == other.until;
}

}  // namespace

Result<HolderAnswer> answer_of(SoftwireStore& store, const HolderQuestion& question) {
  const ClockReading reading = store.clock().read();
  const WallTime now = store.clock().at(reading);
  HolderAnswer answer;
  answer.now = reading.system;
  answer.begins = store.timeline().shown(store.begins());
  std::vector<RecordedMoment> moments = {{WallTime::max(), true}};
  if (question.at) moments = store.timeline().moments(*question.at, now);
  bool is_recorded = false;
  for (const RecordedMoment& moment : moments) {
    if (question.at && moment.at > now) {
      answer.kind = HolderAnswer::Kind::kFuture;
      return answer;
    }
    // A substitute knows what is running. What was before is in the store that it stands for.
    if (question.at && moment.at < store.begins() && !store.refusal().empty()) {
      answer.kind = HolderAnswer::Kind::kUnavailable;
      return answer;
    }
    answer.is_certain = answer.is_certain && moment.is_certain;
    is_recorded = is_recorded || moment.at >= store.begins();
    auto holders = holders_at(store, question, moment.at);
    if (!holders) return holders.error();
    for (Holder& holder : *holders) {
      holder.since = store.timeline().shown(holder.since);
      if (holder.until) holder.until = std::max(store.timeline().shown(*holder.until), holder.since);
      const auto same = [&holder](const Holder& other) { return is_same(other, holder); };
      if (std::ranges::none_of(answer.holders, same)) answer.holders.push_back(holder);
    }
  }
  if (answer.holders.empty() && !is_recorded) answer.kind = HolderAnswer::Kind::kNotRecorded;
  return answer;
}

Result<std::vector<StoredRule>> shown_rules(SoftwireStore& store) {
  auto rules = store.rules();
  if (!rules) return rules;
  for (StoredRule& rule : *rules) rule.since = store.timeline().shown(rule.since);
  return rules;
}

Result<LinkLocalCounts> count_link_local(SoftwireStore& store) {
  const std::int64_t first = Ipv4Address(169, 254, 0, 0).host();
  const auto bindings =
      store.database().integer("SELECT count(*) FROM binding WHERE ipv4 BETWEEN " + std::to_string(first) +
                               " AND " + std::to_string(first | 0xffff));
  if (!bindings) return bindings.error();
  const auto rules = store.rules();
  if (!rules) return rules.error();
  const auto with_them = std::ranges::count_if(
      *rules, [](const StoredRule& stored) { return stored.softwire.has_link_local_addresses(); });
  return LinkLocalCounts{*bindings, with_them};
}

}  // namespace softwire::controlplane
