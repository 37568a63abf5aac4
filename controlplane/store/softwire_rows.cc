// SPDX-License-Identifier: BSD-3-Clause
// The rows of the store: softwires, leases, facts and history.
#include <algorithm>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/store_statements.h"

namespace softwire::controlplane {

namespace {

// Columns that are 0 if the row is damaged; see columns_and_soundness().
constexpr int kSoundBinding = 7;
constexpr int kSoundRule = 3;
constexpr int kSoundFact = 2;
constexpr int kSoundLease = 10;
constexpr std::string_view kDamagedRow = "the store has a damaged row in the table ";

std::int64_t ports_column(const PortParameters& parameters) {
  return parameters.psid_offset * 256 + parameters.psid_len;
}

Ipv6Address ipv6_column(const Statement& row, int column) {
  Ipv6Address::Octets octets{};
  const auto stored = row.octets(column);
  std::copy_n(stored.begin(), std::min(stored.size(), octets.size()), octets.begin());
  return Ipv6Address(octets);
}

void bind_binding(Statement& statement, const StoredBinding& stored) {
  const Binding& binding = stored.softwire;
  statement.bind(1, std::int64_t{binding.ipv4.host()})
      .bind(2, std::int64_t{binding.ports.psid})
      .bind(3, ports_column(binding.ports.parameters))
      .bind(4, std::span(binding.b4.octets()))
      .bind(5, std::span(binding.br.octets()))
      .bind(6, static_cast<std::int64_t>(stored.origin))
      .bind(7, milliseconds_of(stored.since));
}

std::int64_t sum_of_binding(const StoredBinding& stored) {
  const Binding& binding = stored.softwire;
  return RowSum("binding")
      .add(std::int64_t{binding.ipv4.host()})
      .add(std::int64_t{binding.ports.psid})
      .add(ports_column(binding.ports.parameters))
      .add(std::span(binding.b4.octets()))
      .add(std::span(binding.br.octets()))
      .add(static_cast<std::int64_t>(stored.origin))
      .add(milliseconds_of(stored.since))
      .value();
}

Result<Done> inserted(const Result<bool>& result) {
  if (!result) return result.error();
  return *result ? Result<Done>(Done{}) : Error{"the history does not accept the row"};
}

Result<Done> erased(const Result<std::int64_t>& result) {
  return result ? Result<Done>(Done{}) : result.error();
}

}  // namespace

StoredBinding read_binding(const Statement& row, int first) {
  const auto ports = static_cast<unsigned>(row.integer(first + 2));
  StoredBinding stored;
  stored.softwire.ipv4 = Ipv4Address::from_host(static_cast<std::uint32_t>(row.integer(first)));
  stored.softwire.ports = {{static_cast<std::uint8_t>(ports >> 8), static_cast<std::uint8_t>(ports)},
                           static_cast<Psid>(row.integer(first + 1))};
  stored.softwire.b4 = ipv6_column(row, first + 3);
  stored.softwire.br = ipv6_column(row, first + 4);
  stored.origin = static_cast<Origin>(row.integer(first + 5));
  stored.since = read_time(row, first + 6);
  return stored;
}

Result<StoredRule> read_rule(const Statement& row, int first) {
  // A stored rule was checked when it was added.
  const auto rule = parse_stored_rule(row.text(first));
  if (!rule) return Error{"the store contains the rule '" + row.text(first) + "': " + rule.error().text};
  return StoredRule{*rule, static_cast<Origin>(row.integer(first + 1)), read_time(row, first + 2)};
}

WallTime read_time(const Statement& row, int column) {
  return WallTime(std::chrono::milliseconds(row.integer(column)));
}

std::string columns_and_soundness(TableId id) {
  const StoreTable& table = table_of(id);
  return std::string(table.columns) + ", sum = " + sum_of(table.name, table.columns);
}

bool is_of_damaged_row(const Error& error) {
  return error.text.starts_with(kDamagedRow);
}

Error damaged(TableId id) {
  return Error{std::string(kDamagedRow) + std::string(table_of(id).name) +
               "; softwirectl store check names it, softwirectl store repair takes it out"};
}

namespace {

Result<std::optional<StoredBinding>> one_binding(Statement& statement) {
  const auto row = statement.step();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredBinding>();
  const StoredBinding found = read_binding(statement);
  const bool is_sound = statement.integer(kSoundBinding) != 0;
  statement.reset();
  if (!is_sound) return damaged(TableId::kBinding);
  return std::optional(found);
}

}  // namespace

Result<std::optional<StoredBinding>> SoftwireStore::find(Ipv4Address ipv4, Psid psid) {
  return one_binding(statements_->find.bind(1, std::int64_t{ipv4.host()}).bind(2, std::int64_t{psid}));
}

Result<std::optional<StoredBinding>> SoftwireStore::find_other_layout(Ipv4Address ipv4,
                                                                      const PortParameters& parameters) {
  return one_binding(
      statements_->find_other_layout.bind(1, std::int64_t{ipv4.host()}).bind(2, ports_column(parameters)));
}

Result<bool> SoftwireStore::add(const StoredBinding& binding) {
  // A file may have a million bindings. SQLite takes longer for RETURNING than for the row.
  bind_binding(statements_->add, binding);
  const std::int64_t sum = sum_of_binding(binding);
  auto added = statements_->add.bind(8, sum).run_unless_constraint();
  if (added && *added) total(TableId::kBinding).add(sum);
  return added;
}

Result<Done> SoftwireStore::end(const StoredBinding& binding, WallTime until, EndReason reason) {
  bind_binding(statements_->end, binding);
  statements_->end.bind(8, milliseconds_of(std::max(until, binding.since)))
      .bind(9, static_cast<std::int64_t>(reason));
  if (auto ended = inserted(insert(TableId::kEndedBinding, statements_->end)); !ended) return ended;
  statements_->remove.bind(1, std::int64_t{binding.softwire.ipv4.host()})
      .bind(2, std::int64_t{binding.softwire.ports.psid});
  return erased(erase(TableId::kBinding, statements_->remove));
}

Result<Done> SoftwireStore::set_origin(const Binding& binding, Origin origin) {
  statements_->binding_sum.bind(1, std::int64_t{binding.ipv4.host()})
      .bind(2, std::int64_t{binding.ports.psid});
  statements_->set_origin.bind(1, static_cast<std::int64_t>(origin))
      .bind(2, std::int64_t{binding.ipv4.host()})
      .bind(3, std::int64_t{binding.ports.psid});
  return replace(TableId::kBinding, statements_->binding_sum, statements_->set_origin);
}

Result<Done> SoftwireStore::for_each_binding(const std::function<void(const StoredBinding&)>& visit) {
  for (;;) {
    const auto row = statements_->all.step();
    if (!row) return row.error();
    if (!*row) return Done{};
    const StoredBinding stored = read_binding(statements_->all);
    if (statements_->all.integer(kSoundBinding) == 0) {
      statements_->all.reset();
      return damaged(TableId::kBinding);
    }
    visit(stored);
  }
}

Result<std::int64_t> SoftwireStore::count_bindings() {
  const auto row = statements_->count.step();
  if (!row) return row.error();
  const std::int64_t count = statements_->count.integer(0);
  statements_->count.reset();
  return count;
}

Result<std::vector<StoredRule>> SoftwireStore::rules() {
  std::vector<StoredRule> rules;
  for (;;) {
    const auto row = statements_->rules.step();
    if (!row) return row.error();
    if (!*row) return rules;
    const auto rule = read_rule(statements_->rules);
    const bool is_sound = statements_->rules.integer(kSoundRule) != 0;
    if (!rule || !is_sound) {
      statements_->rules.reset();
      return is_sound ? rule.error() : damaged(TableId::kRule);
    }
    rules.push_back(*rule);
  }
}

Result<bool> SoftwireStore::add(const StoredRule& rule) {
  statements_->add_rule.bind(1, to_statement(rule.softwire))
      .bind(2, static_cast<std::int64_t>(rule.origin))
      .bind(3, milliseconds_of(rule.since));
  return insert(TableId::kRule, statements_->add_rule);
}

Result<Done> SoftwireStore::end(const StoredRule& rule, WallTime until, EndReason reason) {
  const std::string statement = to_statement(rule.softwire);
  statements_->end_rule.bind(1, statement)
      .bind(2, static_cast<std::int64_t>(rule.origin))
      .bind(3, milliseconds_of(rule.since))
      .bind(4, milliseconds_of(std::max(until, rule.since)))
      .bind(5, static_cast<std::int64_t>(reason));
  if (auto ended = inserted(insert(TableId::kEndedRule, statements_->end_rule)); !ended) return ended;
  statements_->remove_rule.bind(1, statement);
  return erased(erase(TableId::kRule, statements_->remove_rule));
}

Result<Done> SoftwireStore::set_origin(const Rule& rule, Origin origin) {
  const std::string statement = to_statement(rule);
  statements_->rule_sum.bind(1, statement);
  statements_->set_rule_origin.bind(1, static_cast<std::int64_t>(origin)).bind(2, statement);
  return replace(TableId::kRule, statements_->rule_sum, statements_->set_rule_origin);
}

Result<Done> SoftwireStore::put(const Lease& lease) {
  const std::int64_t ipv4 = lease.binding.ipv4.host();
  const std::int64_t psid = lease.binding.ports.psid;
  statements_->lease_sum.bind(1, ipv4).bind(2, psid);
  statements_->put_lease.bind(1, ipv4)
      .bind(2, psid)
      .bind(3, std::span<const std::uint8_t>(lease.client))
      .bind(4, milliseconds_of(lease.expires))
      .bind(5, std::int64_t{lease.server.host()});
  return replace(TableId::kLease, statements_->lease_sum, statements_->put_lease);
}

Result<Done> SoftwireStore::end_lease(LeaseKey key) {
  statements_->end_lease.bind(1, std::int64_t{key.ipv4.host()}).bind(2, std::int64_t{key.psid});
  return erased(erase(TableId::kLease, statements_->end_lease));
}

Result<Done> SoftwireStore::for_each_lease(const std::function<void(Lease)>& visit) {
  for (;;) {
    const auto row = statements_->leases.step();
    if (!row) return row.error();
    if (!*row) return Done{};
    if (statements_->leases.integer(kSoundLease) == 0) {
      statements_->leases.reset();
      return damaged(TableId::kLease);
    }
    const auto client = statements_->leases.octets(7);
    visit({read_binding(statements_->leases).softwire, ClientId(client.begin(), client.end()),
           read_time(statements_->leases, 8),
           Ipv4Address::from_host(static_cast<std::uint32_t>(statements_->leases.integer(9)))});
  }
}

Result<std::int64_t> SoftwireStore::forget_ended(WallTime before) {
  // Every page that changes is written to the journal. On a full disk the journal has the size that it has.
  for (const std::int64_t most : {kMaxForgotten, std::int64_t{50}, std::int64_t{5}}) {
    auto count = forget_some(before, most);
    if (count || !database_.is_full()) return count;
    static_cast<void>(database_.integer("PRAGMA wal_checkpoint(RESTART)"));
  }
  return forget_some(before, 1);
}

Result<std::int64_t> SoftwireStore::forget_some(WallTime before, std::int64_t most) {
  if (const auto begun = begin(); !begun) return begun.error();
  auto count =
      erase(TableId::kEndedBinding, statements_->forget.bind(1, milliseconds_of(before)).bind(2, most));
  if (count && *count < most) {
    auto rules = erase(TableId::kEndedRule,
                       statements_->forget_rules.bind(1, milliseconds_of(before)).bind(2, most - *count));
    count = rules ? Result<std::int64_t>(*count + *rules) : rules.error();
  }
  if (!count || *count == 0) {
    rollback();
    return count;
  }
  const WallTime begins = std::exchange(record_.begins, std::max(record_.begins, before));
  if (const auto committed = commit(); !committed) {
    record_.begins = begins;
    return committed.error();
  }
  return count;
}

Result<std::string> SoftwireStore::fact(std::string_view name) {
  const auto row = statements_->fact.bind(1, name).step();
  if (!row) return row.error();
  if (!*row) return std::string();
  std::string value = statements_->fact.text(1);
  const bool is_sound = statements_->fact.integer(kSoundFact) != 0;
  statements_->fact.reset();
  if (!is_sound) return damaged(TableId::kFact);
  return value;
}

Result<Done> SoftwireStore::set_fact(std::string_view name, std::string_view value) {
  statements_->fact_sum.bind(1, name);
  return replace(TableId::kFact, statements_->fact_sum, statements_->set_fact.bind(1, name).bind(2, value));
}

Result<bool> SoftwireStore::insert(TableId table, Statement& statement) {
  const auto sum = statement.returned_unless_constraint();
  if (!sum) return sum.error();
  if (*sum) total(table).add(**sum);
  return sum->has_value();
}

Result<std::int64_t> SoftwireStore::erase(TableId table, Statement& statement) {
  std::int64_t count = 0;
  for (;;) {
    const auto row = statement.step();
    if (!row) return row.error();
    if (!*row) return count;
    total(table).remove(statement.integer(0));
    ++count;
  }
}

Result<Done> SoftwireStore::replace(TableId table, Statement& find_sum, Statement& put) {
  const auto row = find_sum.step();
  if (!row) return row.error();
  const std::optional<std::int64_t> before = *row ? std::optional(find_sum.integer(0)) : std::nullopt;
  find_sum.reset();
  const auto added = insert(table, put);
  if (!added) return added.error();
  if (!*added) return damaged(table);
  if (before) total(table).remove(*before);
  return Done{};
}

}  // namespace softwire::controlplane
