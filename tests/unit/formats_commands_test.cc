// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "controlplane/config/load_config.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/text/read_file.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

using controlplane::Port68;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kStatement =
    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::34 br 2001:db8::1\n";

class Formats : public testing::Test {
 protected:
  Formats() { std::filesystem::create_directory(folder_); }
  ~Formats() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return path(name);
  }
  static std::string read(const std::string& path) { return *controlplane::read_file(path); }

  int import(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return run_import(arguments, out_, err_);
  }
  int write_out(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return run_export(
        arguments, [this] { return daemon_; }, out_, err_);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("formats-" + std::to_string(getpid()));
  std::ostringstream out_;
  std::ostringstream err_;
  Result<SoftwireSet> daemon_ = Error{"no daemon"};
};

std::string snabb_file() {
  return "softwire-config {\n name x;\n internal-interface { hairpinning false; }\n binding-table { softwire "
         "{ ipv4 "
         "192.0.2.1; psid 52; b4-ipv6 2001:db8:1::34; br-address 2001:db8::1; port-set { psid-length 8; "
         "reserved-ports-bit-count 6; } } } }\n";
}

TEST_F(Formats, StatementsGoToStandardOutputAndNotesToStandardError) {
  const std::string file = write("lwaftr.conf", snabb_file());
  EXPECT_EQ(import({"snabb", file}), 0);
  EXPECT_EQ(out_.str(), kStatement);
  EXPECT_THAT(err_.str(), StartsWith(file + ":2: name is not carried over: "));
}

TEST_F(Formats, ImportedFilesAreReadBySoftwired) {
  const std::string file = write("lwaftr.conf", snabb_file());
  EXPECT_EQ(import({"snabb", file, "--softwires", path("s.conf"), "--configuration", path("softwired.conf")}),
            0);
  EXPECT_THAT(out_.str(), IsEmpty());
  EXPECT_EQ(read(path("s.conf")), kStatement);
  EXPECT_THAT(read(path("softwired.conf")), StartsWith("softwires = s.conf\n"));
  const auto config = controlplane::load_config(path("softwired.conf"), {});
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_FALSE(config->hairpinning);
  EXPECT_EQ(config->ipv4.mtu, 1460);
  EXPECT_EQ(config->softwires, path("s.conf"));
}

TEST_F(Formats, UnusableFilesEndWithOneAndWrongUsageWithTwo) {
  EXPECT_EQ(import({"snabb", path("none")}), 1);
  EXPECT_THAT(err_.str(), StartsWith(path("none") + ": "));
  EXPECT_EQ(import({"snabb", write("bad", "x")}), 1);
  EXPECT_THAT(err_.str(), StartsWith(path("bad") + ":1: "));
  EXPECT_EQ(import({"snabb", write("good", snabb_file()), "--softwires", path("none/s.conf")}), 1);
  EXPECT_THAT(err_.str(), HasSubstr(path("none/s.conf") + ": it cannot be written; "));
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{},
                                             {"snabb"},
                                             {"jool", "f"},
                                             {"snabb", "f", "g"},
                                             {"snabb", "f", "--x", "y"},
                                             {"snabb", "f", "--softwires"}}) {
    EXPECT_EQ(import(wrong), 2);
    EXPECT_THAT(err_.str(), HasSubstr("usage: softwirectl import "));
  }
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{}, {"yaml"}, {"rfc8676", "f"}, {"rfc8676", "--only", "x"}}) {
    EXPECT_EQ(write_out(wrong), 2);
    EXPECT_THAT(err_.str(), HasSubstr("usage: softwirectl export "));
  }
}

