// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/text/read_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace softwire::controlplane {

Result<std::string> read_file(const std::string& path) {
  const auto failed = [&path] {
    return Error{path + ": cannot be read: " + std::generic_category().message(errno)};
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (!file) return failed();
  std::string text;
  std::error_code unknown;  // ignored: a pipe, for example, has no size
  if (const auto size = std::filesystem::file_size(path, unknown); !unknown) text.reserve(size);
  std::array<char, 1 << 16> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), file.get())) > 0) text.append(buffer.data(), got);
  if (std::ferror(file.get()) != 0) return failed();
  return text;
}

}  // namespace softwire::controlplane
