// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/explain/explain.h"

#include <rte_mempool.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <string_view>

#include "controlplane/explain/describe.h"
#include "controlplane/text/base64.h"
#include "dataplane/pipeline/engine.h"
#include "softwire/address_text.h"
#include "softwire/outcome.h"

namespace softwire::controlplane {

namespace {

using dataplane::Engine;

constexpr unsigned kBuffers = 255;             // for the longest packet, and the packets made from it
constexpr std::size_t kMaxFrameBytes = 65535;  // the parser can hold offsets up to here
constexpr Instant kNow = std::chrono::seconds(1);

constexpr std::array<std::pair<Stage, const char*>, 10> kStageNames = {{
    {Stage::kFrame, "frame"},
    {Stage::kHeaders, "headers"},
    {Stage::kReassembly, "reassembly"},
    {Stage::kDhcp, "dhcp"},
    {Stage::kNeighbor, "neighbours"},
    {Stage::kIcmp, "icmp"},
    {Stage::kSource, "source"},
    {Stage::kDestination, "destination"},
    {Stage::kRewrite, "rewrite"},
    {Stage::kOut, "out"},
}};

void collect(void* context, Side side, dataplane::Mbuf** frames, std::uint16_t count) {
  auto& sent = *static_cast<std::vector<Explanation::Sent>*>(context);
  for (unsigned i = 0; i < count; ++i) {
    std::vector<std::uint8_t> octets(frames[i]->pkt_len);
    if (dataplane::copy_out(*frames[i], 0, octets)) sent.push_back({side, std::move(octets)});
    rte_pktmbuf_free(frames[i]);
  }
}

// Returns whether only a packet that the hub generates can have this outcome.
bool is_made_by_hub(Outcome outcome) {
  return info(outcome).origin == Origin::kHub;
}

// Returns the outcome of the one packet that the engine received.
std::optional<Outcome> outcome_of(const OutcomeCounters& counted) {
  std::optional<Outcome> found;
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (counted[outcome] == 0 || is_made_by_hub(outcome)) continue;
    // The egress filter may have dropped an ICMP error about the packet, and not the packet itself.
    if (!found || *found == Outcome::kEgressFilter) found = outcome;
  }
  return found;
}

std::string verdict(Outcome outcome) {
  const OutcomeInfo& what = info(outcome);
  return std::string(what.name) + ": " + std::string(what.help) +
         (what.source.empty() ? "" : " (" + std::string(what.source) + ")");
}

std::string_view disposition_of(const std::optional<Outcome>& outcome) {
  if (!outcome) return "held";
  return to_text(info(*outcome).disposition);
}

std::string describe_sent(const Explanation& explanation, const dataplane::EngineCounters& counters) {
  std::string text;
  for (const Explanation::Sent& sent : explanation.sent) {
    text += (text.empty() ? "" : ", ") + std::to_string(sent.octets.size()) + " octets on the " +
            (sent.side == Side::kIpv4 ? "IPv4" : "IPv6") + " side";
  }
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    if (counters.outcomes[outcome] != 0 && is_made_by_hub(outcome)) text += "; " + verdict(outcome);
  }
  return text;
}

// Returns the description of a packet that reaches the stage. Returns an empty string when there is nothing
// to say.
std::string describe(Stage stage, const ParsedFrame& frame, const dataplane::BindingTable& table) {
  switch (stage) {
    case Stage::kFrame:
      return describe_frame(frame);
    case Stage::kHeaders:
      return describe_headers(frame);
    case Stage::kReassembly:
      return frame.is_fragment() ? describe_fragment(frame) : "";
    case Stage::kSource:
      return describe_source(frame, table);
    case Stage::kDestination:
      return describe_destination(frame, table);
    case Stage::kRewrite:
      return describe_size(frame);
    default:
      return "";
  }
}

// Returns text: further conditions for the outcome.
std::string_view depends_on(Outcome outcome) {
  if (info(outcome).disposition != Disposition::kPunted) return "";
  return "; if the limits of rate and burst allow it. The relay counts the result with its own outcomes";
}

void add(Explanation& explanation, const char* name, const std::string& text, const std::string& more) {
  if (text.empty() && more.empty()) return;
  if (!explanation.stages.empty() && explanation.stages.back().name == name) {
    explanation.stages.back().text += "; " + text + more;
    return;
  }
  explanation.stages.push_back({name, text + (text.empty() || more.empty() ? "" : "; ") + more});
}

}  // namespace

