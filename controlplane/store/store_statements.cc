// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_statements.h"

#include <string>
#include <utility>

namespace softwire::controlplane {

namespace {

// Returns the statement that inserts a row with its checksum: "INSERT INTO rule (...) VALUES (?1, ..., sum)".
std::string insertion(TableId id, std::string_view verb = "INSERT") {
  const StoreTable& table = table_of(id);
  std::string parameters = "?1";
  int count = 1;
  for (const char c : table.columns) {
    if (c == ',') parameters += ", ?" + std::to_string(++count);
  }
  return std::string(verb) + " INTO " + std::string(table.name) + " (" + std::string(table.columns) +
         ", sum) VALUES (" + parameters + ", " + sum_of(table.name, parameters) + ") RETURNING sum";
}

std::string all_of(TableId id) {
  const StoreTable& table = table_of(id);
  return "SELECT " + columns_and_soundness(id) + " FROM " + std::string(table.name);
}

}  // namespace

Result<Done> SoftwireStore::Statements::prepare(Database& database) {
  const std::string forgotten = " WHERE until < ?1 LIMIT ?2) RETURNING sum";
  const std::pair<Statement*, std::string> wanted[] = {
      {&find, all_of(TableId::kBinding) + " WHERE ipv4 = ? AND psid = ?"},
      {&find_other_layout, all_of(TableId::kBinding) + " WHERE ipv4 = ? AND ports <> ? LIMIT 1"},
      {&add,
       "INSERT INTO binding (" + std::string(kBindingColumns) + ", sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"},
      {&end, insertion(TableId::kEndedBinding)},
      {&remove, "DELETE FROM binding WHERE ipv4 = ? AND psid = ? RETURNING sum"},
      {&set_origin,
       "UPDATE binding SET origin = ?1, sum = softwire_sum('binding', ipv4, psid, ports, b4, br, ?1, since) "
       "WHERE ipv4 = ?2 AND psid = ?3 AND sum = " +
           sum_of("binding", kBindingColumns) + " RETURNING sum"},
      {&binding_sum, "SELECT sum FROM binding WHERE ipv4 = ? AND psid = ?"},
      {&all, all_of(TableId::kBinding) + " ORDER BY ipv4, psid"},
      {&count, "SELECT count(*) FROM binding"},
      {&rules, all_of(TableId::kRule) + " ORDER BY statement"},
      {&add_rule, insertion(TableId::kRule)},
      {&end_rule, insertion(TableId::kEndedRule)},
      {&remove_rule, "DELETE FROM rule WHERE statement = ? RETURNING sum"},
      {&set_rule_origin,
       "UPDATE rule SET origin = ?1, sum = softwire_sum('rule', statement, ?1, since) WHERE statement = ?2 "
       "AND "
       "sum = softwire_sum('rule', statement, origin, since) RETURNING sum"},
      {&rule_sum, "SELECT sum FROM rule WHERE statement = ?"},
      {&forget, "DELETE FROM ended_binding WHERE id IN (SELECT id FROM ended_binding" + forgotten},
      {&forget_rules, "DELETE FROM ended_rule WHERE id IN (SELECT id FROM ended_rule" + forgotten},
      {&fact, all_of(TableId::kFact) + " WHERE name = ?"},
      {&set_fact, insertion(TableId::kFact, "INSERT OR REPLACE")},
      {&fact_sum, "SELECT sum FROM fact WHERE name = ?"},
      {&put_lease, insertion(TableId::kLease, "INSERT OR REPLACE")},
      {&end_lease, "DELETE FROM lease WHERE ipv4 = ? AND psid = ? RETURNING sum"},
      {&leases,
       "SELECT ipv4, psid, ports, b4, br, origin, since, client, expires, server, lease.sum = "
       "softwire_sum('lease', ipv4, psid, client, expires, server) FROM binding JOIN lease USING (ipv4, "
       "psid) "
       "WHERE origin = 2 ORDER BY ipv4, psid"},
      {&lease_sum, "SELECT sum FROM lease WHERE ipv4 = ? AND psid = ?"},
      {&add_step, insertion(TableId::kClockStep)},
      {&record,
       "UPDATE record SET now = ?1, running = ?2, boot = ?3, begins = ?4, commits = ?5, sum = "
       "softwire_sum('record', ?1, ?2, ?3, ?4, ?5)"},
  };
  for (const auto& [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return Done{};
}

}  // namespace softwire::controlplane
