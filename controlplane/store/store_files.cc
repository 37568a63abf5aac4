// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/store/store_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string_view>
#include <vector>

#include "controlplane/store/database.h"

namespace softwire::controlplane {

namespace {

Error failed(const std::string& path) {
  return Error{path + ": " + std::strerror(errno)};
}

std::string_view kind_of(mode_t mode) {
  return S_ISFIFO(mode) ? "a FIFO" : S_ISDIR(mode) ? "a directory" : S_ISSOCK(mode) ? "a socket" : "a device";
}

Error not_regular(const std::string& path, mode_t mode) {
  return Error{path + ": is " + std::string(kind_of(mode)) + ", not a regular file"};
}

// The header of a database: places of its fields, in octets.
constexpr std::size_t kHeaderSize = 100;
constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr std::size_t kPageSize = 16;
constexpr std::size_t kWriteVersion = 18;
constexpr std::size_t kReadVersion = 19;
constexpr std::size_t kReserved = 20;
constexpr std::size_t kFractions = 21;
constexpr std::size_t kChanges = 24;
constexpr std::size_t kPages = 28;
constexpr std::size_t kFreeList = 32;
constexpr std::size_t kFreePages = 36;
constexpr std::size_t kFormat = 44;
constexpr std::size_t kLargestRoot = 52;
constexpr std::size_t kEncoding = 56;
constexpr std::size_t kIncremental = 64;
constexpr std::size_t kExpansion = 72;
constexpr std::size_t kValidFor = 92;
constexpr std::array<std::uint8_t, 3> kFractionsOfAll = {64, 32, 32};
constexpr std::uint8_t kWal = 2;
constexpr std::uint64_t kUsualPage = 4096;

using Octets = std::vector<std::uint8_t>;

std::uint32_t field(std::span<const std::uint8_t> header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | header[at + i];
  return value;
}

void set_field(std::span<std::uint8_t> header, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) header[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Returns the size of a page in octets, or 0 when the header has none that is valid.
std::uint64_t page_size(std::span<const std::uint8_t> header) {
  const std::uint64_t stored = std::uint64_t{header[kPageSize]} << 8 | header[kPageSize + 1];
  const std::uint64_t size = stored == 1 ? 65536 : stored;
  return size >= 512 && (size & (size - 1)) == 0 ? size : 0;
}

// Returns what is wrong with a whole header, or "".
std::string_view fault_of(std::span<const std::uint8_t> header, std::uint64_t file_size, bool has_journal) {
  const auto is_version = [&](std::size_t at) { return header[at] == 1 || header[at] == kWal; };
  if (page_size(header) == 0) return "page size";
  if (!is_version(kWriteVersion) || !is_version(kReadVersion)) return "file format";
  if (header[kReserved] != 0) return "page size";
  if (!std::ranges::equal(header.subspan(kFractions, kFractionsOfAll.size()), kFractionsOfAll)) {
    return "payload fractions";
  }
  if (field(header, kFormat) > 4) return "schema format";
  if (field(header, kLargestRoot) != 0 || field(header, kIncremental) != 0) return "vacuum mode";
  if (field(header, kEncoding) > 1) return "text encoding";
  if (std::ranges::any_of(header.subspan(kExpansion, kValidFor - kExpansion),
                          [](std::uint8_t octet) { return octet != 0; })) {
    return "reserved octets";
  }
  // With a journal, the sizes are those of another moment.
  if (has_journal) return {};
  if (field(header, kChanges) == field(header, kValidFor) &&
      field(header, kPages) * page_size(header) != file_size) {
    return "number of pages";
  }
  return file_size % page_size(header) != 0 ? "number of pages" : std::string_view();
}

// Returns the octets, as many as there are up to `most`.
Result<Octets> read_octets(const std::string& path, std::size_t most) {
  const auto file = open_regular(path, O_RDONLY);
  if (!file) return file.error();
  Octets octets(most);
  std::size_t size = 0;
  ssize_t count = 0;
  while (size < most &&
         (count = pread(*file, octets.data() + size, most - size, static_cast<off_t>(size))) > 0)
    size += static_cast<std::size_t>(count);
  const Error error = failed(path);
  close(*file);
  if (count < 0) return error;
  octets.resize(size);
  return octets;
}

std::uint64_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

// Returns the first page of a store that has no rows. Its tables are where those of any store are that was
// made by this program and has not been copied since.
Result<Octets> new_first_page() {
  auto database = Database::open("");
  if (!database) return database.error();
  if (auto made = migrate(*database, "", WallTime()); !made) return made.error();
  auto octets = database->octets();
  if (octets.size() < kUsualPage) return Error{"no memory for a page"};
  octets.resize(kUsualPage);
  return octets;
}

}  // namespace

Result<Done> require_regular(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return Done{};
  return not_regular(path, status.st_mode);
}

Result<Done> require_regular_database(const std::string& path) {
  std::error_code error;
  // SQLite keeps its files beside what a link leads to.
  const std::string place = std::filesystem::canonical(path, error).string();
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    if (auto regular = require_regular(path + suffix); !regular) return regular;
    if (error || place == path) continue;
    if (auto regular = require_regular(place + suffix); !regular) return regular;
  }
  return Done{};
}

Result<int> open_regular(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, kStoreFileMode);
  if (file < 0) {
    const Error error = failed(path);
    // A directory cannot be opened for writing, a FIFO not without a reader.
    if (auto regular = require_regular(path); !regular) return regular.error();
    return error;
  }
  struct stat status {};
  if (fstat(file, &status) == 0 && !S_ISREG(status.st_mode)) {
    close(file);
    return not_regular(path, status.st_mode);
  }
  if ((flags & O_CREAT) != 0) static_cast<void>(fchmod(file, kStoreFileMode));
  return file;
}

