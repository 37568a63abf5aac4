// SPDX-License-Identifier: BSD-3-Clause
// Uses the terminal as a screen that is drawn again and again (ECMA-48), and reads keys without Enter.
// Restores the previous contents at the end.
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
  // `out` is the standard output, which must be a terminal. Keys are read from the standard input if that is
  // a terminal.
  explicit Screen(std::ostream& out);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  [[nodiscard]] ScreenSize size() const;
  // Draws as many of the lines as fit.
  void draw(const std::vector<std::string>& lines);
  // Waits until `stop` is readable or q is pressed (returns true), or the time is over (returns false).
  [[nodiscard]] bool wait(int milliseconds, int stop);

 private:
  std::ostream& out_;
  bool has_keys_ = false;
  bool keys_ended_ = false;
  termios before_{};
};

}  // namespace softwire::ctl
