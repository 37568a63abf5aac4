// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/binding_pages.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <string_view>

#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

// What the column of a row says that follows the columns of the table.
enum class Match : std::int64_t { kNo, kDamaged, kYes };

Error bad_after() {
  return Error{"after: is not a value of next from a previous page; give such a value, or leave after out"};
}

Ipv6Address last_of(const Ipv6Prefix& prefix) {
  Ipv6Address::Octets octets = prefix.address.octets();
  for (unsigned bit = prefix.length; bit < 128; ++bit)
    octets[bit / 8] |= static_cast<std::uint8_t>(0x80U >> bit % 8);
  return Ipv6Address(octets);
}

std::int64_t first_of(const Ipv4Prefix& prefix) {
  return prefix.address.host();
}

std::int64_t last_of(const Ipv4Prefix& prefix) {
  return prefix.address.host() | ~prefix.mask();
}

// Returns a place as text: "192.0.2.1/52", or "2001:db8::1/192.0.2.1/52" if B4 addresses come first.
std::string to_text(const Binding& binding, bool with_b4) {
  std::string text = with_b4 ? to_string(binding.b4) + "/" : std::string();
  text.append(to_string(binding.ipv4)).append("/").append(std::to_string(binding.ports.psid));
  return text;
}

std::optional<BindingPlace> parse_place(std::string_view text, bool with_b4) {
  BindingPlace place;
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

// Returns the columns of the table, and a column with Match. Computes checksums only of rows that match.
std::string columns_and_match(TableId id, const std::string& condition) {
  const StoreTable& table = table_of(id);
  std::string sql(table.columns);
  sql.append(", CASE WHEN ").append(condition).append(" THEN 1 + (sum = ");
  sql.append(sum_of(table.name, table.columns)).append(") ELSE 0 END");
  return sql;
}

std::string condition_of(const BindingFilter& filter) {
  std::string condition = "1";
  if (filter.ipv4) condition += " AND ipv4 BETWEEN ?1 AND ?2";
  if (filter.b4) condition += " AND b4 BETWEEN ?3 AND ?4";
  if (filter.br) condition += " AND br = ?5";
  if (filter.origin) condition += " AND origin = ?6";
  return condition;
}

// Binds the parameters 1 to 6. SQLite ignores a parameter that the statement does not contain.
void bind_filter(Statement& statement, const BindingFilter& filter) {
  if (filter.ipv4) statement.bind(1, first_of(*filter.ipv4)).bind(2, last_of(*filter.ipv4));
  if (filter.b4) {
    const Ipv6Address last = last_of(*filter.b4);
    statement.bind(3, std::span(filter.b4->address.octets())).bind(4, std::span(last.octets()));
  }
  if (filter.br) statement.bind(5, std::span(filter.br->octets()));
  if (filter.origin) statement.bind(6, static_cast<std::int64_t>(*filter.origin));
}

// Calls `take` for each row until it returns false. Returns whether the search has ended: at the last row, or
// because of `take`.
template <typename Take>
Result<bool> take_rows(Statement& statement, TableId table, int match_column, std::size_t most, Take take) {
  std::size_t examined = 0;
  for (;;) {
    const auto row = statement.step();
    if (!row) return row.error();
    if (!*row) return examined < most;
    ++examined;
    const auto match = static_cast<Match>(statement.integer(match_column));
    if (match != Match::kDamaged && take(statement, match == Match::kYes)) continue;
    statement.reset();
    if (match == Match::kDamaged) return damaged(table);
    return true;
  }
}

}  // namespace

std::string why_no_history(const SoftwireStore& store) {
  return store.refusal().empty() ? std::string() : "the record is not available: " + store.refusal();
}

// The rows from `place_` on, in the order of an index.
std::string BindingSearch::sql() const {
  std::string sql = "SELECT ";
  sql.append(columns_and_match(TableId::kBinding, condition_of(filter_))).append(" FROM binding WHERE ");
  if (is_by_b4()) {
    sql += place_ ? "(b4, ipv4, psid) > (?7, ?8, ?9) AND b4 <= ?4" : "b4 BETWEEN ?3 AND ?4";
    return sql + " ORDER BY b4, ipv4, psid LIMIT ?10";
  }
  sql += place_ ? "(ipv4, psid) > (?8, ?9)" : filter_.ipv4 ? "ipv4 >= ?1" : "1";
  if (filter_.ipv4) sql += " AND ipv4 <= ?2";
  return sql + " ORDER BY ipv4, psid LIMIT ?10";
}

