// SPDX-License-Identifier: BSD-3-Clause
// Tables for people: a line of headers, columns two blanks apart, numbers aligned right, no wrapping.
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

  // Adds a row. Requires: as many cells as columns.
  void add(std::vector<Cell> row);
  // Returns the rows since the last call; the first call also returns the headers. A long list can be printed
  // page by page. A column never becomes narrower.
  std::string take(const Style& style);
  [[nodiscard]] bool is_empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<Cell>> rows_;
  bool has_headers_ = false;
};

// Prints a name and a value per line, with the values aligned.
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
