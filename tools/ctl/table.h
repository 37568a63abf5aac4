// SPDX-License-Identifier: BSD-3-Clause
// Tables for people: a line of headers, columns two blanks apart, numbers to the right, no wrapping.
#pragma once

#include <string>
#include <vector>

#include "tools/ctl/style.h"

namespace softwire::ctl {

struct Cell {
  std::string text;
  Look look = Look::kPlain;

  Cell(std::string of, Look with = Look::kPlain) : text(std::move(of)), look(with) {}  // NOLINT
  Cell(const char* of) : text(of) {}                                                   // NOLINT
};

struct Column {
  std::string header;
  enum class Align : std::uint8_t { kLeft, kRight } align = Align::kLeft;
};
inline Column right(std::string header) {
  return {std::move(header), Column::Align::kRight};
}

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  // As many cells as there are columns.
  void add(std::vector<Cell> row);
  // The rows since the last call, the first time with the headers above. Of a long list, taken page by page,
  // a column stays as wide as it was, or becomes wider.
  std::string take(const Style& style);
  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Cell>> rows_;
  bool has_headers_ = false;
};

// A name and a value a line, the values below each other.
class Listing {
 public:
  void add(std::string name, Cell value) { rows_.push_back({std::move(name), std::move(value)}); }
  [[nodiscard]] std::string text(const Style& style) const;

 private:
  struct Row {
    std::string name;
    Cell value;
  };
  std::vector<Row> rows_;
};

}  // namespace softwire::ctl
