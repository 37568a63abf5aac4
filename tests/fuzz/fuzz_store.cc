// SPDX-License-Identifier: BSD-3-Clause
// A store whose file was changed: octets of it, rows by another program, or the whole file. The hub starts in
// any case. It loads no softwire that nobody wrote; when it has no complaint, it loads all that were written;
// and after a repair, if that is possible, it has no complaint. Input: an octet that chooses. Its last bit:
// whether there is a repair too, which takes long. The others: 0: patches of the file, each a place (3
// octets) and an octet. 2: rows, see add_row(). Else: the octets of the file.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/database.h"
#include "controlplane/store/store_check.h"
#include "controlplane/store/store_keeper.h"
#include "softwire/address_text.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

namespace fs = std::filesystem;
namespace cp = controlplane;
using Octets = std::vector<std::uint8_t>;

cp::ClockReading clocks() {
  return {WallTime(std::chrono::hours(24 * 365 * 50)), std::chrono::hours(1), "boot"};
}

struct Contents {
  std::vector<Binding> bindings;
  std::vector<Rule> rules;
  std::vector<cp::Lease> leases;
};

// What the store of every input has at first.
Contents written() {
  Contents result;
  const Ipv6Address br = *parse_ipv6("2001:db8:ff::1");
  for (std::uint8_t i = 0; i < 40; ++i) {
    const Ipv6Address b4 = Ipv6Address::from_host(0x20010db800010000, i + 1U);
    result.bindings.push_back(
        {Ipv4Address(192, 0, 2, static_cast<std::uint8_t>(i / 8)), *PortSet::make(6, 8, i % 8), b4, br});
  }
  const Ipv6Address leased = *parse_ipv6("2001:db8:a1::1");
  result.bindings.push_back({Ipv4Address(203, 0, 113, 64), {}, leased, br});
  result.leases.push_back({result.bindings.back(),
                           {1, 2, 0, 0, 0, 0, 9},
                           WallTime(std::chrono::hours(24 * 365 * 51)),
                           Ipv4Address(198, 51, 100, 1)});
  result.rules.push_back(
      *cp::parse_rule("rule map-e ipv4 198.18.0.0/24 ipv6 2001:db8:8000::/40 ea-len 16 br 2001:db8:ff::1",
                      cp::Port68::kRefuse));
  return result;
}

class Store {
 public:
  Store() : folder_(fs::temp_directory_path() / ("fuzz_store-" + std::to_string(getpid()))) {
    clear();
    auto keeper = cp::StoreKeeper::open(folder_, clocks);
    require(keeper.ok());
    cp::SoftwireStore& store = (*keeper)->store();
    require(store.begin().ok());
    for (const Binding& one : written_.bindings) {
      const bool is_leased = one == written_.leases[0].binding;
      const auto origin = is_leased ? cp::Origin::kLease : cp::Origin::kOperator;
      require(store.add(cp::StoredBinding{one, origin, store.now()}).ok());
    }
    for (const Rule& one : written_.rules) {
      require(store.add(cp::StoredRule{one, cp::Origin::kOperator, store.now()}).ok());
    }
    require(store.put(written_.leases[0]).ok());
    const Binding ended{
        Ipv4Address(192, 0, 2, 99), {}, *parse_ipv6("2001:db8:b::1"), written_.bindings[0].br};
    const cp::StoredBinding past{ended, cp::Origin::kOperator, store.now()};
    require(store.add(past).ok() && store.end(past, store.now(), cp::EndReason::kRemoved).ok());
    require(store.commit().ok());
    keeper->reset();
    std::ifstream file(path(), std::ios::binary);
    file_.assign(std::istreambuf_iterator<char>(file), {});
    std::ifstream commits(folder_ / "softwired.commits", std::ios::binary);
    commits_.assign(std::istreambuf_iterator<char>(commits), {});
    require(file_.size() > 4096);
  }
  ~Store() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] const Contents& contents() const { return written_; }
  [[nodiscard]] const Octets& file() const { return file_; }
  [[nodiscard]] std::string path() const { return cp::SoftwireStore::path_in(folder_); }
  [[nodiscard]] std::string folder() const { return folder_; }

  void fill(const Octets& octets) const {
    clear();
    put(path(), octets);
    put(folder_ / "softwired.commits", commits_);
  }

 private:
  static void put(const fs::path& path, const Octets& octets) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  }
  void clear() const {
    fs::create_directories(folder_);
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry);
  }

  const Contents written_ = written();
  fs::path folder_;
  Octets file_;
  Octets commits_;
};

