#include "softwire/address_text.h"
#include "softwire/outcome.h"
#include "softwire/result.h"

#include <gtest/gtest.h>

namespace softwire {
namespace {

TEST(Ipv4Address, TextRoundTrip) {
  EXPECT_EQ(to_string(*parse_ipv4("192.0.2.18")), "192.0.2.18");
  EXPECT_EQ(parse_ipv4("192.0.2.18")->host(), 0xc0000212U);
}

}  // namespace
}  // namespace softwire
