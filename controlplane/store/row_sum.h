// SPDX-License-Identifier: BSD-3-Clause
// The checksum of a row. It finds flipped bits and rows that another program has written. It is no protection
// against somebody who wants to deceive.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace softwire::controlplane {

// Checksums are from 1 to kSumMask, so that the sum of two of them fits into an SQLite integer.
inline constexpr std::int64_t kSumMask = (std::int64_t{1} << 62) - 1;

// Computes the checksum of a row from its values. Gives the same as softwire_sum() with the table's name and
// these values.
class RowSum {
 public:
  explicit RowSum(std::string_view table) { add(table); }
  RowSum& add(std::int64_t value);
  RowSum& add(std::string_view text) { return add(SQLITE_TEXT, std::as_bytes(std::span(text))); }
  RowSum& add(std::span<const std::uint8_t> octets) { return add(SQLITE_BLOB, std::as_bytes(octets)); }
  // Adds a value of a type of SQLite that has octets.
  RowSum& add(int type, std::span<const std::byte> octets);
  RowSum& add_null();
  [[nodiscard]] std::int64_t value() const;

 private:
  void put(const void* octets, std::size_t size);
  [[nodiscard]] std::uint64_t digest() const;

  static constexpr std::size_t kSmall = 512;  // octets of an ordinary row
  std::array<std::byte, kSmall> octets_;      // NOLINT(cppcoreguidelines-pro-type-member-init): see size_
  std::size_t size_ = 0;
  std::uint64_t before_ = 0;  // digest of the octets that did not fit
};

// Adds the SQL function softwire_sum(table, column, ...) to the connection. It returns the checksum of the
// values: XXH3 (64 bits) of their types and octets, integers in big-endian order. Returns false without
// memory.
bool add_row_sum(sqlite3& connection);

// Returns the SQL expression for the checksum of a row: "softwire_sum('binding', ipv4, psid)".
inline std::string sum_of(std::string_view table, std::string_view columns) {
  return "softwire_sum('" + std::string(table) + "', " + std::string(columns) + ")";
}

}  // namespace softwire::controlplane