// Adds a row with values of any type, with the right checksum or with another one. It need not fit the table.
void add_row(cp::Database& database, Input& input) {
  static constexpr std::array<std::array<const char*, 2>, 6> kTables = {{
      {"binding", "ipv4, psid, ports, b4, br, origin, since"},
      {"lease", "ipv4, psid, client, expires, server"},
      {"rule", "statement, origin, since"},
      {"fact", "name, value"},
      {"record", "id, now, running, boot, begins, commits"},
      {"total", "name, rows, sums"},
  }};
  const unsigned chosen = input.octet();
  const auto& [table, columns] = kTables[(chosen & 15) % kTables.size()];
  std::string values;
  for (auto columns_left = 1 + std::count(columns, columns + std::string_view(columns).size(), ',');
       columns_left != 0; --columns_left) {
    const unsigned kind = input.octet();
    values += values.empty() ? "" : ", ";
    switch (kind & 3) {
      case 0:
        values += std::to_string(kind >> 2);
        break;
      case 1:
        values += std::to_string(static_cast<std::int64_t>(input.number(kind >> 5)));
        break;
      case 2: {
        static constexpr char kDigits[] = "0123456789abcdef";
        values += "x'";
        for (const std::uint8_t octet : input.octets(kind >> 2)) {
          values += kDigits[octet >> 4];
          values += kDigits[octet & 15];
        }
        values += "'";
        break;
      }
      default: {
        values += "'";
        for (const char c : input.text(kind >> 2)) values += c == '\'' || c == '\0' ? '.' : c;
        values += "'";
      }
    }
  }
  const std::string sum = (chosen & 0x80) != 0 ? "7" : cp::sum_of(table, values);
  const std::string sql = std::string("INSERT OR REPLACE INTO ") + table + " (" + columns +
                          ", sum) VALUES (" + values + ", " + sum + ")";
  (void)database.run(sql.c_str());
}

Contents read(cp::SoftwireStore& store) {
  Contents result;
  // An error ends the start with the softwires of softwires.conf alone.
  (void)store.for_each_binding(
      [&](const cp::StoredBinding& one) { result.bindings.push_back(one.softwire); });
  if (const auto rules = store.rules()) {
    for (const auto& one : *rules) result.rules.push_back(one.softwire);
  }
  (void)store.for_each_lease([&](cp::Lease lease) { result.leases.push_back(std::move(lease)); });
  return result;
}

template <typename T>
bool is_part(const std::vector<T>& part, const std::vector<T>& all) {
  return std::ranges::all_of(part, [&](const T& one) { return std::ranges::find(all, one) != all.end(); });
}

void check_part(const Contents& part, const Contents& all) {
  require(is_part(part.bindings, all.bindings) && is_part(part.rules, all.rules) &&
          is_part(part.leases, all.leases));
}

void check_valid(const Contents& contents) {
  for (const Binding& one : contents.bindings) {
    const PortParameters& ports = one.ports.parameters;
    require(ports.psid_offset + ports.psid_len <= 16 && one.ports.psid >> ports.psid_len == 0);
  }
  for (const Rule& one : contents.rules) require(one.is_valid());
}

// Starts with the store, and perhaps repairs it. `may_differ`: rows were written by another program.
void start(const Store& store, bool may_differ, bool repairs) {
  auto keeper = cp::StoreKeeper::open(store.folder(), clocks);
  require(keeper.ok());
  const bool complains = (*keeper)->is_substitute() || !(*keeper)->problems().empty();
  const Contents loaded = read((*keeper)->store());
  check_valid(loaded);
  if (!may_differ) {
    check_part(loaded, store.contents());
    if (!complains) check_part(store.contents(), loaded);
  }
  if (!repairs) return;
  if (!(*keeper)->is_substitute()) (*keeper)->substitute(Error{"a test"});
  const auto repaired = (*keeper)->repair();
  if (!repaired) {
    // Nothing of the file can be read. The hub goes on without it, until a backup is restored.
    require(!repaired.error().text.empty() && (*keeper)->is_substitute());
    return;
  }
  const auto report = cp::check_loaded_rows((*keeper)->store());
  require(report.ok() && report->is_sound());
  const Contents after = read((*keeper)->store());
  check_valid(after);
  if (!may_differ) check_part(after, store.contents());
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static const Store store;
  Input input(data, size);
  const unsigned chosen = input.octet();
  const bool repairs = (chosen & 1) != 0;
  const unsigned kind = chosen & ~1U;
  if (kind == 2) {
    store.fill(store.file());
    {
      auto database = softwire::controlplane::Database::open(store.path());
      require(database.ok());
      while (!input.empty()) add_row(*database, input);
    }
    start(store, true, repairs);
  } else if (kind == 0) {
    Octets file = store.file();
    while (!input.empty()) {
      const std::size_t place = input.number(3) % file.size();
      file[place] = input.octet();
    }
    store.fill(file);
    start(store, false, repairs);
  } else {
    const auto octets = input.rest();
    store.fill({octets.begin(), octets.end()});
    start(store, true, repairs);
  }
  return 0;
}
