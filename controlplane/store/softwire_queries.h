// SPDX-License-Identifier: BSD-3-Clause
// What people ask the store: pages of bindings, who had an address and port at a time, what was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/store/softwire_store.h"

namespace softwire::controlplane {

// What bindings must have; what is not set is all the same.
struct BindingFilter {
  std::optional<Ipv4Prefix> ipv4;
  std::optional<Ipv6Prefix> b4;
  std::optional<Ipv6Address> br;
  std::optional<Origin> origin;
};

struct BindingPage {
  std::vector<StoredBinding> bindings;
  std::string next;  // where the next page begins; empty: this was the last
};
// From the softwire behind `after`, which is a `next` of the same filter, or empty. Ordered by address and
// PSID; with a filter of B4 addresses by those first. Limit: 1 at least. Error: `after` is none, or the store
// fails.
Result<BindingPage> page_of_bindings(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                     std::string_view after);

struct EndedPage {
  std::vector<EndedBinding> bindings;
  std::string next;
};
// Those that have ended, the latest first. Of the filter, `ipv4` and `b4` count.
Result<EndedPage> page_of_ended(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                std::string_view after);

// A softwire that was there at some time: a binding, or what a rule made of address and port.
struct Holder {
  Binding binding;
  std::optional<Rule> rule;
  Origin origin = Origin::kOperator;
  WallTime since;
  std::optional<WallTime> until;  // not set: it is still there
};
// Who had the address, and of a shared one the port, at that time. Without a port: everybody who had a part
// of the address; of a rule that shares addresses nobody in particular, which is nobody here.
Result<std::vector<Holder>> holders_of(SoftwireStore& store, Ipv4Address ipv4, std::optional<Port> port,
                                       WallTime at);
// What the B4 or CE address had at that time.
Result<std::vector<Holder>> holdings_of(SoftwireStore& store, const Ipv6Address& b4, WallTime at);

}  // namespace softwire::controlplane
