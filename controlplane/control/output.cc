// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/output.h"

#include <boost/asio/buffer.hpp>

#include <memory>
#include <utility>

namespace softwire::controlplane {

void ControlOutput::start(Observer observer, std::function<std::shared_ptr<void>()> keep_alive) {
  observer_ = std::move(observer);
  keep_alive_ = std::move(keep_alive);
}

void ControlOutput::stop() {
  is_stopped_ = true;
  texts_.clear();
  held_.clear();
  backlog_ = 0;
}

void ControlOutput::send(std::string text, bool ends_line) {
  backlog_ += text.size();
  texts_.push_back(std::move(text));
  is_in_line_ = !ends_line;
  if (ends_line) {
    for (std::string& line : held_) texts_.push_back(std::move(line));
    held_.clear();
  }
  write();
}

void ControlOutput::notify(std::string line) {
  backlog_ += line.size();
  (is_in_line_ ? held_ : texts_).push_back(std::move(line));
  write();
}

void ControlOutput::write() {
  if (writing_ || texts_.empty() || is_stopped_) return;
  writing_ = true;
  const auto rest = boost::asio::buffer(texts_.front()) + offset_;
  socket_.async_write_some(
      rest, [this, self = keep_alive_()](const boost::system::error_code& error, std::size_t octets) {
        writing_ = false;
        if (is_stopped_) return;
        if (error) return observer_.failed();
        offset_ += octets;
        backlog_ -= octets;
        if (offset_ == texts_.front().size()) {
          texts_.pop_front();
          offset_ = 0;
        }
        write();
        observer_.progress();
      });
}

}  // namespace softwire::controlplane
