// SPDX-License-Identifier: BSD-3-Clause
// Runs a fuzz target without libFuzzer: on the files of the directories in its arguments, and then on changed
// copies of them. So ordinary builds test what libFuzzer found, and look a little further.
//
//   NAME DIRECTORY... [--mutations=COUNT] [--max-len=OCTETS] [--dictionary=FILE]
//
// The changed inputs are the same in every run and on every machine. The input that is running is in the file
// NAME.input of the working directory, which stays there when the target fails.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

Input read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> octets{std::istreambuf_iterator<char>(file), {}};
  return {octets.begin(), octets.end()};
}

// Runs every file of the directory, and adds it to `seeds`.
void run_directory(const std::string& directory, std::vector<Input>& seeds) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);  // the seeds have the same order on every machine
  for (const auto& path : paths) {
    // A heap copy of the exact size, so that the sanitizer sees a read after the end.
    const Input input = read_file(path);
    std::fprintf(stderr, "%s\n", path.c_str());  // the last name printed is the file that failed
    LLVMFuzzerTestOneInput(input.data(), input.size());
    seeds.push_back(input);
  }
}

// Reads the words of a libFuzzer dictionary: lines of "text", with \xHH, \\ and \" for octets.
std::vector<Input> read_dictionary(const std::string& path) {
  std::vector<Input> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t begin = line.find('"');
    const std::size_t end = line.rfind('"');
    if (line.starts_with('#') || begin == end) continue;
    Input word;
    for (std::size_t at = begin + 1; at < end; ++at) {
      unsigned octet = static_cast<unsigned char>(line[at]);
      if (line[at] == '\\' && line[at + 1] == 'x') {
        std::from_chars(&line[at + 2], &line[at + 4], octet, 16);
        at += 3;
      } else if (line[at] == '\\') {
        octet = static_cast<unsigned char>(line[++at]);
      }
      word.push_back(static_cast<std::uint8_t>(octet));
    }
    words.push_back(std::move(word));
  }
  return words;
}

// Changes inputs. Pseudo-random, from a fixed start (SplitMix64).
class Mutator {
 public:
  Mutator(const std::vector<Input>& seeds, std::vector<Input> words, std::size_t max_length)
      : seeds_(seeds), words_(std::move(words)), max_length_(max_length) {}

  Input next() {
    Input input = seeds_[below(seeds_.size())];
    for (std::size_t changes = 1 + below(6); changes != 0; --changes) change(input);
    input.resize(std::min(input.size(), max_length_));
    return input;
  }

 private:
  std::uint64_t random() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t end) { return end == 0 ? 0 : static_cast<std::size_t>(random() % end); }
  static auto at(Input& input, std::size_t place) {
    return input.begin() + static_cast<std::ptrdiff_t>(place);
  }
  void insert(Input& input, const Input& octets) {
    input.insert(at(input, below(input.size() + 1)), octets.begin(), octets.end());
  }
  static Input part(const Input& of, std::size_t first, std::size_t count) {
    const auto begin = of.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(std::min(count, of.size() - first))};
  }

  void change(Input& input) {
    static constexpr std::uint8_t kSpecial[] = {0, 1, 0x7f, 0x80, 0xff, '\n', ' ', '"'};
    const std::size_t place = below(input.size());
    switch (below(8)) {
      case 0:
        if (!input.empty()) input[place] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        if (!input.empty()) input[place] = static_cast<std::uint8_t>(random());
        break;
      case 2:
        if (!input.empty()) input[place] = kSpecial[below(std::size(kSpecial))];
        break;
      case 3:
        insert(input, Input(1 + below(8), static_cast<std::uint8_t>(random())));
        break;
      case 4:
        if (!input.empty()) input.erase(at(input, place), at(input, place + 1 + below(input.size() - place)));
        break;
      case 5:  // repeats a part
        if (!input.empty()) insert(input, part(input, place, 1 + below(32)));
        break;
      case 6:
        if (!words_.empty()) insert(input, words_[below(words_.size())]);
        break;
      default: {  // the end of another seed
        const Input& other = seeds_[below(seeds_.size())];
        input.resize(place);
        insert(input, part(other, below(other.size()), other.size()));
      }
    }
  }

  const std::vector<Input>& seeds_;
  const std::vector<Input> words_;
  const std::size_t max_length_;
  std::uint64_t state_ = 0x736f667477697265;
};

// Keeps the running input in a file.
class RunningInput {
 public:
  explicit RunningInput(std::string path)
      : path_(std::move(path)), file_(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {}
  RunningInput(const RunningInput&) = delete;
  RunningInput& operator=(const RunningInput&) = delete;
  ~RunningInput() {
    close(file_);
    unlink(path_.c_str());
  }
  bool keep(const Input& input) const {
    return ftruncate(file_, 0) == 0 &&
           pwrite(file_, input.data(), input.size(), 0) == static_cast<ssize_t>(input.size());
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int file_;
};

struct Options {
  std::vector<std::string> directories;
  std::size_t mutations = 0;
  std::size_t max_length = 2048;
  std::string dictionary;
};

std::optional<std::string_view> value_of(std::string_view word, std::string_view option) {
  if (!word.starts_with(option)) return std::nullopt;
  return word.substr(option.size());
}

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (const auto count = value_of(word, "--mutations=")) {
      options.mutations = std::stoul(std::string(*count));
    } else if (const auto octets = value_of(word, "--max-len=")) {
      options.max_length = std::stoul(std::string(*octets));
    } else if (const auto path = value_of(word, "--dictionary=")) {
      options.dictionary = *path;
    } else if (word.starts_with("--")) {
      return false;
    } else {
      options.directories.emplace_back(word);
    }
  }
  return !options.directories.empty();
}

int run(const Options& options, const std::string& name) {
  std::vector<Input> seeds;
  for (const std::string& directory : options.directories) run_directory(directory, seeds);
  if (seeds.empty()) {
    std::fprintf(stderr, "no file to run; name directories of inputs\n");
    return 1;
  }
  if (options.mutations == 0) return 0;
  Mutator mutator(seeds,
                  options.dictionary.empty() ? std::vector<Input>() : read_dictionary(options.dictionary),
                  options.max_length);
  const RunningInput running(name + ".input");
  std::fprintf(stderr, "%zu changed inputs; if one fails, it is %s\n", options.mutations,
               std::filesystem::absolute(running.path()).c_str());
  for (std::size_t i = 0; i < options.mutations; ++i) {
    const Input input = mutator.next();
    if (!running.keep(input)) std::perror(running.path().c_str());
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    if (!read_options(argc, argv, options)) {
      std::fprintf(stderr,
                   "usage: %s DIRECTORY... [--mutations=COUNT] [--max-len=OCTETS] [--dictionary=FILE]\n",
                   argv[0]);
      return 2;
    }
    return run(options, std::filesystem::path(argv[0]).filename().string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
