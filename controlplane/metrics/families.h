// SPDX-License-Identifier: BSD-3-Clause
// Every family of metrics of softwired, in the order of the output. This one table defines the names, the
// help texts and docs/metrics/series.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "controlplane/metrics/exposition.h"
#include "dataplane/counters/port_counters.h"

namespace softwire::controlplane::metrics {

// X(enumerator, name, type, unit, labels, help)
// clang-format off
#define SOFTWIRE_METRICS(X)                                                                                            \
  X(kBuild, "softwire_build", kInfo, "", "version", "version of softwired")                                            \
  X(kReady, "softwire_ready", kGauge, "", "", "1 while the hub forwards: no check of its health has failed")           \
  X(kHealth, "softwire_health_check", kGauge, "", "check",                                                             \
    "result of a check of the hub's health: 0 ok, 1 degraded, 2 failed")                                               \
  X(kHealthAge, "softwire_health_check_age_seconds", kGauge, "seconds", "check",                                       \
    "time since the result of the check changed")                                                                      \
  X(kReloadOk, "softwire_config_last_reload_successful", kGauge, "", "",                                               \
    "1 if the last reload succeeded, 0 if it was refused and the previous configuration stays in effect")              \
  X(kReloadTime, "softwire_config_last_reload_success_timestamp_seconds", kGauge, "seconds", "",                       \
    "time when a configuration last took effect, since 1970")                                                          \
  X(kReloads, "softwire_config_reloads", kCounter, "", "result", "reloads of the configuration")                       \
  X(kReceivedPackets, "softwire_received_packets", kCounter, "packets", "side, worker",                                \
    "frames received (RFC 8676 rcvd-ipv4-packets, rcvd-ipv6-packets)")                                                 \
  X(kReceivedBytes, "softwire_received_bytes", kCounter, "bytes", "side, worker",                                      \
    "octets of frames received, without frame check sequence (RFC 8676 rcvd-ipv4-bytes, rcvd-ipv6-bytes)")             \
  X(kSentPackets, "softwire_sent_packets", kCounter, "packets", "side, worker",                                        \
    "frames sent (RFC 8676 sent-ipv4-packets, sent-ipv6-packets)")                                                     \
  X(kSentBytes, "softwire_sent_bytes", kCounter, "bytes", "side, worker",                                              \
    "octets of frames sent, without frame check sequence (RFC 8676 sent-ipv4-bytes, sent-ipv6-bytes)")                 \
  X(kDroppedPackets, "softwire_dropped_packets", kCounter, "packets", "side, worker",                                  \
    "frames received on this side and dropped (RFC 8676 dropped-ipv4-packets, dropped-ipv6-packets)")                  \
  X(kDroppedBytes, "softwire_dropped_bytes", kCounter, "bytes", "side, worker",                                        \
    "octets of frames received on this side and dropped (RFC 8676 dropped-ipv4-bytes, dropped-ipv6-bytes)")            \
  X(kReassembledPackets, "softwire_reassembled_packets", kCounter, "packets", "side, worker",                          \
    "packets reassembled from fragments received on this side (RFC 8676 ipv6-fragments-reassembled)")                  \
  X(kReassembledBytes, "softwire_reassembled_bytes", kCounter, "bytes", "side, worker",                                \
    "octets of reassembled packets (RFC 8676 ipv6-fragments-bytes-reassembled)")                                       \
  X(kHairpinned, "softwire_hairpinned_packets", kCounter, "packets", "worker",                                         \
    "packets from one softwire sent into another (RFC 8676 hairpin-ipv4-packets)")                                     \
  X(kFragmentDrops, "softwire_dropped_fragments", kCounter, "", "worker",                                              \
    "fragments dropped before their packet was reassembled (RFC 8676 dropped-ipv4-fragments)")                         \
  X(kIcmpErrors, "softwire_icmp_errors", kCounter, "", "version, worker",                                              \
    "ICMP errors sent by the hub about dropped packets (RFC 8676 out-icmpv4-error-packets, out-icmpv6-error-packets)") \
  X(kIcmpErrorsSuppressed, "softwire_icmp_errors_suppressed", kCounter, "", "worker",                                  \
    "ICMP errors that were not sent because of icmp-error-rate or icmp-error-source-rate")                                                       \
  X(kIcmpDrops, "softwire_dropped_icmp_packets", kCounter, "packets", "worker",                                        \
    "ICMP packets dropped because accept-icmp is off (RFC 8676 dropped-icmpv4-packets)")                               \
  X(kGenerated, "softwire_generated_packets", kCounter, "packets", "worker",                                           \
    "packets that the hub generated: replies, errors, neighbor probes, fragments, DHCP messages")                      \
  X(kHeld, "softwire_held_packets", kGauge, "packets", "worker",                                                       \
    "packets that wait for a gateway's MAC address, and fragments that wait for the rest of their packet")             \
  X(kOutcomes, "softwire_outcomes", kCounter, "", "outcome, disposition, worker",                                      \
    "packets by outcome; every packet received or generated has one outcome, or is held")                              \
  X(kDhcpOutcomes, "softwire_dhcp_outcomes", kCounter, "", "outcome, disposition",                                     \
    "packets punted to the DHCP relay, by outcome")                                                                    \
  X(kOutcome, "softwire_outcome", kInfo, "", "outcome, disposition, meaning, source", "what an outcome means")         \
  X(kPuntQueue, "softwire_punt_queue_packets", kGauge, "packets", "worker",                                            \
    "packets in transit between this worker and the control plane; 1024 fit in each direction")                        \
  X(kWorkerBusy, "softwire_worker_busy_seconds", kCounter, "seconds", "worker",                                        \
    "time of the rounds in which the worker had packets; its rate is the busy part of the worker")                     \
  X(kWorkerBursts, "softwire_worker_bursts", kCounter, "", "worker",                                                   \
    "polls of a receive queue that returned packets; at most 64 packets each")                                         \
  X(kWorkerFrames, "softwire_worker_burst_packets", kCounter, "packets", "worker", "packets that these polls returned")\
  X(kTsc, "softwire_tsc_frequency_hertz", kGauge, "hertz", "",                                                         \
    "cycles of the time stamp counter in a second, for cycles a packet")                                               \
  X(kQueueWaiting, "softwire_receive_queue_packets", kGauge, "packets", "side, worker",                                \
    "packets that wait in the worker's receive queue; absent if the driver cannot tell")                               \
  X(kQueuePeak, "softwire_receive_queue_peak_packets", kGauge, "packets", "side, worker",                              \
    "the most packets that waited in the queue in the latest second")                                                  \
  X(kQueueSize, "softwire_receive_queue_size_packets", kGauge, "packets", "side, worker",                              \
    "packets that fit in the queue")                                                                                   \
  X(kDhcpMessages, "softwire_dhcp_messages", kCounter, "", "direction, type, transport",                               \
    "DHCPv4 messages that the relay received and sent; one sent to all servers counts once")                           \
  X(kDhcpServerMessages, "softwire_dhcp_server_messages", kCounter, "", "server, type",                                \
    "DHCPv4 messages that this server sent to the relay")                                                              \
  X(kPort, "softwire_port", kInfo, "", "side, device, mac", "device and MAC address of a port")                        \
  X(kPortUp, "softwire_port_up", kGauge, "", "side", "1 while the port has a link")                                    \
  X(kPortSpeed, "softwire_port_speed_bytes_per_second", kGauge, "", "side",                                            \
    "speed of the link; absent while the link is down, or if the device has no speed")                                 \
  X(kPortReceivedPackets, "softwire_port_received_packets", kCounter, "packets", "side", "packets received by the port")\
  X(kPortReceivedBytes, "softwire_port_received_bytes", kCounter, "bytes", "side", "octets received by the port")      \
  X(kPortSentPackets, "softwire_port_sent_packets", kCounter, "packets", "side", "packets sent by the port")           \
  X(kPortSentBytes, "softwire_port_sent_bytes", kCounter, "bytes", "side", "octets sent by the port")                  \
  X(kPortMissed, "softwire_port_receive_missed", kCounter, "", "side", dataplane::kPortCounterInfos[0].help)           \
  X(kPortReceiveErrors, "softwire_port_receive_errors", kCounter, "", "side", dataplane::kPortCounterInfos[1].help)    \
  X(kPortNoBuffer, "softwire_port_receive_no_buffer", kCounter, "", "side", dataplane::kPortCounterInfos[2].help)      \
  X(kPortTransmitErrors, "softwire_port_transmit_errors", kCounter, "", "side", dataplane::kPortCounterInfos[3].help)  \
  X(kPortRingFull, "softwire_port_transmit_ring_full", kCounter, "", "side", dataplane::kPortCounterInfos[4].help)     \
  X(kPortNotInOne, "softwire_port_transmit_not_in_one_buffer", kCounter, "", "side",                                   \
    dataplane::kPortCounterInfos[5].help)                                                                              \
  X(kPortNoDevice, "softwire_port_transmit_no_device", kCounter, "", "side", dataplane::kPortCounterInfos[6].help)     \
  X(kPortLinkDown, "softwire_port_transmit_link_down", kCounter, "", "side", dataplane::kPortCounterInfos[7].help)     \
  X(kPortWorkerFull, "softwire_port_receive_worker_full", kCounter, "", "side",                                        \
    dataplane::kPortCounterInfos[8].help)                                                                              \
  X(kGatewayKnown, "softwire_gateway_known", kGauge, "", "side",                                                       \
    "1 while the gateway's MAC address is configured, or known because the gateway answers")                           \
  X(kGatewayState, "softwire_gateway_state", kGauge, "", "side, state",                                                \
    "1 for the state that the gateway has now (docs/reliability.md), 0 for the others")                                \
  X(kGatewayAge, "softwire_gateway_state_age_seconds", kGauge, "seconds", "side",                                      \
    "time that the gateway has had its state")                                                                         \
  X(kBindings, "softwire_bindings", kGauge, "", "", "bindings in the table (RFC 8676 active-softwire-num)")            \
  X(kRules, "softwire_rules", kGauge, "", "", "MAP-E and MAP-T rules in the table")                                    \
  X(kLeases, "softwire_leases", kGauge, "", "", "bindings that end with a DHCPv4 lease")                               \
  X(kBrAddresses, "softwire_br_addresses", kGauge, "", "", "BR addresses")                                             \
  X(kTableBytes, "softwire_table_size_bytes", kGauge, "bytes", "", "memory for bindings and rules")                    \
  X(kTableUsedBytes, "softwire_table_used_bytes", kGauge, "bytes", "", "memory that bindings and rules take up")       \
  X(kBuffers, "softwire_packet_buffers", kGauge, "", "state",                                                          \
    "packet buffers in use, including those in the receive rings, and free")                                           \
  X(kCpu, "process_cpu_seconds", kCounter, "seconds", "", "processor time, user and system, of all threads")           \
  X(kStart, "process_start_time_seconds", kGauge, "seconds", "",                                                       \
    "start of the process, since 1970: all counters were zero then (RFC 8676 discontinuity-time)")                     \
  X(kResident, "process_resident_memory_bytes", kGauge, "bytes", "", "resident memory")                                \
  X(kVirtual, "process_virtual_memory_bytes", kGauge, "bytes", "", "virtual memory")                                   \
  X(kOpenFiles, "process_open_fds", kGauge, "", "", "open file descriptors")                                           \
  X(kMaxFiles, "process_max_fds", kGauge, "", "", "file descriptors that may be open")
// clang-format on

enum class FamilyId : std::uint8_t {
#define SOFTWIRE_METRIC_ENUMERATOR(enumerator, name, type, unit, labels, help) enumerator,
  SOFTWIRE_METRICS(SOFTWIRE_METRIC_ENUMERATOR)
#undef SOFTWIRE_METRIC_ENUMERATOR
};

inline constexpr auto kFamilies = std::to_array<Family>({
#define SOFTWIRE_METRIC_FAMILY(enumerator, name, type, unit, labels, help) \
  {name, Type::type, unit, labels, help},
    SOFTWIRE_METRICS(SOFTWIRE_METRIC_FAMILY)
#undef SOFTWIRE_METRIC_FAMILY
});

constexpr const Family& info(FamilyId id) {
  return kFamilies[static_cast<std::size_t>(id)];
}

}  // namespace softwire::controlplane::metrics
