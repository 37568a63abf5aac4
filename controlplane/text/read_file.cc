// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/text/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace softwire::controlplane {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Error failed(const std::string& path) {
  return Error{path + ": cannot be read: " + std::generic_category().message(errno)};
}

Result<std::string> read_all(const File& file, const std::string& path) {
  std::string text;
  struct stat status {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISREG(status.st_mode)) {
    text.reserve(static_cast<std::size_t>(status.st_size));
  }
  std::array<char, 1 << 16> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) text.append(buffer.data(), got);
  if (std::ferror(file.get()) != 0) return failed(path);
  return text;
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"), &std::fclose);
  return file ? read_all(file, path) : failed(path);
}

Result<std::string> read_regular_file(const std::string& path) {
  // Without O_NONBLOCK a FIFO that nobody writes would hold the caller.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return failed(path);
  struct stat status {};
  const bool is_known = fstat(descriptor, &status) == 0;
  const bool is_null = is_known && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
  if (is_known && !S_ISREG(status.st_mode) && !is_null) {
    close(descriptor);
    return Error{path + ": is no regular file; put a file in its place"};
  }
  const File file(fdopen(descriptor, "r"), &std::fclose);
  if (!file) {
    close(descriptor);
    return failed(path);
  }
  return read_all(file, path);
}

}  // namespace softwire::controlplane
