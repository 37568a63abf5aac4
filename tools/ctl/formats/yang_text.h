// SPDX-License-Identifier: BSD-3-Clause
// YANG's statement syntax (RFC 7950 section 6) as Snabb writes configuration data in it:
//
//   keyword [argument] ;        keyword [argument] { statements }
//
// Comments are // to the end of the line and /* ... */. An argument may be quoted and, quoted, joined by +.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace softwire::ctl {

class YangText {
 public:
  enum class Event : std::uint8_t {
    kLeaf,   // keyword argument ;
    kOpen,   // keyword argument {
    kClose,  // }
    kEnd,    // of the text
    kError,  // error() says what is wrong
  };

  explicit YangText(std::string_view text) : rest_(text) {}

  Event next();
  // Of the last event kLeaf or kOpen; valid until the next call of next(). argument: empty when there is
  // none.
  [[nodiscard]] std::string_view keyword() const { return keyword_; }
  [[nodiscard]] std::string_view argument() const { return argument_; }
  [[nodiscard]] std::uint32_t line() const { return line_; }  // where it begins, from 1
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  bool skip_blanks();  // and comments; false: one does not end
  std::string_view take_word();
  bool take_quoted();  // into joined_
  Event fail(std::string text);

  std::string_view rest_;
  std::string_view keyword_;
  std::string_view argument_;
  std::string joined_;
  std::string error_;
  std::uint32_t at_line_ = 1;
  std::uint32_t line_ = 1;
};

}  // namespace softwire::ctl
