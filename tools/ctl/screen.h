// SPDX-License-Identifier: BSD-3-Clause
// The terminal as a screen that is drawn anew (ECMA-48), and keys without Enter. What was there before is
// back when it ends.
#pragma once

#include <termios.h>

#include <ostream>
#include <string>
#include <vector>

namespace softwire::ctl {

struct ScreenSize {
  std::size_t lines = 24;
  std::size_t columns = 80;
};

class Screen {
 public:
  // `out` is the terminal of the standard output; keys come from the standard input if that is one too.
  explicit Screen(std::ostream& out);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  [[nodiscard]] ScreenSize size() const;
  // As many of the lines as there is room for.
  void draw(const std::vector<std::string>& lines);
  // Waits until `stop` can be read, q has been pressed (true), or the time is over (false).
  [[nodiscard]] bool wait(int milliseconds, int stop);

 private:
  std::ostream& out_;
  bool has_keys_ = false;
  bool keys_ended_ = false;
  termios before_{};
};

}  // namespace softwire::ctl
