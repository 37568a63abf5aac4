// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/table.h"

#include <algorithm>

namespace softwire::ctl {

namespace {

constexpr std::string_view kGap = "  ";

void append_line(std::string& text, const std::vector<Column>& columns,
                 const std::vector<std::size_t>& widths, const std::vector<Cell>& row, const Style& style) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string blanks(widths[i] - std::min(widths[i], row[i].text.size()), ' ');
    if (i != 0) text += kGap;
    if (columns[i].align == Column::Align::kRight) text += blanks;
    text += style(row[i].look, row[i].text);
    // Writes no blanks at the end of a line.
    if (columns[i].align == Column::Align::kLeft && i + 1 != row.size()) text += blanks;
  }
  while (text.ends_with(' ')) text.pop_back();
  text += '\n';
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(column.header.size());
}

void Table::add(std::vector<Cell> row) {
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], row[i].text.size());
  rows_.push_back(std::move(row));
}

std::string Table::take(const Style& style) {
  std::string text;
  if (!has_headers_) {
    has_headers_ = true;
    std::vector<Cell> headers;
    for (const Column& column : columns_) headers.emplace_back(column.header, Look::kBold);
    append_line(text, columns_, widths_, headers, style);
  }
  for (const auto& row : rows_) append_line(text, columns_, widths_, row, style);
  rows_.clear();
  return text;
}

std::string Listing::text(const Style& style) const {
  std::size_t width = 0;
  for (const Row& row : rows_) width = std::max(width, row.name.size());
  std::string text;
  for (const Row& row : rows_) {
    text += style(Look::kBold, row.name) + std::string(width - row.name.size(), ' ') + std::string(kGap) +
            style(row.value.look, row.value.text) + '\n';
  }
  return text;
}

}  // namespace softwire::ctl
