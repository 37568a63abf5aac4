// SPDX-License-Identifier: BSD-3-Clause
// Tests the methods of the store.
#include <fstream>
#include <string>
#include <thread>

#include "control_fixture.h"

namespace softwire::controlplane {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ControlStore : public ControlSocket {
 protected:
  // Waits until the job ends. Returns it.
  static Json job(Client& client, const std::string& method) {
    EXPECT_EQ(client.result(method)["job"], method.substr(method.find('.') + 1));
    for (;;) {
      Json job = client.result("store.get")["job"];
      if (job["state"] != "running") return job;
      std::this_thread::yield();
    }
  }
  static std::string addresses(Client& client) {
    std::string all;
    const Json listed = client.result("bindings.list");
    for (const Json& one : listed["bindings"]) all += one["ipv4"].get<std::string>() + " ";
    return all;
  }
};

TEST_F(ControlStore, GoesThroughTheSocketAsABackupAndBack) {
  Client client(path_);
  client.result("softwires.change", {{"add", {kFirst}}});
  EXPECT_EQ(job(client, "store.backup")["state"], "done");
  const Json part = client.result("store.read");
  EXPECT_EQ(part["next"], Json());
  EXPECT_THAT(client.refusal("store.read"), HasSubstr("there is no backup"));
  client.result("softwires.change", {{"remove", {"binding ipv4 192.0.2.1 psid 1"}}, {"add", {kRule}}});
  EXPECT_EQ(addresses(client), "192.0.2.9 ");
  client.result("store.write", {{"offset", 0}, {"data", part["data"]}});
  const Json restored = job(client, "store.restore");
  EXPECT_EQ(restored["state"], "done") << restored.dump();
  EXPECT_EQ(addresses(client), "192.0.2.1 192.0.2.9 ");
  EXPECT_EQ(client.result("status.get")["bindings"], 2);
  EXPECT_EQ(client.result("status.get")["rules"], 0);
  EXPECT_EQ(client.result("status.get")["store"]["state"], "ok");
  client.result("softwires.change", {{"add", {kSecond}}});
  EXPECT_EQ(job(client, "store.check")["problems"], Json::array());
}

TEST_F(ControlStore, RefusesAFileThatIsNoStoreAndChangesNothing) {
  Client client(path_);
  EXPECT_THAT(client.refusal("store.write", {{"data", "%"}}), HasSubstr("is not base64"));
  client.result("store.write", {{"data", "AAAA"}});
  const Json job = ControlStore::job(client, "store.restore");
  EXPECT_EQ(job["state"], "failed");
  EXPECT_THAT(job["error"].get<std::string>(), HasSubstr("restore.db"));
  EXPECT_EQ(addresses(client), "192.0.2.9 ");
  client.result("softwires.change", {{"add", {kFirst}}});
}

TEST_F(ControlStore, RefusesTheFutureAndSaysWhenTheRecordBegins) {
  Client client(path_);
  EXPECT_THAT(client.refusal("softwires.lookup", {{"ipv4", "192.0.2.9"}, {"at", "2200-01-01"}}),
              HasSubstr("-32602 params.at: 2200-01-01T"));
  EXPECT_THAT(client.refusal("softwires.lookup", {{"ipv4", "192.0.2.9"}, {"at", "2001-01-01"}}),
              HasSubstr("2 params.at: not recorded before "));
  const Json answer = client.result("softwires.lookup", {{"ipv4", "192.0.2.9"}});
  EXPECT_THAT(answer["found"], SizeIs(1));
  EXPECT_EQ(answer["certain"], true);
}

TEST_F(ControlStore, DeletesHistoryOnTheOperatorsWordOnly) {
  Client client(path_);
  client.result("softwires.change", {{"add", {kFirst}}});
  client.result("softwires.change", {{"remove", {"binding ipv4 192.0.2.1 psid 1"}}});
  EXPECT_EQ(client.result("store.expire", {{"before", "2001-01-01"}})["deleted"], 0);
  EXPECT_THAT(client.refusal("store.expire", {{"before", "2200-01-01"}}), HasSubstr("is in the future"));
  EXPECT_THAT(client.result("bindings.history")["bindings"], SizeIs(1));
  std::string now;
  do {
    now = client.result("store.get")["record-time"];
  } while (now == client.result("bindings.history")["bindings"][0]["until"]);
  EXPECT_EQ(client.result("store.expire", {{"before", now}})["deleted"], 1);
}

}  // namespace
}  // namespace softwire::controlplane
