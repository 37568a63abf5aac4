// SPDX-License-Identifier: BSD-3-Clause
// Runs a fuzz target on the files of the directories in its arguments. So builds without libFuzzer still test
// what libFuzzer found.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::size_t run_directory(const char* directory) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> octets{std::istreambuf_iterator<char>(file), {}};
    // A heap copy of the exact size, so that the sanitizer sees a read after the end.
    const std::vector<std::uint8_t> input(octets.begin(), octets.end());
    std::fprintf(stderr, "%s\n", entry.path().c_str());  // the last name printed is the file that failed
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++files;
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) files += run_directory(argv[i]);
    if (files == 0) std::fprintf(stderr, "no file to run; name directories of inputs\n");
    return files == 0 ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
