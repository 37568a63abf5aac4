// SPDX-License-Identifier: BSD-3-Clause
// A file in memory with a path, for code under test that opens files.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/require.h"

namespace softwire::fuzz {

class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(file_)) {
    require(file_ >= 0);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }

  [[nodiscard]] const std::string& path() const { return path_; }

  void fill(std::span<const std::uint8_t> octets) const {
    require(ftruncate(file_, 0) == 0);
    require(pwrite(file_, octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
  }
  [[nodiscard]] std::vector<std::uint8_t> octets() const {
    const off_t end = lseek(file_, 0, SEEK_END);
    require(end >= 0);
    std::vector<std::uint8_t> result(static_cast<std::size_t>(end));
    require(pread(file_, result.data(), result.size(), 0) == static_cast<ssize_t>(result.size()));
    return result;
  }

 private:
  int file_;
  std::string path_;
};

}  // namespace softwire::fuzz
