// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/softwire_manager.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "controlplane/softwires/fill_table.h"
#include "controlplane/softwires/running_softwires.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;
using dataplane::BindingTable;
using dataplane::TableError;

// A larger change is done by building new tables, because that costs less.
constexpr std::size_t kMaxInPlace = 10'000;
// The most requests that are committed together.
constexpr std::size_t kMaxTogether = 1'000;

// Removes, then replaces, then adds. The readers see each removal, replacement or addition at once.
TableError change_table(BindingTable& table, const SoftwiresChanged& changed) {
  std::unordered_map<std::uint64_t, const Binding*> removed;
  for (const StoredBinding& stored : changed.removed) {
    removed.emplace(address_and_psid(stored.softwire), &stored.softwire);
  }
  std::vector<std::pair<const Binding*, const Binding*>> replaced;
  std::vector<const Binding*> added;
  for (const StoredBinding& stored : changed.added) {
    const auto found = removed.find(address_and_psid(stored.softwire));
    if (found != removed.end() && found->second->ports == stored.softwire.ports) {
      replaced.emplace_back(found->second, &stored.softwire);
      removed.erase(found);
    } else {
      added.push_back(&stored.softwire);
    }
  }
  for (const auto& [place, binding] : removed) {
    if (const auto change = table.remove(*binding); change.error != TableError::kNone) return change.error;
  }
  for (const auto& [old, with] : replaced) {
    if (const auto change = table.replace(*old, *with); change.error != TableError::kNone)
      return change.error;
  }
  for (const Binding* binding : added) {
    if (const auto change = table.add(*binding); change.error != TableError::kNone) return change.error;
  }
  return TableError::kNone;
}

}  // namespace

// Changes that pass through the store together.
struct SoftwireManager::Batch {
  std::vector<Request> requests;
  std::vector<Result<SoftwiresChanged, ChangeError>> results;  // one for each request
  Result<Done> written = Done{};                               // an error: of the store
};

SoftwireManager::SoftwireManager(asio::io_context& loop, SoftwireHost& host, SoftwireStore& store,
                                 const Config& config, Observer observer)
    : loop_(loop),
      host_(host),
      store_(store),
      clock_(store.clock()),
      config_(std::make_shared<const Config>(config)),
      observer_(std::move(observer)),
      work_(store_loop_.get_executor()),
      store_thread_([this] {
        if (observer_.store_thread_starts) observer_.store_thread_starts();
        store_loop_.run();
      }),
      tests_(loop, observer_.store_thread_starts) {}

SoftwireManager::~SoftwireManager() {
  host_.keep_leases_in([](const LeaseChange&, const std::function<void(bool)>& done) { done(false); });
  work_.reset();  // the thread finishes its work and ends
  store_thread_.join();
}

Result<Done> SoftwireManager::take_leases() {
  auto taken = store_.for_each_lease([this](const Lease& lease) { host_.lease_granted(lease); });
  if (!taken) return taken;
  host_.keep_leases_in([this](LeaseChange wanted, std::function<void(bool)> done) {
    SoftwireChange change;
    for (const auto& end : {wanted.end, wanted.replaced}) {
      if (end) change.end.push_back(*end);
    }
    if (wanted.grant) change.grant.push_back(std::move(*wanted.grant));
    this->change(std::move(change), [this, done = std::move(done)](const auto& changed) {
      if (!changed && changed.error().kind == ChangeError::Kind::kStore && observer_.failed) {
        observer_.failed(Error{"a lease could not be stored: " + changed.error().text});
      }
      done(changed.ok());
    });
  });
  return taken;
}

void SoftwireManager::note(const SoftwiresChanged& changed) {
  for (const StoredBinding& stored : changed.removed) {
    host_.lease_ended({stored.softwire.ipv4, stored.softwire.ports.psid});
  }
  for (const LeaseKey& key : changed.ended) host_.lease_ended(key);
  for (const Lease& lease : changed.granted) host_.lease_granted(lease);
  if (!observer_.changed) return;
  SoftwiresChanged shown = changed;
  for (auto* list : {&shown.added, &shown.removed}) {
    for (StoredBinding& stored : *list) stored.since = clock_.shown(stored.since);
  }
  for (auto* list : {&shown.added_rules, &shown.removed_rules}) {
    for (StoredRule& stored : *list) stored.since = clock_.shown(stored.since);
  }
  observer_.changed(shown);
}

