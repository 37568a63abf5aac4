// SPDX-License-Identifier: BSD-3-Clause
// Methods that capture dropped packets.
#include "controlplane/control/methods.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controlplane/config/filter.h"
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

// The captures that run. Each costs the workers some time for every packet that they drop.
struct Running {
  static constexpr std::size_t kMax = 10;
  static constexpr std::size_t kMaxOfOthers = 8;  // the rest is kept for root
  static constexpr std::size_t kMaxOfUser = 4;

  std::map<uid_t, std::size_t> of_user = {};
  std::size_t all = 0;

  [[nodiscard]] std::optional<RpcError> refusal(const SessionPeer& peer) const {
    const auto found = of_user.find(peer.user);
    const std::size_t own = found == of_user.end() ? 0 : found->second;
    const bool is_root = peer.rank == PeerRank::kRoot;
    if (all < (is_root ? kMax : kMaxOfOthers) && (is_root || own < kMaxOfUser)) return std::nullopt;
    return RpcError{RpcCode::kNotNow,
                    "there are " + std::to_string(all) + " captures, " + std::to_string(own) +
                        " of them yours; at most " + std::to_string(kMaxOfUser) + " of a user and " +
                        std::to_string(kMaxOfOthers) + " in all can run; end one, or try again"};
  }
  void begin(uid_t user) {
    ++all;
    ++of_user[user];
  }
  void end(uid_t user) {
    --all;
    if (--of_user[user] == 0) of_user.erase(user);
  }
};

// Starts the capture, with its filter compiled.
void start_compiled(DropCapture& drops, const CaptureOptions& options,
                    const std::shared_ptr<Running>& running, ControlSession& session, const RpcReply& reply) {
  if (auto refusal = running->refusal(session.peer())) return reply(std::move(*refusal));
  const auto unread = std::make_shared<std::uint64_t>(0);
  const auto id = drops.start(options, [unread, weak = session.weak_from_this()](const CapturedDrop& drop) {
    if (const auto listener = weak.lock(); listener && !listener->notify("captured", to_json(drop)))
      ++*unread;
  });
  if (!id) return reply(RpcError{RpcCode::kBadParams, id.error().text, "params.filter"});
  running->begin(session.peer().user);
  session.capture() = std::make_unique<ControlSession::Activity>(
      [&drops, unread, running, user = session.peer().user, id = *id] {
        const DropCapture::Totals totals = drops.stop(id);
        running->end(user);
        return Json{{"captured", totals.captured - *unread}, {"missed", totals.missed + *unread}};
      });
  reply(Json::object());
}

void start(const ControlContext& context, const std::shared_ptr<Running>& running, const Json& params,
           ControlSession& session, const RpcReply& reply) {
  if (session.capture() != nullptr) {
    return reply(RpcError{RpcCode::kNotNow, "a capture of this connection is running; capture.stop ends it"});
  }
  if (auto refusal = running->refusal(session.peer())) return reply(std::move(*refusal));
  CaptureOptions options;
  if (params.contains("outcomes")) {
    auto outcomes = outcomes_of(params["outcomes"]);
    if (!outcomes) return reply(outcomes.error());
    options.outcomes = std::move(*outcomes);
  }
  const std::string filter = params.value("filter", std::string());
  if (params.contains("side")) options.side = params["side"] == "ipv4" ? Side::kIpv4 : Side::kIpv6;
  options.snaplen = params.value("snaplen", static_cast<std::uint32_t>(kMaxSnaplen));
  DropCapture& drops = context.hub->drop_capture();
  if (filter.empty()) return start_compiled(drops, options, running, session, reply);
  struct Compiled {
    std::shared_ptr<const dataplane::PacketFilter> filter;  // null: an error
    std::string error;
  };
  const auto compiled = std::make_shared<Compiled>();
  session.compile_apart(
      [compiled, filter] {
        auto loaded = load_filter(filter, kCaptureFilterLimits);
        if (loaded) {
          compiled->filter = std::move(*loaded);
        } else {
          compiled->error = "filter " + in_quotes(filter) + ": " + loaded.error().text;
        }
      },
      [self = session.shared_from_this(), &drops, compiled, options, running, reply]() mutable {
        if (!self->is_open()) return;
        if (compiled->filter == nullptr) {
          return reply(RpcError{RpcCode::kBadParams, compiled->error, "params.filter"});
        }
        options.compiled = compiled->filter;
        start_compiled(drops, options, running, *self, reply);
      });
}

}  // namespace

void add_capture_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back(
      {.name = "capture.start",
       .summary = "sends dropped packets as notifications `captured`, until capture.stop or the end of the "
                  "connection; at most 4 captures of a user, and 8 in all, run at a time",
       .params =
           {{.name = "outcomes",
             .type = ParamType::kTexts,
             .help = "outcomes to capture, by name (docs/counters.md); default: all that drop"},
            {.name = "filter",
             .help = "libpcap expression of at most 1024 octets that the packets must match, with addresses "
                     "in numbers and without protochain; default: all match"},
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
       .run = [&context, running = std::make_shared<Running>()](const Json& params, ControlSession& session,
                                                                const RpcReply& reply) {
         start(context, running, params, session, reply);
       }});
  methods.push_back(
      {.name = "capture.stop",
       .summary = "ends the capture",
       .params = {},
       .result = "{captured, missed}: numbers of packets; missed packets found no room in a queue, were "
                 "not read in time, or came when filters had used up their part of the time",
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
