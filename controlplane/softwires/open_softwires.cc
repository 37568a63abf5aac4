// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/open_softwires.h"

#include <xxhash.h>

#include <cstdio>
#include <set>
#include <string>

#include "controlplane/softwires/fill_table.h"
#include "controlplane/store/store_keeper.h"
#include "controlplane/text/read_file.h"

namespace softwire::controlplane {

namespace {

// Returns a digest of the text and of all other input to its parser.
std::string digest(const std::string& text, const Config& config) {
  const XXH128_hash_t hash =
      XXH3_128bits_withSeed(text.data(), text.size(), config.port_68 == Port68::kExclude ? 1 : 0);
  char hex[33];
  std::snprintf(hex, sizeof(hex), "%016llx%016llx", static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return hex;
}

}  // namespace

Result<SoftwiresAndFile> merge_file(SoftwireStore& store, const Config& config, WallTime now) {
  std::string text;
  std::string digest_now = "none";
  if (!config.softwires.empty()) {
    auto read = read_regular_file(config.softwires);
    if (!read) return read.error();
    text = std::move(*read);
    digest_now = digest(text, config);
  }
  const auto digest_before = store.fact(kFileDigestFact);
  if (!digest_before) return digest_before.error();
  SoftwiresAndFile result;
  if (*digest_before == digest_now) {
    auto softwires = all_softwires(store, nullptr);
    if (!softwires) return softwires.error();
    result.softwires = std::move(*softwires);
    return result;
  }
  const auto file = parse_softwires(text, config.softwires, config.port_68);
  if (!file) return file.error();
  auto changed = take_file(store, config, *file, now);
  if (!changed) return changed.error();
  result.changed = std::move(*changed);
  if (const auto set = store.set_fact(kFileDigestFact, digest_now); !set) return set.error();
  auto softwires = all_softwires(store, &*file);
  if (!softwires) return softwires.error();
  result.softwires = std::move(*softwires);
  return result;
}

Result<Softwires> look_at_softwires(const Config& config, std::optional<WallTime> now) {
  auto file = read_softwires(config);
  if (!file) return file;
  const auto store = SoftwireStore::open_to_read(config.state);
  if (!store || *store == nullptr) return file;
  const WallTime at = now.value_or((*store)->now());
  Softwires all = *file;
  std::set<LeaseKey> over;
  const auto leases = (*store)->for_each_lease([&](const Lease& lease) {
    if (lease.expires <= at) over.insert(lease.key());
  });
  if (!leases) return file;
  const auto read = (*store)->for_each_binding([&](const StoredBinding& stored) {
    const bool is_over =
        stored.origin == Origin::kLease && over.contains({stored.softwire.ipv4, stored.softwire.ports.psid});
    if (stored.origin != Origin::kFile && !is_over) all.bindings.push_back({stored.softwire, 0});
  });
  if (!read) return file;
  const auto rules = (*store)->rules();
  if (!rules) return file;
  for (const StoredRule& stored : *rules) {
    if (stored.origin != Origin::kFile) all.rules.push_back({stored.softwire, 0});
  }
  return all;
}

}  // namespace softwire::controlplane
