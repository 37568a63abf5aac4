// SPDX-License-Identifier: BSD-3-Clause
// The files of the state directory as files: opened without waiting, moved, and the header of a database.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controlplane/store/schema.h"
#include "softwire/result.h"

namespace softwire::controlplane {

inline constexpr mode_t kStoreFileMode = 0640;

// Returns an error that names what is there instead of a regular file: a FIFO, a directory, a device, or a
// link to one. No error: a regular file, or nothing. Does not wait.
Result<Done> require_regular(const std::string& path);
// Does the same for a database and the files that SQLite keeps beside it.
Result<Done> require_regular_database(const std::string& path);
// Opens a regular file with open(2), close-on-exec, without waiting. Gives a file that it makes
// kStoreFileMode, whatever the umask is. Returns the descriptor.
Result<int> open_regular(const std::string& path, int flags);

// What a message says after the reason why a file of the directory cannot be written.
inline constexpr std::string_view kStateMustBeWritable =
    "; state must be a directory that softwired can write to";
// Takes the lock of the softwired that writes to this directory. Returns its descriptor; close(2) releases
// the lock. Sets `in_use` when another one has it.
Result<int> lock_directory(const std::string& directory, bool& in_use);

// Renames. Returns no error when `from` does not exist.
Result<Done> move_file(const std::string& from, const std::string& to);
// Writes a file's octets, or those of a directory's names, to the disk.
Result<Done> flush(const std::string& path);

// Returns an error when the header of a database (sqlite.org/fileformat2.html section 1.3) cannot be one that
// softwired has written: such a header leads SQLite to wrong places. No error: nothing is there, or no
// octets, or octets that cannot be read; others report these.
Result<Done> check_header(const std::string& path);

// What a mended copy has anew.
enum class Mend : std::uint8_t {
  kHeader,     // the 100 octets of the header
  kFirstPage,  // the first page, with the places of the tables
};
// Copies a database and its journal to `to`, with what is wrong in its beginning replaced by what a new store
// has there. Says nothing of what follows.
Result<Done> copy_mended(const std::string& from, const std::string& to, Mend mend);

// The file softwired.commits: the number of the last transaction, and of the rows after it.
struct CommitNote {
  std::int64_t commits = 0;
  std::optional<std::array<std::int64_t, kStoreTables.size()>> rows;  // by TableId; not set: not written
};
inline constexpr std::size_t kCommitNoteSize = 20 * (1 + kStoreTables.size());
std::array<char, kCommitNoteSize> to_text(const CommitNote& note);
CommitNote parse_commit_note(std::span<const char> text);
std::string commit_note_path(const std::string& directory);
// Returns the note of a directory. Without one, its number is 0.
CommitNote read_commit_note(const std::string& directory);

}  // namespace softwire::controlplane
