// SPDX-License-Identifier: BSD-3-Clause
// Tests leases on the control socket: their list, and the events when they begin and end.
#include <chrono>
#include <future>
#include <optional>
#include <utility>
#include <vector>

#include "control_fixture.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const std::string kOne = "2001:db8:1::1";
const std::string kTwo = "2001:db8:1::2";
constexpr Ipv4Address kServer(198, 51, 100, 67);
constexpr Ipv4Address kShared(192, 0, 2, 1);

class ControlLeases : public ControlSocket {
 protected:
  void SetUp() override {
    ControlSocket::SetUp();
    on_loop<bool>([this](auto done) { done(manager_->take_leases().ok()); });
  }

  // Returns the result of `ask`, which is called on the control thread.
  template <typename T>
  T on_loop(const std::function<void(std::function<void(T)>)>& ask) {
    std::promise<T> said;
    asio::post(loop_, [&] { ask([&said](T value) { said.set_value(std::move(value)); }); });
    return said.get_future().get();
  }
  // Returns the error, or "".
  std::string change(const SoftwireChange& wanted) {
    return on_loop<std::string>([&](auto done) {
      manager_->change(wanted, [done](const auto& changed) { done(changed ? "" : changed.error().text); });
    });
  }
  std::string grant(const Lease& lease) { return change({.remove = {}, .add = {}, .grant = {lease}}); }
  std::string end(const Lease& lease) {
    const LeaseEnding ending{lease.key(), lease.binding.b4, EndReason::kReleased};
    return change({.remove = {}, .add = {}, .end = {ending}});
  }
  static Lease lease(Ipv4Address ipv4, const PortSet& ports, const std::string& b4) {
    return {.binding = {ipv4, ports, *parse_ipv6(b4), kBr},
            .client = {0, 0xff, 0xab},
            .expires = wall_now() + hours(1),
            .server = kServer};
  }
  static Lease shared(Psid psid, const std::string& b4) { return lease(kShared, {{6, 8}, psid}, b4); }
  static Lease whole(std::uint8_t last, const std::string& b4) { return lease({192, 0, 2, last}, {}, b4); }

  // Returns "192.0.2.1 5" for each, and the cursor.
  static std::pair<std::vector<std::string>, Json> page(const Json& list) {
    std::vector<std::string> leases;
    for (const Json& one : list["leases"]) {
      leases.push_back(one["ipv4"].get<std::string>() + " " + std::to_string(one["psid"].get<int>()));
    }
    return {leases, list["next"]};
  }
};

TEST_F(ControlLeases, ListIsEmptyWithoutAny) {
  Client client(path_);
  const Json empty = {{"leases", Json::array()}, {"next", nullptr}};
  EXPECT_EQ(client.result("leases.list"), empty);
  EXPECT_EQ(client.result("leases.list", {{"ipv6", kOne}, {"limit", 1}}), empty);
  EXPECT_EQ(client.result("leases.list", {{"after", "192.0.2.1 5"}}), empty);
}

TEST_F(ControlLeases, ListHasWhatIsToBeSaidOfEach) {
  Lease one = shared(5, kOne);
  one.expires = *parse_wall_time("2126-11-29T12:00:00Z");
  Lease other = whole(7, kTwo);
  other.client = {1, 1, 2, 0, 0, 0, 0, 9};
  other.expires = WallTime::max();
  ASSERT_EQ(grant(one), "");
  ASSERT_EQ(grant(other), "");
  Client client(path_);
  EXPECT_EQ(client.result("leases.list")["leases"], Json({{{"ipv4", "192.0.2.1"},
                                                           {"psid-offset", 6},
                                                           {"psid-len", 8},
                                                           {"psid", 5},
                                                           {"b4", kOne},
                                                           {"br", "2001:db8:ff::1"},
                                                           {"client-id", "ffab"},
                                                           {"server", "198.51.100.67"},
                                                           {"expires", "2126-11-29T12:00:00.000Z"}},
                                                          {{"ipv4", "192.0.2.7"},
                                                           {"psid-offset", 0},
                                                           {"psid-len", 0},
                                                           {"psid", 0},
                                                           {"b4", kTwo},
                                                           {"br", "2001:db8:ff::1"},
                                                           {"hardware", "01020000000009"},
                                                           {"server", "198.51.100.67"},
                                                           {"expires", nullptr}}}));
}

