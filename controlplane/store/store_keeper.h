// SPDX-License-Identifier: BSD-3-Clause
// Keeps the hub supplied with a store. When the one on disk cannot be used, the hub gets a store in memory
// that refuses changes, with what is sound of the one on disk. Repairs and restores the one on disk.
#pragma once

#include <memory>
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
  // Opens the store of the directory, and checks the rows that a start loads. An empty path: the store is in
  // memory only. Returns an error only when another softwired uses the directory.
  static Result<std::unique_ptr<StoreKeeper>> open(const std::string& directory,
                                                   ReadClocks clocks = read_clocks);

  // Returns the store. The object stays the same when its contents are replaced.
  [[nodiscard]] SoftwireStore& store() { return *store_; }
  // Returns whether the store in use is a substitute in memory.
  [[nodiscard]] bool is_substitute() const { return !store_->refusal().empty(); }
  // Returns what is wrong with the store on disk. Empty: nothing is known to be.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  // Uses a substitute from now on, because of this error.
  void substitute(const Error& why);
  // Makes the store on disk usable again: keeps what is sound, and goes on with it. A damaged file stays
  // beside the new one under another name. Returns what was wrong.
  Result<StoreReport> repair();
  // Puts a database in the place of the one on disk, and goes on with it. `file` must be in the directory of
  // the store. The database before stays there under another name. Nothing has changed after an error about
  // `file`.
  Result<Done> restore(const std::string& file);

 private:
  explicit StoreKeeper(std::string directory, const ReadClocks& clocks);
  // Gives the store in use the contents of the one on disk. Requires: is_substitute().
  Result<StoreReport> reopen();
  // Copies what is sound to a new file. Requires: is_substitute().
  Result<Done> rebuild();
  // Renames the database and the files beside it: "softwired.db.damaged-20261130T120000Z".
  Result<std::string> move_away(std::string_view why);
  void found(const StoreReport& report);

  std::string directory_;
  ReadClocks clocks_;
  std::unique_ptr<SoftwireStore> store_;
  std::vector<std::string> problems_;
};

}  // namespace softwire::controlplane
