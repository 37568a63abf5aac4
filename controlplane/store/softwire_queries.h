// SPDX-License-Identifier: BSD-3-Clause
// Queries of the store: pages of bindings, and the holders of an address and port at a given time.
//
// Pages and answers have times as the system clock has shown them (Timeline::shown()). Other times are those
// of the record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

struct BindingPage {
  std::vector<StoredBinding> bindings;
  std::string next;  // value of `after` for the next page; empty: this was the last page
};
// Returns the page that follows `after`, which is empty or the `next` of a page with the same filter. Ordered
// by address and PSID; with a filter of B4 addresses, by B4 address first. Requires: limit >= 1. Returns an
// error when `after` is invalid, or the store fails.
Result<BindingPage> page_of_bindings(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                     std::string_view after);

struct EndedPage {
  std::vector<EndedBinding> bindings;
  std::string next;
};
// Returns why the history cannot be read: the store in use is a substitute. Empty: it can.
std::string why_no_history(const SoftwireStore& store);

// Returns ended bindings, in the order of their ends, the latest first. Uses only `ipv4` and `b4` of the
// filter.
Result<EndedPage> page_of_ended(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                std::string_view after);

// A softwire that existed at some time: a binding, or the softwire that a rule defines for an address and
// port.
struct Holder {
  Binding binding;
  std::optional<Rule> rule;
  Origin origin = Origin::kOperator;
  WallTime since;
  std::optional<WallTime> until;  // not set: it has not ended
};
// Returns the holder of the address, and of the port if the address is shared, at that time. Without a port,
// returns all holders of a part of the address, except the CEs of a rule that shares addresses.
Result<std::vector<Holder>> holders_of(SoftwireStore& store, Ipv4Address ipv4, std::optional<Port> port,
                                       WallTime at);
// Returns the softwires of the B4 or CE address at that time.
Result<std::vector<Holder>> holdings_of(SoftwireStore& store, const Ipv6Address& b4, WallTime at);

// A question about a system time.
struct HolderQuestion {
  std::optional<Ipv4Address> ipv4;  // either this, or b4
  std::optional<Port> port;
  std::optional<Ipv6Address> b4;
  std::optional<WallTime> at;  // not set: now
};
struct HolderAnswer {
  enum class Kind : std::uint8_t {
    kRecorded,
    kFuture,       // the time is later than now
    kNotRecorded,  // nobody is found, and the time is before the record begins
    kUnavailable,  // the time is before a substitute began; what was recorded cannot be read
  };
  Kind kind = Kind::kRecorded;
  std::vector<Holder> holders;
  // False: the system clock showed this time more than once, or went over it. `holders` are those of every
  // moment that may be meant.
  bool is_certain = true;
  WallTime begins;  // the time at which the record begins
  WallTime now;
};
Result<HolderAnswer> answer_of(SoftwireStore& store, const HolderQuestion& question);

// Returns the rules, in the order of their statements.
Result<std::vector<StoredRule>> shown_rules(SoftwireStore& store);

// Softwires with link-local addresses, which an earlier release accepted.
struct LinkLocalCounts {
  std::int64_t bindings = 0;
  std::int64_t rules = 0;
};
Result<LinkLocalCounts> count_link_local(SoftwireStore& store);

}  // namespace softwire::controlplane