WallTime SoftwireManager::record_time() {
  if (const auto step = store_.observe_clock()) {
    asio::post(loop_, [this, step] {
      if (observer_.clock_stepped) observer_.clock_stepped(*step);
    });
  }
  return store_.now();
}

void SoftwireManager::observe_clock() {
  if (clock_.has_step(clock_.read())) asio::post(store_loop_, [this] { record_time(); });
}

void SoftwireManager::change(SoftwireChange change, ChangeCallback changed) {
  waiting_.push_back({std::move(change), std::move(changed), nullptr, {}});
  next();
}

void SoftwireManager::reload(Config config, ReloadCallback reloaded) {
  waiting_.push_back({{}, {}, std::make_shared<const Config>(std::move(config)), std::move(reloaded)});
  next();
}

bool SoftwireManager::fits_in_place(const SoftwireChange& change) const {
  if (change.replace || change.size() > kMaxInPlace) return false;
  const auto is_plain = [this](const auto& added) {
    const auto* binding = std::get_if<Binding>(&added);
    // A new BR address must be checked against all softwires.
    return binding != nullptr && host_.table().is_br(binding->br) && !host_.table().is_br(binding->b4);
  };
  const auto is_known = [this](const Lease& lease) {
    return host_.table().is_br(lease.binding.br) && !host_.table().is_br(lease.binding.b4);
  };
  if (!std::ranges::all_of(change.grant, is_known)) return false;
  const auto is_binding = [](const auto& removed) { return std::holds_alternative<BindingKey>(removed); };
  return std::ranges::all_of(change.add, is_plain) && std::ranges::all_of(change.remove, is_binding);
}

