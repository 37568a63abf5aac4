// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/address_claims.h"

#include <utility>

#include "softwire/address_text.h"

namespace softwire::controlplane {

namespace {

using Conflict = dataplane::AddressConflicts::Conflict;

std::string address_of(const Conflict& conflict) {
  return conflict.side == Side::kIpv4
             ? to_string(Ipv4Address::from_host(static_cast<std::uint32_t>(conflict.address.low())))
             : to_string(conflict.address);
}

std::string words(const AddressClaim& claim) {
  const std::string station =
      std::string(claim.side == Side::kIpv4 ? "ipv4" : "ipv6") + ": the station " + to_string(claim.station);
  if (claim.is_of_gateway) {
    return station + " says that it is the gateway " + claim.address +
           ", without being asked or beside another station; see softwirectl show neighbors for the one in "
           "use; find that station, or set gateway-mac";
  }
  return station + " claims our address " + claim.address +
         "; we keep it; take it from that station, or give us another";
}

}  // namespace

std::vector<AddressClaim> AddressClaims::update(const std::vector<Conflict>& conflicts, WallTime now) {
  std::map<Key, AddressClaim> next;
  for (const Conflict& conflict : conflicts) {
    const Key key{conflict.side, conflict.address, conflict.station.octets()};
    const auto known = claims_.find(key);
    AddressClaim claim = known != claims_.end()
                             ? known->second
                             : AddressClaim{conflict.side, address_of(conflict),  conflict.station, 0, now,
                                            now,           conflict.is_of_gateway};
    if (claim.frames != conflict.frames) claim.last = now;
    claim.frames = conflict.frames;
    next.emplace(key, std::move(claim));
  }
  claims_ = std::move(next);
  std::vector<AddressClaim> list;
  for (const auto& [key, claim] : claims_) list.push_back(claim);
  return list;
}

std::vector<std::string> ClaimLog::look(const std::vector<AddressClaim>& claims, WallTime now) {
  std::vector<std::string> lines;
  // A clock that was set back must not keep the log silent.
  if (std::erase_if(logged_, [now](WallTime at) { return at + kSilence <= now || at > now; }) != 0) {
    has_said_more_ = false;
  }
  std::map<Key, AddressClaim> next;
  for (const AddressClaim& claim : claims) {
    const Key key{claim.side, claim.address, claim.station.octets()};
    const auto known = known_.find(key);
    const bool is_news = known == known_.end() || known->second.last + kSilence <= claim.last;
    next.emplace(key, claim);
    if (!is_news) continue;
    if (logged_.size() < kMostInAnHour) {
      logged_.push_back(now);
      lines.push_back(words(claim));
    } else if (!std::exchange(has_said_more_, true)) {
      lines.emplace_back("more stations claim our addresses or a gateway's; see softwirectl show neighbors");
    }
  }
  known_ = std::move(next);
  return lines;
}

}  // namespace softwire::controlplane
