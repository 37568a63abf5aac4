// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/softwire_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/schema.h"

namespace softwire::controlplane {

namespace {

// Commits are flushed before they return. Readers and the writer do not block each other.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; "
    "PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 2000";
constexpr const char* kReadSettings = "PRAGMA query_only = 1; PRAGMA busy_timeout = 2000";

std::string database_path(const std::string& directory) {
  return directory + "/softwired.db";
}

std::int64_t ports_column(const PortParameters& parameters) {
  return parameters.psid_offset * 256 + parameters.psid_len;
}

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
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
      .bind(7, milliseconds(stored.since));
}

// Takes the lock of the softwired that writes to this directory. Returns -1 and sets errno when another one
// has it.
int lock_directory(const std::string& directory) {
  const int lock = ::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int why = errno;
    close(lock);
    errno = why;
    return -1;
  }
  return lock;
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
  // A stored rule was checked when it was added. It is not checked against port-68 again.
  const auto rule = parse_rule(row.text(first), Port68::kExclude);
  if (!rule) return Error{"the store contains the rule '" + row.text(first) + "': " + rule.error().text};
  return StoredRule{*rule, static_cast<Origin>(row.integer(first + 1)), read_time(row, first + 2)};
}

WallTime read_time(const Statement& row, int column) {
  return WallTime(std::chrono::milliseconds(row.integer(column)));
}

struct SoftwireStore::Statements {
  Statement find, find_other_layout, add, end, remove, set_origin, all, count;
  Statement rules, add_rule, end_rule, remove_rule, set_rule_origin;
  Statement forget, forget_rules, fact, set_fact;
  Statement put_lease, end_lease, leases;
};

SoftwireStore::SoftwireStore(Database database, std::unique_ptr<Statements> statements, int lock)
    : lock_(lock), database_(std::move(database)), statements_(std::move(statements)) {}

