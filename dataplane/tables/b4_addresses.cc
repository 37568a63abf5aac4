// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/b4_addresses.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "dataplane/tables/reclaimer.h"
#include "softwire/mix.h"

namespace softwire::dataplane {

namespace {

constexpr std::size_t kLeastSlots = 8;

// Returns whether so many used slots of a part are too many for short probe sequences.
constexpr bool is_crowded(std::size_t used, std::size_t size) {
  return 4 * used > 3 * size;
}

}  // namespace

B4Addresses::B4Addresses(std::uint64_t seed) : seed_(seed) {}

B4Addresses::~B4Addresses() {
  for (std::atomic<Part*>& part : parts_) delete part.load(std::memory_order_relaxed);
}

B4Addresses::Fingerprint B4Addresses::fingerprint(const Ipv6Address& address) const {
  const std::uint64_t mixed = mix64((mix64(address.high() ^ seed_) + seed_) ^ address.low());
  return mixed > kRemoved ? mixed : mixed + 2;
}

std::size_t B4Addresses::find(const Part& part, Fingerprint fingerprint) {
  const std::size_t mask = part.slots.size() - 1;
  for (std::size_t at = fingerprint & mask;; at = (at + 1) & mask) {
    const Fingerprint there = part.slots[at].load(std::memory_order_relaxed);
    if (there == fingerprint || there == kFree) return at;
  }
}

bool B4Addresses::contains(const Ipv6Address& address) const {
  const Fingerprint wanted = fingerprint(address);
  const Part* const part = parts_[part_of(wanted)].load(std::memory_order_acquire);
  return part != nullptr && part->slots[find(*part, wanted)].load(std::memory_order_relaxed) == wanted;
}

void B4Addresses::add(const Ipv6Address& address) {
  const Fingerprint added = fingerprint(address);
  const std::size_t number = part_of(added);
  Part* part = parts_[number].load(std::memory_order_relaxed);
  if (part == nullptr || is_crowded(part->used + 1, part->slots.size())) {
    rebuild(number);
    part = parts_[number].load(std::memory_order_relaxed);
  }
  const std::size_t at = find(*part, added);
  if (part->counts[at]++ != 0) return;
  ++part->used;
  ++part->present;
  part->slots[at].store(added, std::memory_order_relaxed);
}

void B4Addresses::remove(const Ipv6Address& address) {
  const Fingerprint removed = fingerprint(address);
  Part* const part = parts_[part_of(removed)].load(std::memory_order_relaxed);
  if (part == nullptr) return;
  const std::size_t at = find(*part, removed);
  if (part->counts[at] == 0 || --part->counts[at] != 0) return;
  --part->present;
  part->slots[at].store(kRemoved, std::memory_order_relaxed);
}

void B4Addresses::rebuild(std::size_t number) {
  std::unique_ptr<Part> old(parts_[number].load(std::memory_order_relaxed));
  const std::size_t present = old == nullptr ? 0 : old->present;
  auto part = std::make_unique<Part>(std::max(kLeastSlots, std::bit_ceil(2 * (present + 1))));
  for (std::size_t i = 0; old != nullptr && i < old->slots.size(); ++i) {
    if (old->counts[i] == 0) continue;
    const Fingerprint kept = old->slots[i].load(std::memory_order_relaxed);
    const std::size_t at = find(*part, kept);
    part->slots[at].store(kept, std::memory_order_relaxed);
    part->counts[at] = old->counts[i];
  }
  part->used = part->present = present;
  parts_[number].store(part.release(), std::memory_order_release);
  if (reclaimer_ == nullptr || old == nullptr) return;
  const std::size_t bytes = old->slots.size() * (sizeof(Fingerprint) + sizeof(std::uint32_t));
  reclaimer_->retire(std::move(old), bytes);
}

std::size_t B4Addresses::bytes() const {
  std::size_t sum = sizeof *this;
  for (const std::atomic<Part*>& each : parts_) {
    const Part* const part = each.load(std::memory_order_relaxed);
    if (part != nullptr)
      sum += sizeof *part + part->slots.size() * (sizeof(Fingerprint) + sizeof(std::uint32_t));
  }
  return sum;
}

}  // namespace softwire::dataplane
