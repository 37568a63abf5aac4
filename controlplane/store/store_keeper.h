// SPDX-License-Identifier: BSD-3-Clause
// Keeps the hub supplied with a store. When the one on disk cannot be used, the hub gets a store in memory
// that refuses changes, with what is sound of the one on disk. Repairs and restores the one on disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/store/softwire_store.h"
#include "controlplane/store/store_check.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// The fact with the digest of softwires.conf. Empty: the file is read again.
inline constexpr std::string_view kFileDigestFact = "softwires-file";

// Until the store has its thread, all functions are for the thread that starts softwired; then for the
// store's.
class StoreKeeper {
 public:
  ~StoreKeeper();
  StoreKeeper(const StoreKeeper&) = delete;
  StoreKeeper& operator=(const StoreKeeper&) = delete;
  // Opens the store of the directory, and checks the rows that a start loads. An empty path: the store is in
  // memory only. Returns an error only when another softwired uses the directory.
  static Result<std::unique_ptr<StoreKeeper>> open(const std::string& directory,
                                                   const ReadClocks& clocks = read_clocks);

  // Returns the store. The object stays the same when its contents are replaced.
  [[nodiscard]] SoftwireStore& store() { return *store_; }
  // Returns whether the store in use is a substitute in memory.
  [[nodiscard]] bool is_substitute() const { return !store_->refusal().empty(); }
  // Returns what is wrong with the store on disk. Empty: nothing is known to be.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  // Uses a substitute from now on, because of this error.
  void substitute(const Error& why);
  // Makes the store on disk usable again: keeps what is sound, adds what the substitute has, and goes on with
  // it. What was in the place of the database stays beside it under another name, if it cannot be mended.
  // Returns what was wrong. After an error, the store in use is the one before.
  Result<StoreReport> repair();
  // Puts a database in the place of the one on disk, and goes on with it. `file` must be in the directory of
  // the store. The database before stays there under another name. Nothing has changed after an error about
  // `file`.
  Result<Done> restore(const std::string& file);

 private:
  explicit StoreKeeper(std::string directory, const ReadClocks& clocks);
  // Keeps other softwired from the directory, while the store in use is a substitute.
  Result<Done> hold_directory();
  // Gives the store in use the contents of the one on disk. Requires: is_substitute().
  Result<StoreReport> reopen();
  // Takes damaged rows out of the store in use. Adds to what was wrong. Returns why the file is not sound
  // after that, if it is not.
  std::optional<Error> repair_in_place(StoreReport& before);
  // Uses the store on disk, if it is whole. Returns whether it is. Requires: is_substitute().
  Result<bool> reopen_whole(StoreReport& before);
  // Makes a file of what is sound of the one on disk, and of the store in use, and goes on with it.
  Result<Done> rebuild(StoreReport& before);
  Result<Done> fill(SoftwireStore& fresh, const std::string& work, StoreReport& before);
  // Closes the store in use, puts the file in its place, and goes on with it. After an error, the store
  // before is in use again, or a substitute.
  Result<Done> exchange(const std::string& file, std::string_view why);
  // Puts a file in the place of the database. Keeps what was there, and its journal, under another name,
  // which it returns: "softwired.db.damaged-20261130T120000Z". Nothing has changed after an error.
  Result<std::string> replace_file(const std::string& file, std::string_view why);
  // Gives what replace_file() has kept its place again.
  void put_back(const std::string& away);
  void found(const StoreReport& report);

  std::string directory_;
  ReadClocks clocks_;
  std::unique_ptr<SoftwireStore> store_;
  std::vector<std::string> problems_;
  int lock_ = -1;  // on the directory, while the store in use is a substitute
};

}  // namespace softwire::controlplane