SoftwireStore::~SoftwireStore() {
  if (lock_ >= 0) close(lock_);
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::prepare(Database database, int lock) {
  auto statements = std::make_unique<Statements>();
  const std::string columns(kBindingColumns);
  const std::pair<Statement*, std::string> wanted[] = {
      {&statements->find, "SELECT " + columns + " FROM binding WHERE ipv4 = ? AND psid = ?"},
      {&statements->find_other_layout,
       "SELECT " + columns + " FROM binding WHERE ipv4 = ? AND ports <> ? LIMIT 1"},
      {&statements->add, "INSERT INTO binding (" + columns + ") VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&statements->end,
       "INSERT INTO ended_binding (" + columns + ", until, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"},
      {&statements->remove, "DELETE FROM binding WHERE ipv4 = ? AND psid = ?"},
      {&statements->set_origin, "UPDATE binding SET origin = ? WHERE ipv4 = ? AND psid = ?"},
      {&statements->all, "SELECT " + columns + " FROM binding ORDER BY ipv4, psid"},
      {&statements->count, "SELECT count(*) FROM binding"},
      {&statements->rules, "SELECT statement, origin, since FROM rule ORDER BY statement"},
      {&statements->add_rule, "INSERT INTO rule (statement, origin, since) VALUES (?, ?, ?)"},
      {&statements->end_rule,
       "INSERT INTO ended_rule (statement, origin, since, until, reason) VALUES (?, ?, ?, ?, ?)"},
      {&statements->remove_rule, "DELETE FROM rule WHERE statement = ?"},
      {&statements->set_rule_origin, "UPDATE rule SET origin = ? WHERE statement = ?"},
      {&statements->forget,
       "DELETE FROM ended_binding WHERE id IN (SELECT id FROM ended_binding WHERE until < ? LIMIT 10000)"},
      {&statements->forget_rules, "DELETE FROM ended_rule WHERE until < ?"},
      {&statements->fact, "SELECT value FROM fact WHERE name = ?"},
      {&statements->put_lease,
       "INSERT OR REPLACE INTO lease (ipv4, psid, client, expires, server) VALUES (?, ?, ?, ?, ?)"},
      {&statements->end_lease, "DELETE FROM lease WHERE ipv4 = ? AND psid = ?"},
      {&statements->leases, "SELECT " + columns +
                                ", client, expires, server FROM binding JOIN lease USING (ipv4, psid) "
                                "WHERE origin = 2 ORDER BY ipv4, psid"},
      {&statements->set_fact, "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)"},
  };
  for (const auto& [statement, sql] : wanted) {
    auto prepared = database.prepare(sql);
    if (!prepared) {
      if (lock >= 0) close(lock);
      return prepared.error();
    }
    *statement = std::move(*prepared);
  }
  return std::unique_ptr<SoftwireStore>(new SoftwireStore(std::move(database), std::move(statements), lock));
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::open(const std::string& directory) {
  int lock = -1;
  std::string path;
  if (!directory.empty()) {
    std::error_code error;
    if (std::filesystem::create_directories(directory, error)) {
      using std::filesystem::perms;
      std::filesystem::permissions(directory, perms::owner_all | perms::group_read | perms::group_exec,
                                   error);
    }
    if (error)
      return Error{directory + ": " + error.message() +
                   "; state must be a directory that softwired can write to"};
    lock = lock_directory(directory);
    if (lock < 0) {
      return Error{directory + ": " +
                   (errno == EWOULDBLOCK
                        ? std::string("another softwired uses it; give each softwired its own state")
                        : std::strerror(errno) +
                              std::string("; state must be a directory that softwired can write to"))};
    }
    path = database_path(directory);
  }
  const auto set_up = [&]() -> Result<Database> {
    auto database = Database::open(path);
    if (!database) return database;
    if (const auto set = database->run(kSettings); !set) return set.error();
    if (const auto migrated = migrate(*database, path); !migrated) return migrated.error();
    return database;
  };
  auto database = set_up();
  if (!database) {
    if (lock >= 0) close(lock);
    return database.error();
  }
  return prepare(std::move(*database), lock);
}

Result<std::unique_ptr<SoftwireStore>> SoftwireStore::open_to_read(const std::string& directory) {
  const std::string path = database_path(directory);
  std::error_code error;
  if (directory.empty() || !std::filesystem::exists(path, error)) return std::unique_ptr<SoftwireStore>();
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database) return database.error();
  if (const auto set = database->run(kReadSettings); !set) return set.error();
  const auto version = database->integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version != schema_version()) return std::unique_ptr<SoftwireStore>();  // softwired will migrate it
  return prepare(std::move(*database), -1);
}

Result<Done> SoftwireStore::begin() {
  return database_.run("BEGIN IMMEDIATE");
}

Result<Done> SoftwireStore::commit() {
  auto committed = database_.run("COMMIT");
  if (!committed) rollback();
  return committed;
}

void SoftwireStore::rollback() {
  (void)database_.run("ROLLBACK");
}

Result<Done> SoftwireStore::begin_part() {
  return database_.run("SAVEPOINT part");
}

Result<Done> SoftwireStore::end_part(bool keep) {
  return database_.run(keep ? "RELEASE part" : "ROLLBACK TO part; RELEASE part");
}

