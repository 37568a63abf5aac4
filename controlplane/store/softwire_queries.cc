// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/softwire_queries.h"

#include <array>
#include <span>
#include <utility>

#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

constexpr std::string_view kAfterWords =
    "after: is not a value of next from a previous page; give such a value, or leave after out";

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

Ipv6Address last_of(const Ipv6Prefix& prefix) {
  Ipv6Address::Octets octets = prefix.address.octets();
  for (unsigned bit = prefix.length; bit < 128; ++bit)
    octets[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  return Ipv6Address(octets);
}

// A place in the order of bindings: "192.0.2.1/52", or "2001:db8::1/192.0.2.1/52" if B4 addresses come first.
struct Place {
  Ipv6Address b4;
  Ipv4Address ipv4;
  Psid psid = 0;
};

std::string to_text(const Binding& binding, bool with_b4) {
  return (with_b4 ? to_string(binding.b4) + "/" : std::string()) + to_string(binding.ipv4) + "/" +
         std::to_string(binding.ports.psid);
}

std::optional<Place> parse_place(std::string_view text, bool with_b4) {
  Place place;
  if (with_b4) {
    const auto b4 = parse_ipv6(text.substr(0, text.find('/')));
    if (!b4) return std::nullopt;
    place.b4 = *b4;
    text.remove_prefix(text.find('/') + 1);
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto ipv4 = parse_ipv4(text.substr(0, slash));
  const auto psid = parse_number(text.substr(slash + 1), 0xffff);
  if (!ipv4 || !psid) return std::nullopt;
  place.ipv4 = *ipv4;
  place.psid = static_cast<Psid>(*psid);
  return place;
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
  auto statement = store.database().prepare(
      "SELECT statement, origin, since, NULL FROM rule WHERE since <= ?1 UNION ALL "
      "SELECT statement, origin, since, until FROM ended_rule WHERE since <= ?1 AND until > ?1");
  if (!statement) return statement.error();
  statement->bind(1, milliseconds(at));
  std::vector<Holder> rules;
  const auto done = for_each_row(*statement, [&rules](const Statement& row) -> Result<Done> {
    const auto stored = read_rule(row);
    if (!stored) return stored.error();
    Holder holder{.binding = {},
                  .rule = stored->softwire,
                  .origin = stored->origin,
                  .since = stored->since,
                  .until = {}};
    if (!row.is_null(3)) holder.until = read_time(row, 3);
    rules.push_back(std::move(holder));
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
    const StoredBinding stored = read_binding(row);
    Holder holder{
        .binding = stored.softwire, .rule = {}, .origin = stored.origin, .since = stored.since, .until = {}};
    if (!row.is_null(7)) holder.until = read_time(row, 7);
    bindings.push_back(std::move(holder));
    return Done{};
  });
  if (!done) return done.error();
  return bindings;
}

std::string bindings_at_sql(std::string_view column) {
  const std::string columns(kBindingColumns);
  const std::string where = std::string(" WHERE ") + std::string(column) + " = ?2 AND since <= ?1";
  return "SELECT " + columns + ", NULL FROM binding" + where + " UNION ALL SELECT " + columns +
         ", until FROM ended_binding" + where + " AND until > ?1 ORDER BY ipv4, psid";
}

// Returns the binding that the rule makes for this CE.
Binding ce_binding(const Rule& rule, Ipv4Address ipv4, Psid psid, const Ipv6Address& ce) {
  return {ipv4, {rule.port_parameters(), psid}, ce, rule.br};
}

}  // namespace

Result<BindingPage> page_of_bindings(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                     std::string_view after) {
  const bool by_b4 = filter.b4.has_value();
  std::string sql = "SELECT " + std::string(kBindingColumns) + " FROM binding WHERE 1";
  std::optional<Place> place;
  if (!after.empty()) {
    place = parse_place(after, by_b4);
    if (!place) return Error{std::string(kAfterWords)};
    sql += by_b4 ? " AND (b4, ipv4, psid) > (?7, ?8, ?9)" : " AND (ipv4, psid) > (?8, ?9)";
  }
  if (filter.ipv4) sql += " AND ipv4 BETWEEN ?1 AND ?2";
  if (filter.b4) sql += " AND b4 BETWEEN ?3 AND ?4";
  if (filter.br) sql += " AND br = ?5";
  if (filter.origin) sql += " AND origin = ?6";
  sql += by_b4 ? " ORDER BY b4, ipv4, psid LIMIT ?10" : " ORDER BY ipv4, psid LIMIT ?10";
  auto statement = store.database().prepare(sql);
  if (!statement) return statement.error();
  // SQLite ignores the binding of a parameter that the statement does not contain.
  if (filter.ipv4) {
    statement->bind(1, std::int64_t{filter.ipv4->address.host()})
        .bind(2, std::int64_t{filter.ipv4->address.host() | ~filter.ipv4->mask()});
  }
  const Ipv6Address last = filter.b4 ? last_of(*filter.b4) : Ipv6Address();
  if (filter.b4) statement->bind(3, std::span(filter.b4->address.octets())).bind(4, std::span(last.octets()));
  if (filter.br) statement->bind(5, std::span(filter.br->octets()));
  if (filter.origin) statement->bind(6, static_cast<std::int64_t>(*filter.origin));
  if (place) {
    if (by_b4) statement->bind(7, std::span(place->b4.octets()));
    statement->bind(8, std::int64_t{place->ipv4.host()}).bind(9, std::int64_t{place->psid});
  }
  statement->bind(10, static_cast<std::int64_t>(limit) + 1);  // one more row shows that there is another page
  BindingPage page;
  const auto done = for_each_row(*statement, [&page](const Statement& row) -> Result<Done> {
    page.bindings.push_back(read_binding(row));
    return Done{};
  });
  if (!done) return done.error();
  if (page.bindings.size() > limit) {
    page.bindings.pop_back();
    page.next = to_text(page.bindings.back().softwire, by_b4);
  }
  return page;
}

Result<EndedPage> page_of_ended(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                std::string_view after) {
  std::string sql =
      "SELECT " + std::string(kBindingColumns) + ", until, reason, id FROM ended_binding WHERE 1";
  std::int64_t after_until = 0;
  std::uint32_t after_id = 0;
  if (!after.empty()) {
    const std::size_t slash = after.find('/');
    const auto until = parse_wall_time(after.substr(0, slash));
    const auto id = slash == std::string_view::npos
                        ? std::nullopt
                        : parse_number(after.substr(slash + 1), std::uint32_t{0xffffffff});
    if (!until || !id) return Error{std::string(kAfterWords)};
    after_until = milliseconds(*until);
    after_id = *id;
    sql += " AND (until, id) < (?5, ?6)";
  }
  if (filter.ipv4) sql += " AND ipv4 BETWEEN ?1 AND ?2";
  if (filter.b4) sql += " AND b4 BETWEEN ?3 AND ?4";
  sql += " ORDER BY until DESC, id DESC LIMIT ?7";
  auto statement = store.database().prepare(sql);
  if (!statement) return statement.error();
  if (filter.ipv4) {
    statement->bind(1, std::int64_t{filter.ipv4->address.host()})
        .bind(2, std::int64_t{filter.ipv4->address.host() | ~filter.ipv4->mask()});
  }
  const Ipv6Address last = filter.b4 ? last_of(*filter.b4) : Ipv6Address();
  if (filter.b4) statement->bind(3, std::span(filter.b4->address.octets())).bind(4, std::span(last.octets()));
  if (!after.empty()) statement->bind(5, after_until).bind(6, std::int64_t{after_id});
  statement->bind(7, static_cast<std::int64_t>(limit) + 1);
  EndedPage page;
  std::int64_t last_id = 0;
  const auto done = for_each_row(*statement, [&](const Statement& row) -> Result<Done> {
    if (page.bindings.size() == limit) {
      page.next = to_string(page.bindings.back().until) + "/" + std::to_string(last_id);
      return Done{};
    }
    EndedBinding ended;
    static_cast<StoredBinding&>(ended) = read_binding(row);
    ended.until = read_time(row, 7);
    ended.reason = static_cast<EndReason>(row.integer(8));
    last_id = row.integer(9);
    page.bindings.push_back(ended);
    return Done{};
  });
  if (!done) return done.error();
  return page;
}

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
    if (holder.rule && holder.binding.b4 == b4) found->push_back(std::move(holder));
  }
  return found;
}

}  // namespace softwire::controlplane
