// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/row_sum.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace softwire::controlplane {

namespace {

void row_sum(sqlite3_context* context, int count, sqlite3_value** values) {
  const std::span all(values, static_cast<std::size_t>(count));
  const auto octets_of = [](sqlite3_value* value) {
    const auto* first = static_cast<const std::byte*>(sqlite3_value_blob(value));
    return std::span(first, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  const auto name = octets_of(all.front());
  RowSum sum(std::string_view(reinterpret_cast<const char*>(name.data()), name.size()));
  for (sqlite3_value* const value : all.subspan(1)) {
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_INTEGER) {
      sum.add(std::int64_t{sqlite3_value_int64(value)});
    } else if (type == SQLITE_NULL) {
      sum.add_null();
    } else {
      sum.add(type, octets_of(value));
    }
  }
  sqlite3_result_int64(context, sum.value());
}

}  // namespace

void RowSum::put(const void* octets, std::size_t size) {
  const auto* next = static_cast<const std::byte*>(octets);
  while (size > 0) {
    if (size_ == octets_.size()) {
      before_ = digest();
      size_ = 0;
    }
    const std::size_t part = std::min(size, octets_.size() - size_);
    std::memcpy(octets_.data() + size_, next, part);
    size_ += part;
    next += part;
    size -= part;
  }
}

RowSum& RowSum::add(std::int64_t value) {
  std::array<std::uint8_t, 9> octets{SQLITE_INTEGER};
  for (std::size_t i = 1; i < octets.size(); ++i) {
    octets[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (64 - 8 * i));
  }
  put(octets.data(), octets.size());
  return *this;
}

RowSum& RowSum::add(int type, std::span<const std::byte> octets) {
  const auto tag = static_cast<std::uint8_t>(type);
  put(&tag, sizeof(tag));
  add(static_cast<std::int64_t>(octets.size()));
  put(octets.data(), octets.size());
  return *this;
}

RowSum& RowSum::add_null() {
  const std::uint8_t tag = SQLITE_NULL;
  put(&tag, sizeof(tag));
  return *this;
}

std::uint64_t RowSum::digest() const {
  return XXH3_64bits_withSeed(octets_.data(), size_, before_);
}

std::int64_t RowSum::value() const {
  const auto sum = static_cast<std::int64_t>(digest() & kSumMask);
  return sum == 0 ? 1 : sum;
}

bool add_row_sum(sqlite3& connection) {
  return sqlite3_create_function_v2(&connection, "softwire_sum", -1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr, &row_sum,
                                    nullptr, nullptr, nullptr) == SQLITE_OK;
}

}  // namespace softwire::controlplane