void BindingSearch::bind(Statement& statement) const {
  bind_filter(statement, filter_);
  if (place_) {
    statement.bind(7, std::span(place_->b4.octets()));
    statement.bind(8, std::int64_t{place_->ipv4.host()}).bind(9, std::int64_t{place_->psid});
  }
  statement.bind(10, static_cast<std::int64_t>(kSearchSlice));
}

// Takes a row that matches. Returns false if the page is full; there is another one then.
bool BindingSearch::take(const Statement& row, const Timeline& timeline) {
  if (is_full()) {
    page_.next = to_text(page_.bindings.back().softwire, is_by_b4());
    return false;
  }
  page_.bindings.push_back(read_binding(row));
  page_.bindings.back().since = timeline.shown(page_.bindings.back().since);
  return true;
}

Result<bool> BindingSearch::look(SoftwireStore& store) {
  constexpr int kMatch = 7;
  if (!place_ && !after_.empty()) {
    place_ = parse_place(after_, is_by_b4());
    if (!place_) return bad_after();
  }
  auto statement = store.database().prepare(sql());
  if (!statement) return statement.error();
  bind(*statement);
  BindingPlace last;
  auto done =
      take_rows(*statement, TableId::kBinding, kMatch, kSearchSlice, [&](const Statement& row, bool matches) {
        const Binding binding = read_binding(row).softwire;
        last = {binding.b4, binding.ipv4, binding.ports.psid};
        return !matches || take(row, store.timeline());
      });
  place_ = last;
  return done;
}

bool EndedSearch::is_of_one_address() const {
  return (filter_.ipv4 && filter_.ipv4->length == 32) || (filter_.b4 && filter_.b4->length == 128);
}

// The rows of one address are found by an index, all at once. Otherwise, the rows below `below_`.
std::string EndedSearch::sql() const {
  std::string sql = "SELECT ";
  sql.append(columns_and_match(TableId::kEndedBinding, condition_of(filter_)));
  sql.append(", id FROM ended_binding WHERE id < ?7");
  if (filter_.ipv4 && filter_.ipv4->length == 32) {
    sql += " AND ipv4 = ?1";
  } else if (is_of_one_address()) {
    sql += " AND b4 = ?3";
  }
  return sql + " ORDER BY id DESC LIMIT ?8";
}

void EndedSearch::bind(Statement& statement) const {
  bind_filter(statement, filter_);
  statement.bind(7, *below_);
  statement.bind(8, is_of_one_address() ? std::int64_t{-1} : static_cast<std::int64_t>(kSearchSlice));
}

bool EndedSearch::take(const Statement& row, const Timeline& timeline) {
  if (is_full()) {
    page_.next = std::to_string(last_id_);
    return false;
  }
  EndedBinding ended;
  static_cast<StoredBinding&>(ended) = read_binding(row);
  ended.since = timeline.shown(ended.since);
  // The clock may have been set back between start and end.
  ended.until = std::max(timeline.shown(read_time(row, 7)), ended.since);
  ended.reason = static_cast<EndReason>(row.integer(8));
  last_id_ = row.integer(10);
  page_.bindings.push_back(ended);
  return true;
}

Result<bool> EndedSearch::look(SoftwireStore& store) {
  constexpr int kMatch = 9;
  constexpr int kId = 10;
  // An empty page would say that there was nothing.
  if (std::string why = why_no_history(store); !why.empty()) return Error{std::move(why)};
  if (!below_) {
    below_ = std::numeric_limits<std::int64_t>::max();
    const char* end = after_.data() + after_.size();
    if (!after_.empty()) {
      const auto [parsed, error] = std::from_chars(after_.data(), end, *below_);
      if (error != std::errc() || parsed != end) return bad_after();
    }
  }
  auto statement = store.database().prepare(sql());
  if (!statement) return statement.error();
  bind(*statement);
  const std::size_t most = is_of_one_address() ? std::numeric_limits<std::size_t>::max() : kSearchSlice;
  std::int64_t last = *below_;
  auto done =
      take_rows(*statement, TableId::kEndedBinding, kMatch, most, [&](const Statement& row, bool matches) {
        last = row.integer(kId);
        return !matches || take(row, store.timeline());
      });
  below_ = last;
  return done;
}

}  // namespace softwire::controlplane
