// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/yang_text.h"

#include <algorithm>

#include "controlplane/text/values.h"

namespace softwire::ctl {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

constexpr bool ends_word(char c) {
  return is_space(c) || c == ';' || c == '{' || c == '}' || c == '"' || c == '\'';
}

}  // namespace

YangText::Event YangText::fail(std::string text) {
  error_ = std::move(text);
  line_ = at_line_;
  return Event::kError;
}

bool YangText::skip_blanks() {
  for (;;) {
    const auto* const first = std::ranges::find_if_not(rest_, is_space);
    at_line_ += static_cast<std::uint32_t>(std::count(rest_.begin(), first, '\n'));
    rest_.remove_prefix(static_cast<std::size_t>(first - rest_.begin()));
    if (rest_.starts_with("//")) {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    } else if (rest_.starts_with("/*")) {
      const std::size_t end = rest_.find("*/", 2);
      if (end == std::string_view::npos) return false;
      at_line_ += static_cast<std::uint32_t>(std::ranges::count(rest_.substr(0, end), '\n'));
      rest_.remove_prefix(end + 2);
    } else {
      return true;
    }
  }
}

std::string_view YangText::take_word() {
  const auto* const end = std::ranges::find_if(rest_, ends_word);
  const std::string_view word(rest_.begin(), end);
  rest_.remove_prefix(word.size());
  return word;
}

bool YangText::take_quoted() {
  joined_.clear();
  for (;;) {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    for (;;) {
      if (rest_.empty()) return false;
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == quote) break;
      if (c == '\n') ++at_line_;
      // A backslash is special only in double quotes (RFC 7950 section 6.1.3).
      if (c == '\\' && quote == '"' && !rest_.empty()) {
        const char escaped = rest_.front();
        if (escaped == 'n' || escaped == 't' || escaped == '"' || escaped == '\\') {
          c = escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
          rest_.remove_prefix(1);
        }
      }
      joined_ += c;
    }
    if (!skip_blanks()) return false;
    if (rest_.empty() || rest_.front() != '+') return true;
    rest_.remove_prefix(1);
    if (!skip_blanks() || rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return false;
  }
}

YangText::Event YangText::next() {
  if (!skip_blanks()) return fail("the comment does not end; end it with */");
  line_ = at_line_;
  keyword_ = argument_ = {};
  if (rest_.empty()) return Event::kEnd;
  if (rest_.front() == '}') {
    rest_.remove_prefix(1);
    return Event::kClose;
  }
  keyword_ = take_word();
  if (keyword_.empty()) {
    return fail(controlplane::in_quotes(rest_.substr(0, 1)) +
                " cannot begin a statement; one begins with a keyword");
  }
  if (!skip_blanks()) return fail("the comment does not end; end it with */");
  if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
    if (!take_quoted()) return fail("the text in quotes does not end; end it with the quote that begins it");
    argument_ = joined_;
  } else {
    argument_ = take_word();
    if (!skip_blanks()) return fail("the comment does not end; end it with */");
  }
  const char end = rest_.empty() ? '\0' : rest_.front();
  if (end != ';' && end != '{') {
    return fail(controlplane::in_quotes(keyword_) + " does not end; end a statement with ; or { ... }");
  }
  rest_.remove_prefix(1);
  return end == ';' ? Event::kLeaf : Event::kOpen;
}

}  // namespace softwire::ctl