// A damaged row of the store may have no client identifier.
TEST_F(ControlLeases, ListHasALeaseWithoutClient) {
  Lease damaged = shared(5, kOne);
  damaged.client.clear();
  on_loop<bool>([&](auto done) {
    hub_->lease_granted(damaged);
    done(true);
  });
  Client client(path_);
  const Json listed = client.result("leases.list")["leases"];
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0]["client-id"], "");
}

TEST_F(ControlLeases, ListComesInPagesByAddressAndPsid) {
  const Lease middle = shared(9, kTwo);
  for (const Lease& one : {whole(10, kOne), middle, shared(5, kOne), whole(2, kTwo), shared(200, kOne)}) {
    ASSERT_EQ(grant(one), "");
  }
  Client client(path_);
  const auto list = [&client](const Json& params) { return page(client.result("leases.list", params)); };
  const auto [first, after_first] = list({{"limit", 2}});
  EXPECT_THAT(first, ElementsAre("192.0.2.1 5", "192.0.2.1 9"));
  // Removed leases do not matter, even if the previous page ended with one of them.
  ASSERT_EQ(end(middle), "");
  const auto [second, after_second] = list({{"limit", 2}, {"after", after_first}});
  EXPECT_THAT(second, ElementsAre("192.0.2.1 200", "192.0.2.2 0"));
  const auto [third, after_third] = list({{"limit", 2}, {"after", after_second}});
  EXPECT_THAT(third, ElementsAre("192.0.2.10 0"));
  EXPECT_EQ(after_third, Json());
  // A full page is the last one when nothing follows.
  EXPECT_EQ(list({{"limit", 4}}).second, Json());
  EXPECT_EQ(list({{"limit", 3}}).second, Json("192.0.2.2 0"));
}

// The list is made in parts of 200, so that DHCP need not wait.
TEST_F(ControlLeases, ListIsTheSameInParts) {
  constexpr std::size_t kLeases = 650;
  on_loop<bool>([&](auto done) {
    for (std::size_t i = 0; i < kLeases; ++i) {
      hub_->lease_granted(
          lease({10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}, {}, kOne));
    }
    done(true);
  });
  Client client(path_);
  for (const Json& more : {Json::object(), Json{{"ipv6", kOne}}}) {
    for (const std::size_t limit : {199U, 200U, 201U, 400U, 649U, 650U, 1000U}) {
      Json params = more;
      params["limit"] = limit;
      const auto [first, next] = page(client.result("leases.list", params));
      EXPECT_EQ(first.size(), std::min(limit, kLeases));
      EXPECT_EQ(next, limit >= kLeases ? Json() : Json(first.back()));
    }
  }
}

TEST_F(ControlLeases, ListIsOfOneSubscriberWhenAskedSo) {
  for (const Lease& one : {shared(5, kOne), shared(9, kTwo), shared(7, kOne), whole(2, kOne)}) {
    ASSERT_EQ(grant(one), "");
  }
  Client client(path_);
  const auto list = [&client](Json params) {
    params["ipv6"] = kOne;
    return page(client.result("leases.list", params));
  };
  EXPECT_THAT(list(Json::object()).first, ElementsAre("192.0.2.1 5", "192.0.2.1 7", "192.0.2.2 0"));
  const auto [first, after] = list({{"limit", 2}});
  EXPECT_THAT(first, ElementsAre("192.0.2.1 5", "192.0.2.1 7"));
  EXPECT_THAT(list({{"limit", 2}, {"after", after}}).first, ElementsAre("192.0.2.2 0"));
  EXPECT_THAT(page(client.result("leases.list", {{"ipv6", "2001:db8:1::3"}})).first, ElementsAre());
}

