// SPDX-License-Identifier: BSD-3-Clause
// Queries of the store: the holders of an address and port at a given time.
//
// Answers have times as the system clock has shown them (Timeline::shown()). Other times are those
// of the record.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "controlplane/store/softwire_store.h"

namespace softwire::controlplane {

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
