// SPDX-License-Identifier: BSD-3-Clause
// Pages of bindings, searched to their end.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <utility>

#include "controlplane/store/binding_pages.h"

namespace softwire::controlplane {

template <typename Search>
auto whole_page(SoftwireStore& store, Search search) -> Result<std::decay_t<decltype(search.page())>> {
  for (;;) {
    const auto done = search.look(store);
    if (!done) return done.error();
    if (*done) return search.page();
  }
}

inline Result<BindingPage> page_of_bindings(SoftwireStore& store, const BindingFilter& filter,
                                            std::size_t limit, std::string after) {
  return whole_page(store, BindingSearch(filter, limit, std::move(after)));
}

inline Result<EndedPage> page_of_ended(SoftwireStore& store, const BindingFilter& filter, std::size_t limit,
                                       std::string after) {
  return whole_page(store, EndedSearch(filter, limit, std::move(after)));
}

}  // namespace softwire::controlplane
