// SPDX-License-Identifier: BSD-3-Clause
// Methods that capture dropped packets.
#include "controlplane/control/methods.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "controlplane/control/session.h"
#include "controlplane/runtime/drop_capture.h"
#include "controlplane/text/base64.h"
#include "controlplane/text/values.h"
#include "softwire/outcome.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

constexpr std::int64_t kMaxSnaplen = 262144;

// Returns the outcomes with these names. Returns an error with the place of the first name that is not an
// outcome that drops.
Result<std::vector<Outcome>, RpcError> outcomes_of(const Json& names) {
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = names[i].get_ref<const std::string&>();
    const auto* found = std::ranges::find(kOutcomes, name, &OutcomeInfo::name);
    if (found == kOutcomes.end() || found->disposition != Disposition::kDropped) {
      const std::string field = "params.outcomes[" + std::to_string(i) + "]";
      return RpcError{
          RpcCode::kBadParams,
          field + ": " + in_quotes(name) + " is not an outcome that drops packets; outcomes.list lists them",
          field};
    }
    outcomes.push_back(static_cast<Outcome>(found - kOutcomes.begin()));
  }
  return outcomes;
}

Json to_json(const CapturedDrop& drop) {
  return {{"side", drop.side == Side::kIpv4 ? "ipv4" : "ipv6"},
          {"at", to_string(std::chrono::floor<std::chrono::milliseconds>(drop.at))},
          {"outcome", kOutcomes[static_cast<std::size_t>(drop.outcome)].name},
          {"length", drop.length},
          {"frame", to_base64(drop.octets)}};
}

void start(const ControlContext& context, const Json& params, ControlSession& session,
           const RpcReply& reply) {
  if (session.capture() != nullptr) {
    return reply(RpcError{RpcCode::kNotNow, "a capture of this connection is running; capture.stop ends it"});
  }
  CaptureOptions options;
  if (params.contains("outcomes")) {
    auto outcomes = outcomes_of(params["outcomes"]);
    if (!outcomes) return reply(outcomes.error());
    options.outcomes = std::move(*outcomes);
  }
  options.filter = params.value("filter", std::string());
  if (params.contains("side")) options.side = params["side"] == "ipv4" ? Side::kIpv4 : Side::kIpv6;
  options.snaplen = params.value("snaplen", static_cast<std::uint32_t>(kMaxSnaplen));
  DropCapture& drops = context.hub->drop_capture();
  const auto unread = std::make_shared<std::uint64_t>(0);
  const auto id = drops.start(options, [unread, weak = session.weak_from_this()](const CapturedDrop& drop) {
    if (const auto listener = weak.lock(); listener && !listener->notify("captured", to_json(drop)))
      ++*unread;
  });
  if (!id) return reply(RpcError{RpcCode::kBadParams, id.error().text, "params.filter"});
  session.capture() = std::make_unique<ControlSession::Activity>([&drops, unread, id = *id] {
    const DropCapture::Totals totals = drops.stop(id);
    return Json{{"captured", totals.captured - *unread}, {"missed", totals.missed + *unread}};
  });
  reply(Json::object());
}

}  // namespace

void add_capture_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back(
      {.name = "capture.start",
       .summary = "sends dropped packets as notifications `captured`, until capture.stop or the end of the "
                  "connection",
       .params = {{.name = "outcomes",
                   .type = ParamType::kTexts,
                   .help = "outcomes to capture, by name (docs/counters.md); default: all that drop"},
                  {.name = "filter",
                   .help = "libpcap expression that the packets must match; default: all match"},
                  {.name = "side",
                   .help = "side that the packets arrived on; default: both",
                   .choices = {"ipv4", "ipv6"}},
                  {.name = "snaplen",
                   .type = ParamType::kNumber,
                   .help = "octets of a packet to send; default: all",
                   .min = 14,
                   .max = kMaxSnaplen}},
       .result = "{}; then {jsonrpc, method: captured, params: {side, at, outcome, length, "
                 "frame in base64}}",
       .run = [&context](const Json& params, ControlSession& session, const RpcReply& reply) {
         start(context, params, session, reply);
       }});
  methods.push_back(
      {.name = "capture.stop",
       .summary = "ends the capture",
       .params = {},
       .result = "{captured, missed}: numbers of packets; missed packets found no room in a queue, or were "
                 "not read in time",
       .run = [](const Json&, ControlSession& session, const RpcReply& reply) {
         if (session.capture() == nullptr) {
           return reply(RpcError{RpcCode::kNotNow, "no capture is running; capture.start starts one"});
         }
         Json totals = session.capture()->end();
         session.capture().reset();
         reply(std::move(totals));
       }});
}

}  // namespace softwire::controlplane
