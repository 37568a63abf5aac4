// SPDX-License-Identifier: BSD-3-Clause
// Pages of bindings and of ended bindings. A search looks at a limited number of rows in each call, so a
// filter that few rows match does not keep the store from other work.
//
// Pages have times as the system clock has shown them (Timeline::shown()).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/store/softwire_store.h"

namespace softwire::controlplane {

// Selects bindings. A member that is not set matches all bindings.
struct BindingFilter {
  std::optional<Ipv4Prefix> ipv4;
  std::optional<Ipv6Prefix> b4;
  std::optional<Ipv6Address> br;
  std::optional<Origin> origin;
};

template <typename Row>
struct SearchPage {
  std::vector<Row> bindings;
  std::string next;  // value of `after` for the next page; empty: this was the last page
};
using BindingPage = SearchPage<StoredBinding>;
using EndedPage = SearchPage<EndedBinding>;

// The limit of rows that one call of look() examines.
inline constexpr std::size_t kSearchSlice = 1000;

// A place in the order of bindings.
struct BindingPlace {
  Ipv6Address b4;
  Ipv4Address ipv4;
  Psid psid = 0;
};

// The page that a search makes, and the question. `after`: empty, or the `next` of a page with the same
// filter. Requires: limit >= 1.
template <typename Row>
class PageSearch {
 public:
  PageSearch(const BindingFilter& filter, std::size_t limit, std::string after)
      : filter_(filter), limit_(limit), after_(std::move(after)) {}
  [[nodiscard]] const SearchPage<Row>& page() const { return page_; }

 protected:
  [[nodiscard]] bool is_full() const { return page_.bindings.size() == limit_; }

  BindingFilter filter_;
  std::size_t limit_;
  std::string after_;
  SearchPage<Row> page_;
};

// A search for the page of bindings that follows `after`. Ordered by address and PSID; with a filter of B4
// addresses, by B4 address first. Bindings that change between two calls may be on the page or not.
class BindingSearch : public PageSearch<StoredBinding> {
 public:
  using PageSearch::PageSearch;
  // Examines the next rows, and appends those that match to the page. Returns whether the page is complete,
  // or an error when `after` is invalid, a row is damaged, or the store fails.
  Result<bool> look(SoftwireStore& store);

 private:
  [[nodiscard]] bool is_by_b4() const { return filter_.b4.has_value(); }
  [[nodiscard]] std::string sql() const;
  void bind(Statement& statement) const;
  bool take(const Statement& row, const Timeline& timeline);

  std::optional<BindingPlace> place_;  // of the last row that was examined
};

// A search for the page of ended bindings, in the order of their ends, the latest first. Uses only `ipv4` and
// `b4` of the filter.
class EndedSearch : public PageSearch<EndedBinding> {
 public:
  using PageSearch::PageSearch;
  // As BindingSearch::look(). Returns an error when the store in use is a substitute, too.
  Result<bool> look(SoftwireStore& store);

 private:
  [[nodiscard]] bool is_of_one_address() const;
  [[nodiscard]] std::string sql() const;
  void bind(Statement& statement) const;
  bool take(const Statement& row, const Timeline& timeline);

  std::optional<std::int64_t> below_;  // the `id` of the last row that was examined
  std::int64_t last_id_ = 0;           // the `id` of the last row of the page
};

// Returns why the history cannot be read: the store in use is a substitute. Empty: it can.
std::string why_no_history(const SoftwireStore& store);

}  // namespace softwire::controlplane