Result<int> lock_directory(const std::string& directory, bool& in_use) {
  const std::string path = directory + "/lock";
  const auto lock = open_regular(path, O_RDWR | O_CREAT);
  if (!lock) {
    if (auto regular = require_regular(path); !regular) return Error{regular.error().text + "; remove it"};
    return Error{lock.error().text + std::string(kStateMustBeWritable)};
  }
  if (flock(*lock, LOCK_EX | LOCK_NB) == 0) return *lock;
  const Error error{path + ": " + std::strerror(errno)};
  in_use = errno == EWOULDBLOCK;
  close(*lock);
  return in_use ? Error{directory + ": another softwired uses it; give each softwired its own state"} : error;
}

Result<Done> move_file(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{from + ": cannot be renamed to " + to + ": " + error.message()};
  }
  return Done{};
}

Result<Done> flush(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const bool is_flushed = file >= 0 && fsync(file) == 0;
  const Error error = failed(path);
  if (file >= 0) close(file);
  return is_flushed ? Result<Done>(Done{}) : error;
}

Result<Done> check_header(const std::string& path) {
  auto database = Database::open(path, Database::Access::kReadOnly);
  if (!database || size_of(path) == 0) return Done{};
  const Octets header = database->first_octets(kHeaderSize);
  const bool has_journal = size_of(path + "-wal") != 0;
  // SQLite takes the first page from the journal, if it is there.
  if (header.size() < kHeaderSize || !std::equal(kMagic.begin(), kMagic.end(), header.begin())) {
    return Error{path + ": file is not a database"};
  }
  const std::string_view fault = fault_of(header, size_of(path), has_journal);
  if (fault.empty()) return Done{};
  return Error{path + ": the header of the file is damaged (" + std::string(fault) + ")"};
}

Result<Done> copy_mended(const std::string& from, const std::string& to, Mend mend) {
  auto page = new_first_page();
  if (!page) return page.error();
  std::error_code error;
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::remove(to + suffix, error);
    if (size_of(from + suffix) == 0) continue;
    // Not copy_file(): its system calls are not among those that softwired allows itself.
    const std::ifstream source(from + suffix, std::ios::binary);
    std::ofstream copy(to + suffix, std::ios::binary);
    copy << source.rdbuf();
    if (!copy.flush()) return Error{to + suffix + ": the copy cannot be written"};
  }
  const auto before = read_octets(from, kHeaderSize);
  if (!before) return before.error();
  const std::uint64_t size = size_of(from);
  std::span header = *page;
  // The page size of the damaged header is more likely wrong than unusual.
  const std::uint64_t stored = before->size() == kHeaderSize ? page_size(*before) : 0;
  if (mend == Mend::kHeader && size % kUsualPage != 0 && stored != 0 && size % stored == 0) {
    header[kPageSize] = (*before)[kPageSize];
    header[kPageSize + 1] = (*before)[kPageSize + 1];
  }
  const std::uint64_t page_bytes = page_size(header);
  if (page_bytes == 0) return Error{from + ": its page size is not one of SQLite"};
  const std::uint64_t pages = std::max<std::uint64_t>(size / page_bytes, 1);
  header[kWriteVersion] = header[kReadVersion] = kWal;
  set_field(header, kPages, static_cast<std::uint32_t>(pages));
  set_field(header, kValidFor, field(header, kChanges));
  // The pages of a list that may be damaged stay unused: the copy is only read.
  set_field(header, kFreeList, 0);
  set_field(header, kFreePages, 0);
  const auto file = open_regular(to, O_WRONLY | O_CREAT);
  if (!file) return file.error();
  const std::size_t length = mend == Mend::kHeader ? kHeaderSize : page->size();
  const bool is_written = std::cmp_equal(pwrite(*file, page->data(), length, 0), length) &&
                          ftruncate(*file, static_cast<off_t>(pages * page_size(header))) == 0;
  const Error write_error = failed(to);
  close(*file);
  return is_written ? Result<Done>(Done{}) : write_error;
}

std::array<char, kCommitNoteSize> to_text(const CommitNote& note) {
  constexpr std::size_t kDigits = 20;
  std::array<char, kCommitNoteSize> text{};
  text.fill(' ');
  for (std::size_t i = 0; i <= kStoreTables.size(); ++i) {
    char* const first = text.data() + i * kDigits;
    std::to_chars(first, first + kDigits - 1, i == 0 ? note.commits : note.rows ? (*note.rows)[i - 1] : -1);
    first[kDigits - 1] = '\n';
  }
  return text;
}

CommitNote parse_commit_note(std::span<const char> text) {
  constexpr std::size_t kDigits = 20;
  const auto number = [&](std::size_t i) {
    std::int64_t value = -1;
    const auto digits = text.subspan(i * kDigits, std::min(kDigits, text.size() - i * kDigits));
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  CommitNote note;
  if (!text.empty()) note.commits = std::max<std::int64_t>(number(0), 0);
  // An earlier softwired has written the first line only.
  if (text.size() < kCommitNoteSize) return note;
  auto& rows = note.rows.emplace();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = number(i + 1);
  if (std::ranges::any_of(rows, [](std::int64_t count) { return count < 0; })) note.rows.reset();
  return note;
}

std::string commit_note_path(const std::string& directory) {
  return directory + "/softwired.commits";
}

CommitNote read_commit_note(const std::string& directory) {
  const auto octets = read_octets(commit_note_path(directory), kCommitNoteSize);
  if (!octets) return {};
  return parse_commit_note({reinterpret_cast<const char*>(octets->data()), octets->size()});
}

}  // namespace softwire::controlplane