namespace {

Result<std::optional<StoredBinding>> one_binding(Statement& statement) {
  const auto row = statement.step();
  if (!row) return row.error();
  if (!*row) return std::optional<StoredBinding>();
  const StoredBinding found = read_binding(statement);
  statement.reset();
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
  bind_binding(statements_->add, binding);
  return statements_->add.run_unless_constraint();
}

Result<Done> SoftwireStore::end(const StoredBinding& binding, WallTime until, EndReason reason) {
  bind_binding(statements_->end, binding);
  statements_->end.bind(8, milliseconds(until)).bind(9, static_cast<std::int64_t>(reason));
  if (auto ended = statements_->end.run(); !ended) return ended;
  return statements_->remove.bind(1, std::int64_t{binding.softwire.ipv4.host()})
      .bind(2, std::int64_t{binding.softwire.ports.psid})
      .run();
}

Result<Done> SoftwireStore::set_origin(const Binding& binding, Origin origin) {
  return statements_->set_origin.bind(1, static_cast<std::int64_t>(origin))
      .bind(2, std::int64_t{binding.ipv4.host()})
      .bind(3, std::int64_t{binding.ports.psid})
      .run();
}

Result<Done> SoftwireStore::for_each_binding(const std::function<void(const StoredBinding&)>& visit) {
  for (;;) {
    const auto row = statements_->all.step();
    if (!row) return row.error();
    if (!*row) return Done{};
    visit(read_binding(statements_->all));
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
    if (!rule) {
      statements_->rules.reset();
      return rule.error();
    }
    rules.push_back(*rule);
  }
}

Result<bool> SoftwireStore::add(const StoredRule& rule) {
  return statements_->add_rule.bind(1, to_statement(rule.softwire))
      .bind(2, static_cast<std::int64_t>(rule.origin))
      .bind(3, milliseconds(rule.since))
      .run_unless_constraint();
}

Result<Done> SoftwireStore::end(const StoredRule& rule, WallTime until, EndReason reason) {
  const std::string statement = to_statement(rule.softwire);
  statements_->end_rule.bind(1, statement)
      .bind(2, static_cast<std::int64_t>(rule.origin))
      .bind(3, milliseconds(rule.since))
      .bind(4, milliseconds(until))
      .bind(5, static_cast<std::int64_t>(reason));
  if (auto ended = statements_->end_rule.run(); !ended) return ended;
  return statements_->remove_rule.bind(1, statement).run();
}

Result<Done> SoftwireStore::set_origin(const Rule& rule, Origin origin) {
  return statements_->set_rule_origin.bind(1, static_cast<std::int64_t>(origin))
      .bind(2, to_statement(rule))
      .run();
}

Result<Done> SoftwireStore::put(const Lease& lease) {
  return statements_->put_lease.bind(1, std::int64_t{lease.binding.ipv4.host()})
      .bind(2, std::int64_t{lease.binding.ports.psid})
      .bind(3, std::span<const std::uint8_t>(lease.client))
      .bind(4, milliseconds(lease.expires))
      .bind(5, std::int64_t{lease.server.host()})
      .run();
}

Result<Done> SoftwireStore::end_lease(LeaseKey key) {
  return statements_->end_lease.bind(1, std::int64_t{key.ipv4.host()}).bind(2, std::int64_t{key.psid}).run();
}

Result<Done> SoftwireStore::for_each_lease(const std::function<void(Lease)>& visit) {
  for (;;) {
    const auto row = statements_->leases.step();
    if (!row) return row.error();
    if (!*row) return Done{};
    const auto client = statements_->leases.octets(7);
    visit({read_binding(statements_->leases).softwire, ClientId(client.begin(), client.end()),
           read_time(statements_->leases, 8),
           Ipv4Address::from_host(static_cast<std::uint32_t>(statements_->leases.integer(9)))});
  }
}

Result<std::int64_t> SoftwireStore::forget_ended(WallTime before) {
  if (const auto done = statements_->forget.bind(1, milliseconds(before)).run(); !done) return done.error();
  std::int64_t count = database_.changes();
  if (const auto done = statements_->forget_rules.bind(1, milliseconds(before)).run(); !done) {
    return done.error();
  }
  return count + database_.changes();
}

Result<std::string> SoftwireStore::fact(std::string_view name) {
  const auto row = statements_->fact.bind(1, name).step();
  if (!row) return row.error();
  if (!*row) return std::string();
  std::string value = statements_->fact.text(0);
  statements_->fact.reset();
  return value;
}

Result<Done> SoftwireStore::set_fact(std::string_view name, std::string_view value) {
  return statements_->set_fact.bind(1, name).bind(2, value).run();
}

}  // namespace softwire::controlplane