TEST_F(ControlLeases, ListSaysWhatIsWrongWithItsParameters) {
  Client client(path_);
  const auto refusal = [&client](const Json& params) { return client.refusal("leases.list", params); };
  for (const Json& limit : {Json(0), Json(10001), Json(-1), Json("5"), Json(1.5), Json()}) {
    EXPECT_EQ(refusal({{"limit", limit}}),
              "-32602 params.limit: params.limit is not a number from 1 to 10000")
        << limit;
  }
  for (const Json& ipv6 : {Json("192.0.2.1"), Json("2001:db8::/32"), Json(""), Json(7)}) {
    EXPECT_THAT(refusal({{"ipv6", ipv6}}),
                StartsWith("-32602 params.ipv6: params.ipv6 is not an IPv6 address"))
        << ipv6;
  }
  for (const char* after : {"", " ", "192.0.2.1", "192.0.2.1 ", "192.0.2.1 65536", "192.0.2.1 -1",
                            "192.0.2.1 5 ", "192.0.2.256 5", " 192.0.2.1 5", "5"}) {
    EXPECT_EQ(refusal({{"after", after}}),
              "-32602 params.after: after: is not a value of next from a previous page; give such a value, "
              "or leave after out")
        << after;
  }
  EXPECT_THAT(refusal({{"after", 5}}), StartsWith("-32602 params.after: "));
  EXPECT_THAT(refusal({{"ipv4", "192.0.2.1"}}), HasSubstr("leases.list has no parameter 'ipv4'; it has "));
}

TEST_F(ControlLeases, GrantsAndEndsAreEvents) {
  Client watcher(path_);
  watcher.result("events.subscribe", {{"kinds", {"softwire"}}});
  const auto next = [&watcher] {
    const Json event = Json::parse(watcher.line())["params"];
    EXPECT_EQ(event["kind"], "softwire");
    EXPECT_EQ(event["origin"], "lease");
    return event["change"].get<std::string>() + " " + event["softwire"].get<std::string>();
  };
  const std::string statement = "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 5 b4 ";
  const std::string of_one = statement + kOne + " br 2001:db8:ff::1";
  const std::string of_two = statement + kTwo + " br 2001:db8:ff::1";
  Lease one = shared(5, kOne);
  ASSERT_EQ(grant(one), "");
  EXPECT_EQ(next(), "added " + of_one);
  // A renewal does not change a softwire.
  one.expires += hours(1);
  ASSERT_EQ(grant(one), "");
  // A moved lease is removed from one subscriber and added to the other.
  EXPECT_THAT(grant(shared(5, kTwo)), HasSubstr("overlaps"));
  const LeaseEnding replaced{one.key(), one.binding.b4, EndReason::kReplaced};
  ASSERT_EQ(change({.remove = {}, .add = {}, .end = {replaced}, .grant = {shared(5, kTwo)}}), "");
  EXPECT_EQ(next(), "removed " + of_one);
  EXPECT_EQ(next(), "added " + of_two);
  // A message about another subscriber's lease has no event, and a refused lease has none.
  ASSERT_EQ(end(one), "");
  ASSERT_THAT(grant(whole(9, kOne)), HasSubstr("overlaps"));  // the operator has the address
  ASSERT_EQ(end(shared(5, kTwo)), "");
  EXPECT_EQ(next(), "removed " + of_two);
}

TEST_F(ControlLeases, OfAThousandAndMoreTheirNumberIsTheEvent) {
  Client watcher(path_);
  watcher.result("events.subscribe", {{"kinds", {"softwire"}}});
  SoftwireChange many;
  for (unsigned i = 0; i < 1001; ++i) {
    many.grant.push_back(lease(Ipv4Address::from_host(Ipv4Address(10, 0, 0, 0).host() + i), {}, kOne));
  }
  ASSERT_EQ(change(many), "");
  const Json event = Json::parse(watcher.line())["params"];
  EXPECT_EQ(event["change"], "several");
  EXPECT_EQ(event["added"], 1001);
  EXPECT_EQ(event["removed"], 0);
  EXPECT_EQ(watcher.result("leases.list", {{"limit", 10000}})["leases"].size(), 1001U);
}

}  // namespace
}  // namespace softwire::controlplane