nlohmann::json to_json(const Explanation& explanation) {
  nlohmann::json stages = nlohmann::json::array();
  for (const auto& [name, text] : explanation.stages) stages.push_back({{"stage", name}, {"text", text}});
  nlohmann::json sent = nlohmann::json::array();
  for (const auto& [side, octets] : explanation.sent) {
    sent.push_back({{"side", side == Side::kIpv4 ? "ipv4" : "ipv6"}, {"frame", to_base64(octets)}});
  }
  nlohmann::json outcome;
  if (explanation.outcome) outcome = std::string(info(*explanation.outcome).name);
  return {{"outcome", outcome},
          {"disposition", std::string(disposition_of(explanation.outcome))},
          {"stages", stages},
          {"sent", sent}};
}

std::unique_ptr<Explainer> Explainer::create() {
  static std::atomic<unsigned> next_number{0};  // pool names must be unique in a process
  rte_mempool* pool = dataplane::make_pool(("explain_" + std::to_string(next_number++)).c_str(), kBuffers);
  auto channel = dataplane::PuntChannel::create(64);
  if (pool == nullptr || channel == nullptr) {
    rte_mempool_free(pool);
    return nullptr;
  }
  return std::unique_ptr<Explainer>(new Explainer(pool, std::move(channel)));
}

Explainer::~Explainer() {
  channel_.reset();
  rte_mempool_free(pool_);
}

Result<Explanation> Explainer::explain(const dataplane::Policy& policy, const dataplane::BindingTable& table,
                                       const dataplane::GatewayPublisher& publisher, Side side,
                                       std::span<const std::uint8_t> frame) {
  if (frame.size() > kMaxFrameBytes) {
    return Error{"a frame of " + std::to_string(frame.size()) + " octets is too long; give at most " +
                 std::to_string(kMaxFrameBytes)};
  }
  dataplane::Policy own = policy;
  // Only one packet can wait.
  for (dataplane::SidePolicy* each : {&own.ipv4, &own.ipv6}) {
    each->reassembly.datagrams = std::min(each->reassembly.datagrams, 1U);
  }
  dataplane::GatewayPublisher gateways;
  for (const Side each : {Side::kIpv4, Side::kIpv6}) {
    const auto news = dataplane::GatewayPublisher::read(publisher.latest(each));
    if (has_mac(news.state) && news.mac.is_set()) gateways.post(each, news);
  }
  dataplane::Mbuf* packet = dataplane::make_packet(*pool_, frame);
  if (packet == nullptr) return Error{"no packet buffer is free to explain a packet"};
  dataplane::context_of(*packet) = {};

  Explanation explanation;
  const ParsedFrame parsed(policy, side, frame);
  const auto engine = std::make_unique<Engine>(
      own, table, *channel_,
      Engine::Resources{.pool = *pool_, .gateway_publisher = &gateways, .probes_gateways = false});
  dataplane::Output output(&collect, &explanation.sent);
  engine->receive(side, std::span(&packet, 1), kNow, output);
  while (dataplane::Mbuf* punted = channel_->take_punted()) rte_pktmbuf_free(punted);

  const dataplane::EngineCounters& counters = engine->counters();
  explanation.outcome = outcome_of(counters.outcomes);
  // A held packet that is not a fragment is ready to be sent.
  const bool is_fragment = parsed.is_fragment() || parsed.is_other_fragment();
  const Stage last = explanation.outcome ? info(*explanation.outcome).stage
                     : is_fragment       ? Stage::kReassembly
                                         : Stage::kOut;
  for (const auto& [stage, name] : kStageNames) {
    std::string end;
    if (stage == last) {
      end = explanation.outcome
                ? verdict(*explanation.outcome) + std::string(depends_on(*explanation.outcome))
            : last == Stage::kOut
                ? "held: waits until the gateway's MAC address is resolved; dropped if it is not"
                : "held: waits for the other fragments; dropped after reassembly-timeout";
    }
    add(explanation, name, describe(stage, parsed, table), end);
    if (stage == last) break;
  }
  const std::string sent = describe_sent(explanation, counters);
  if (!sent.empty()) add(explanation, "out", "", sent);
  return explanation;
}

}  // namespace softwire::controlplane
