// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/server/lease_pool.h"

#include <bit>

namespace softwire::controlplane::dhcp {
namespace {

constexpr std::size_t kWordBits = 64;

constexpr std::uint64_t bit(std::size_t number) {
  return std::uint64_t{1} << (number % kWordBits);
}

}  // namespace

NumberSet::NumberSet(std::size_t limit, bool all) : size_(all ? limit : 0) {
  do {
    const std::size_t words = (limit + kWordBits - 1) / kWordBits;
    auto& level = levels_.emplace_back(words, all ? ~std::uint64_t{0} : 0);
    if (all && limit % kWordBits != 0) level.back() = bit(limit) - 1;
    limit = words;
  } while (limit > 1);
}

void NumberSet::insert(std::size_t number) {
  if (!contains(number)) ++size_;
  for (auto& level : levels_) {
    level[number / kWordBits] |= bit(number);
    number /= kWordBits;
  }
}

void NumberSet::erase(std::size_t number) {
  if (contains(number)) --size_;
  for (auto& level : levels_) {
    std::uint64_t& word = level[number / kWordBits];
    word &= ~bit(number);
    if (word != 0) return;
    number /= kWordBits;
  }
}

bool NumberSet::contains(std::size_t number) const {
  return (levels_.front()[number / kWordBits] & bit(number)) != 0;
}

std::optional<std::size_t> NumberSet::next(std::size_t from) const {
  // Goes up until a word has a member that is not below `from`, then down to the lowest number below that
  // member.
  std::size_t level = 0;
  for (;; ++level, from = from / kWordBits + 1) {
    if (level == levels_.size() || from / kWordBits >= levels_[level].size()) return std::nullopt;
    const std::uint64_t rest = levels_[level][from / kWordBits] & ~(bit(from) - 1);
    if (rest == 0) continue;
    from = from / kWordBits * kWordBits + static_cast<std::size_t>(std::countr_zero(rest));
    break;
  }
  while (level-- > 0) {
    from = from * kWordBits + static_cast<std::size_t>(std::countr_zero(levels_[level][from]));
  }
  return from;
}

LeasePool::LeasePool(const PortPool& pool)
    : pool_(pool),
      first_psid_(pool.first_psid()),
      psids_(pool.ports.psid_mask() + 1U - first_psid_),
      free_(pool.size(), true) {}

bool LeasePool::contains(LeaseKey key) const {
  return pool_.contains(key.ipv4) && key.psid >= first_psid_ && key.psid <= pool_.ports.psid_mask();
}

std::optional<LeaseKey> LeasePool::next() {
  auto slot = free_.next(turn_);
  if (!slot) slot = free_.next(0);
  if (!slot) return std::nullopt;
  turn_ = *slot + 1;
  return LeaseKey{Ipv4Address::from_host(pool_.first.host() + static_cast<std::uint32_t>(*slot / psids_)),
                  static_cast<Psid>(first_psid_ + *slot % psids_)};
}

std::size_t LeasePool::slot(LeaseKey key) const {
  return std::size_t{key.ipv4.host() - pool_.first.host()} * psids_ + (key.psid - first_psid_);
}

}  // namespace softwire::controlplane::dhcp
