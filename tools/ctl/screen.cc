// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace softwire::ctl {

Screen::Screen(std::ostream& out) : out_(out) {
  has_keys_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0;
  if (has_keys_) {
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &keys);
  }
  // Switches to the alternate screen, and hides the cursor.
  out_ << "\033[?1049h\033[?25l" << std::flush;
}

Screen::~Screen() {
  out_ << "\033[?25h\033[?1049l" << std::flush;
  if (has_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

ScreenSize Screen::size() const {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_row == 0 || window.ws_col == 0) return {};
  return {window.ws_row, window.ws_col};
}

void Screen::draw(const std::vector<std::string>& lines) {
  const std::size_t count = std::min(lines.size(), size().lines);
  std::string text = "\033[H";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : "\r\n") + lines[i] + "\033[K";
  out_ << text << "\033[J" << std::flush;
}

bool Screen::wait(int milliseconds, int stop) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> watched{
        {{stop, POLLIN, 0}, {has_keys_ && !keys_ended_ ? STDIN_FILENO : -1, POLLIN, 0}}};
    if (poll(watched.data(), watched.size(), static_cast<int>(left)) <= 0) continue;
    if (watched[0].revents != 0) return true;
    if (watched[1].revents == 0) continue;
    char key = 0;
    const ssize_t got = read(STDIN_FILENO, &key, 1);
    if (got == 1 && (key == 'q' || key == 'Q')) return true;
    if (got <= 0) keys_ended_ = true;
  }
}

}  // namespace softwire::ctl