TEST_F(Formats, ExportTakesTheDaemonsSoftwiresUnlessAFileIsNamed) {
  EXPECT_EQ(write_out({"rfc8676"}), 1);
  EXPECT_EQ(err_.str(), "no daemon\n");
  daemon_ = SoftwireSet{
      {*controlplane::parse_binding(
          std::string_view(kStatement).substr(0, std::string_view(kStatement).find('\n')), Port68::kRefuse)},
      {}};
  EXPECT_EQ(write_out({"rfc8676"}), 0);
  const std::string of_daemon = out_.str();
  EXPECT_EQ(write_out({"rfc8676", "--softwires", write("s.conf", kStatement)}), 0);
  EXPECT_EQ(out_.str(), of_daemon);
  EXPECT_EQ(import({"rfc8676", write("br.json", of_daemon)}), 0);
  EXPECT_EQ(out_.str(), kStatement);
}

TEST_F(Formats, OnlyOneOfTheChoiceOfRfc8676) {
  const std::string file = write(
      "s.conf",
      kStatement +
          std::string("rule map-e ipv4 198.18.0.0/24 ipv6 2001:db8:e00::/40 ea-len 8 br 2001:db8::1\n"));
  EXPECT_EQ(write_out({"rfc8676", "--softwires", file}), 0);
  EXPECT_THAT(err_.str(), HasSubstr("br-type"));
  EXPECT_EQ(write_out({"rfc8676", "--softwires", file, "--only", "rules"}), 0);
  EXPECT_THAT(err_.str(), IsEmpty());
  EXPECT_FALSE(nlohmann::json::parse(out_.str())["ietf-softwire-br:br-instances"].contains("binding"));
  EXPECT_EQ(write_out({"rfc8676", "--softwires", file, "--only", "bindings"}), 0);
  EXPECT_FALSE(nlohmann::json::parse(out_.str())["ietf-softwire-br:br-instances"].contains("algorithm"));
}

// tests/packet/test_exchange_kea.py tests it with Kea.
TEST(ExportKea, PoolsDoNotOverlapAndNothingIsLeftOutSilently) {
  const auto binding = [](const std::string& rest) {
    return *controlplane::parse_binding("binding ipv4 192.0.2.1 psid-len 4 psid " + rest + " br 2001:db8::1",
                                        Port68::kExclude);
  };
  const auto rule = [](const std::string& rest) {
    return *controlplane::parse_rule("rule map-e br 2001:db8::1 " + rest, Port68::kExclude);
  };
  const std::vector bindings = {
      binding("1 b4 2001:db8:1:1::2"),  // alone in its /64
      binding("2 b4 2001:db8:1:2::2"),   binding("3 b4 2001:db8:1:2::3"), binding("4 b4 2001:db8:1:2::3"),
      binding("5 b4 2001:db8:e00:1::2"),  // in the prefix of a rule
  };
  const std::vector rules = {rule("ipv4 198.18.0.0/24 ipv6 2001:db8:e00::/40 ea-len 8"),
                             rule("ipv4 198.18.1.0/24 ipv6 2001:db8:e80::/48 ea-len 8")};
  std::ostringstream out;
  const std::vector<std::string> notes = export_kea_dhcp6(out, bindings, rules);
  EXPECT_THAT(notes,
              testing::ElementsAre(HasSubstr("rule of 2001:db8:e80::/48 is left out"),
                                   HasSubstr("psid 4, is left out"), HasSubstr("interfaces is empty")));
  const auto subnet = nlohmann::json::parse(out.str())["Dhcp6"]["subnet6"][0];
  EXPECT_EQ(subnet["subnet"], "2001:db8::/36");
  EXPECT_EQ(subnet["pd-pools"].size(), 2U);
  EXPECT_EQ(subnet["pd-pools"][0]["delegated-len"], 48);
  EXPECT_EQ(subnet["pd-pools"][1]["prefix"], "2001:db8:1:1::");
  EXPECT_EQ(subnet["pools"].size(), 3U);
  EXPECT_EQ(subnet["pools"][2]["pool"], "2001:db8:e00:1::2/128");
}

}  // namespace
}  // namespace softwire::ctl