void SoftwireManager::next() {
  if (busy_ || waiting_.empty()) return;
  busy_ = true;
  if (!waiting_.front().is_change() || !fits_in_place(waiting_.front().change)) {
    Request request = std::move(waiting_.front());
    waiting_.pop_front();
    if (request.work) return replace_whole(std::move(request));
    if (request.config != nullptr) return reload_whole(std::move(request));
    return change_whole(std::move(request));
  }
  std::vector<Request> together;
  std::size_t size = 0;
  while (!waiting_.empty() && together.size() < kMaxTogether && waiting_.front().is_change() &&
         fits_in_place(waiting_.front().change)) {
    size += waiting_.front().change.size();
    if (size > kMaxInPlace && !together.empty()) break;
    together.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  change_in_place(std::move(together));
}

void SoftwireManager::finished() {
  busy_ = false;
  next();
}

void SoftwireManager::change_in_place(std::vector<Request> requests) {
  auto batch = std::make_shared<Batch>();
  batch->requests = std::move(requests);
  asio::post(store_loop_, [this, batch, config = config_] {
    const WallTime now = record_time();
    std::optional<Error> failed;
    if (!store_.refusal().empty()) failed = Error{store_.refusal()};
    const auto keep_error = [&](const Result<Done>& result) {
      if (result || failed) return;
      failed = result.error();
      batch->written = result.error();
    };
    if (!failed) keep_error(store_.begin());
    for (const Request& request : batch->requests) {
      if (failed) break;
      keep_error(store_.begin_part());
      batch->results.push_back(change_softwires(store_, *config, request.change, now));
      if (const auto& result = batch->results.back(); !result && store_.has_failed()) {
        batch->written = Error{result.error().text};
      }
      keep_error(store_.end_part(batch->results.back().ok()));
    }
    if (failed) {
      store_.rollback();
    } else {
      keep_error(store_.commit());
    }
    if (failed) batch->results.assign(batch->requests.size(), store_error(*failed));
    asio::post(loop_, [this, batch] { publish_in_place(*batch); });
  });
}

void SoftwireManager::publish_in_place(Batch& batch) {
  told_of_write(batch.written);
  std::size_t published = 0;
  for (; published < batch.results.size(); ++published) {
    const auto& result = batch.results[published];
    if (!result) continue;
    if (change_table(host_.table(), *result) != TableError::kNone) break;
    note(*result);
  }
  const auto answer = [this](const Batch& all) {
    for (std::size_t i = 0; i < all.requests.size(); ++i) all.requests[i].changed(all.results[i]);
    finished();
  };
  if (published == batch.results.size()) return answer(batch);
  // The table has no room left. Builds new tables from the store, which contains the change.
  auto rest = std::make_shared<Batch>(std::move(batch));
  rebuild([this, rest, published, answer](const Result<Done>& rebuilt) {
    for (std::size_t i = published; i < rest->results.size(); ++i) {
      if (!rest->results[i]) continue;
      if (!rebuilt) {
        rest->results[i] = store_error(Error{"stored, but not yet active: " + rebuilt.error().text});
      } else {
        note(*rest->results[i]);
      }
    }
    answer(*rest);
  });
}

void SoftwireManager::rebuild(std::function<void(const Result<Done>&)> done) {
  asio::post(store_loop_, [this, config = config_, done = std::move(done)]() mutable {
    const auto softwires = all_softwires(store_, nullptr);
    auto next = std::make_shared<Result<RuntimeConfigPtr>>(
        softwires ? host_.prepare(*config, *softwires) : Result<RuntimeConfigPtr>(softwires.error()));
    asio::post(loop_, [this, next, done = std::move(done)] {
      if (!*next) {
        if (observer_.failed) observer_.failed(next->error());
        return done(next->error());
      }
      host_.activate(std::move(**next));
      if (observer_.ends_changed) observer_.ends_changed();
      done(Done{});
    });
  });
}

namespace {

// The result of the store, and the tables for it.
struct Prepared {
  Result<SoftwiresChanged, ChangeError> changed;
  RuntimeConfigPtr runtime_config;
  Result<Done> written = Done{};  // an error: of the store
};

}  // namespace

void SoftwireManager::change_whole(Request request) {
  auto shared = std::make_shared<Request>(std::move(request));
  asio::post(store_loop_, [this, shared, config = config_] {
    const auto prepare = [&]() -> Prepared {
      const WallTime now = record_time();
      if (!store_.refusal().empty()) return {store_error(Error{store_.refusal()}), nullptr, Done{}};
      if (const auto begun = store_.begin(); !begun) return {store_error(begun.error()), nullptr, Done{}};
      auto changed = change_softwires(store_, *config, shared->change, now);
      if (!changed) return {changed.error(), nullptr, Done{}};
      const auto softwires = all_softwires(store_, nullptr);
      if (!softwires) return {store_error(softwires.error()), nullptr, Done{}};
      auto runtime_config = host_.prepare(*config, *softwires);
      if (!runtime_config) {
        // The error is in the requested change, so the place of the store is removed from the text.
        std::string text = runtime_config.error().text;
        const std::string place = place_of_store(*config) + ": ";
        if (text.starts_with(place)) text.erase(0, place.size());
        return {ChangeError{ChangeError::Kind::kConflict, "", std::move(text)}, nullptr, Done{}};
      }
      return {std::move(*changed), std::move(*runtime_config), Done{}};
    };
    auto prepared = std::make_shared<Prepared>(prepare());
    if (!prepared->changed) {
      if (store_.has_failed()) prepared->written = Error{prepared->changed.error().text};
      store_.rollback();
    } else if (const auto committed = store_.commit(); !committed) {
      prepared->changed = store_error(committed.error());
      prepared->written = committed.error();
    }
    asio::post(loop_, [this, shared, prepared] {
      told_of_write(prepared->written);
      if (prepared->changed) {
        host_.activate(std::move(prepared->runtime_config));
        if (observer_.ends_changed) observer_.ends_changed();
        note(*prepared->changed);
      }
      shared->changed(prepared->changed);
      finished();
    });
  });
}

void SoftwireManager::test(Config config, std::function<void(const Result<Done>&)> tested) {
  const auto shared = std::make_shared<const Config>(std::move(config));
  const auto question = [this, shared](SoftwireStore& store) -> Result<Done> {
    if (auto begun = store.begin(); !begun) return begun;
    const auto merged = merge_file(store, *shared, store.now());
    store.rollback();
    if (!merged) return merged.error();
    const auto prepared = host_.prepare(*shared, merged->softwires);
    return prepared ? Result<Done>(Done{}) : prepared.error();
  };
  ask<std::string>([](SoftwireStore& store) { return store.directory(); },
                   [this, question, tested = std::move(tested)](const std::string& directory) {
                     // A store in memory cannot be copied by another thread.
                     if (directory.empty()) return ask<Result<Done>>(question, tested);
                     const auto result = std::make_shared<Result<Done>>(Done{});
                     tests_.run(
                         [question, directory, result] {
                           const auto copy = SoftwireStore::copy_in_memory(directory);
                           if (!copy) {
                             *result = copy.error();
                           } else if (*copy == nullptr) {
                             *result = Error{directory + ": there is no database of this version"};
                           } else {
                             *result = question(**copy);
                           }
                         },
                         [result, tested] { tested(*result); });
                   });
}

void SoftwireManager::reload_whole(Request request) {
  auto shared = std::make_shared<Request>(std::move(request));
  asio::post(store_loop_, [this, shared] {
    struct Merged {
      Result<SoftwiresChanged> changed;
      RuntimeConfigPtr runtime_config;
      Result<Done> written = Done{};  // an error: of the store
    };
    const Config& config = *shared->config;
    const auto prepare = [&]() -> Merged {
      const WallTime now = record_time();
      if (const auto begun = store_.begin(); !begun) return {begun.error(), nullptr, Done{}};
      auto merged = merge_file(store_, config, now);
      if (!merged) return {merged.error(), nullptr, Done{}};
      auto runtime_config = host_.prepare(config, merged->softwires);
      if (!runtime_config) return {runtime_config.error(), nullptr, Done{}};
      return {std::move(merged->changed), std::move(*runtime_config), Done{}};
    };
    auto merged = std::make_shared<Merged>(prepare());
    if (!merged->changed) {
      if (store_.has_failed()) merged->written = merged->changed.error();
      store_.rollback();
    } else if (const auto committed = store_.commit(); !committed) {
      merged->changed = committed.error();
      merged->written = committed.error();
    }
    asio::post(loop_, [this, shared, merged] {
      told_of_write(merged->written);
      if (merged->changed) {
        host_.activate(std::move(merged->runtime_config));
        config_ = shared->config;
        if (observer_.ends_changed) observer_.ends_changed();
        note(*merged->changed);
      }
      shared->reloaded(merged->changed);
      finished();
    });
  });
}

// What replace_contents() publishes.
struct SoftwireManager::Contents {
  Result<Done> result = Done{};  // of the work, or the error after it
  RuntimeConfigPtr runtime_config;
  std::vector<LeaseKey> gone;
  std::vector<Lease> leases;
};

SoftwireManager::Contents SoftwireManager::read_contents(const StoreWork& work) {
  Contents contents;
  std::vector<LeaseKey> before;
  static_cast<void>(store_.for_each_lease([&before](const Lease& lease) { before.push_back(lease.key()); }));
  contents.result = work(store_);
  const auto read = [&]() -> Result<Done> {
    const WallTime now = record_time();
    if (auto begun = store_.begin(); !begun) return begun;
    if (auto ended = end_expired_leases(store_, now); !ended) return ended;
    const auto merged = merge_file(store_, *config_, now);
    if (!merged) return merged.error();
    auto next = host_.prepare(*config_, merged->softwires);
    if (!next) return next.error();
    if (auto committed = store_.commit(); !committed) return committed;
    contents.runtime_config = std::move(*next);
    return store_.for_each_lease([&contents](Lease lease) { contents.leases.push_back(std::move(lease)); });
  };
  if (const auto done = read(); !done) {
    store_.rollback();
    if (contents.result) contents.result = done.error();
    return contents;
  }
  std::ranges::copy_if(before, std::back_inserter(contents.gone), [&contents](const LeaseKey& key) {
    return std::ranges::find(contents.leases, key, &Lease::key) == contents.leases.end();
  });
  return contents;
}

Result<std::size_t> SoftwireManager::add_running() {
  return controlplane::add_running(store_, host_.table(), host_.leases());
}

void SoftwireManager::replace_contents(StoreWork work, std::function<void(const Result<Done>&)> done) {
  waiting_.push_back({{}, {}, nullptr, {}, std::move(work), std::move(done)});
  next();
}

void SoftwireManager::replace_whole(Request request) {
  auto shared = std::make_shared<Request>(std::move(request));
  asio::post(store_loop_, [this, shared] {
    auto contents = std::make_shared<Contents>(read_contents(shared->work));
    asio::post(loop_, [this, shared, contents] {
      if (contents->runtime_config != nullptr) {
        host_.activate(std::move(contents->runtime_config));
        if (observer_.ends_changed) observer_.ends_changed();
        for (const LeaseKey& key : contents->gone) host_.lease_ended(key);
        for (const Lease& lease : contents->leases) host_.lease_granted(lease);
      }
      shared->worked(contents->result);
      finished();
    });
  });
}

}  // namespace softwire::controlplane
