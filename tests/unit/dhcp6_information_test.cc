#include "controlplane/dhcp6/information_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dhcp6_samples.h"

namespace softwire::controlplane::dhcp6 {
namespace {

using testing::ElementsAreArray;

Provision nothing(const Asker&) {
  return {};
}

Provision lw(const Asker&) {
  Provision has;
  has.binding = Binding{};
  return has;
}

Result<Bytes, Outcome> ask(const Bytes& octets, const InformationServer::Lookup& lookup) {
  InformationServer::Options options;
  options.server_duid = hex("00030001aa");
  options.priority = {96, 94};
  options.dhcp4o6_servers.emplace();
  return InformationServer(options).answer(*unwrap(octets, {sample::kClient, 546}), lookup);
}

TEST(Dhcp6Information, Rfc8415Section1836ReplyHasOnlyWhatWasAskedFor) {
  EXPECT_THAT(*ask(hex("0b 123456 0001 0002 abcd"), lw),
              ElementsAreArray(hex("07 123456 0002 0005 00030001aa 0001 0002 abcd")));
  EXPECT_THAT(*ask(hex("0b 123456 0006 0006 0020 0058 006f"), lw),
              ElementsAreArray(
                  hex("07 123456 0002 0005 00030001aa 0020 0004 00015180 0058 0000 006f 0004 0060005e")));
}

TEST(Dhcp6Information, ContainerOnlyForASubscriberThatHasOne) {
  const Bytes octets = hex("0b 123456 0006 0002 0060");
  EXPECT_EQ(ask(octets, lw)->size(), 13U + 4U + 20U + 25U);
  EXPECT_THAT(*ask(octets, nothing), ElementsAreArray(hex("07 123456 0002 0005 00030001aa")));
}

TEST(Dhcp6Information, Rfc8415Section1612OtherServerOrIaIsDropped) {
  EXPECT_TRUE(ask(hex("0b 123456 0002 0005 00030001aa"), lw).ok());
  EXPECT_EQ(ask(hex("0b 123456 0002 0005 00030001ab"), lw).error(), Outcome::kDhcp6ServerId);
  EXPECT_EQ(ask(hex("0b 123456 0003 0000"), lw).error(), Outcome::kDhcp6Ia);
  EXPECT_EQ(ask(hex("0b 123456 0019 0000"), lw).error(), Outcome::kDhcp6Ia);
  EXPECT_EQ(ask(hex("01 123456"), lw).error(), Outcome::kDhcp6MessageType);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp6
