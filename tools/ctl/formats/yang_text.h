// SPDX-License-Identifier: BSD-3-Clause
// Parses YANG's statement syntax (RFC 7950 section 6), in which Snabb writes configuration data:
//
//   keyword [argument] ;        keyword [argument] { statements }
//
// Comments are // to the end of the line, and /* ... */. An argument may be quoted. Quoted parts may be
// joined with +.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "softwire/result.h"

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
  // Describe the last event kLeaf or kOpen. Valid until the next call of next(). The argument is empty when
  // there is none.
  [[nodiscard]] std::string_view keyword() const { return keyword_; }
  [[nodiscard]] std::string_view argument() const { return argument_; }
  [[nodiscard]] std::uint32_t line() const { return line_; }  // where it begins, counted from 1
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  bool skip_blanks();  // and comments; returns false when a comment does not end
  std::string_view take_word();
  bool take_quoted();  // sets joined_; returns false when a quote does not end
  Event fail(std::string text);

  std::string_view rest_;
  std::string_view keyword_;
  std::string_view argument_;
  std::string joined_;
  std::string error_;
  std::uint32_t at_line_ = 1;
  std::uint32_t line_ = 1;
};

// Calls leaf() for each leaf and open() for each block that begins. Returns the first other event: kClose,
// kEnd or kError. An error from leaf() or open() ends it.
template <typename Leaf, typename Open>
Result<YangText::Event> read_statements(YangText& text, Leaf leaf, Open open) {
  for (;;) {
    const YangText::Event event = text.next();
    if (event != YangText::Event::kLeaf && event != YangText::Event::kOpen) return event;
    if (std::optional<Error> bad = event == YangText::Event::kLeaf ? leaf() : open()) return *bad;
  }
}

}  // namespace softwire::ctl
