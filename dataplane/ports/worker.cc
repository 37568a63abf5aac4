// SPDX-License-Identifier: BSD-3-Clause
#include <rte_ethdev.h>  // first: it calls functions that packet/mbuf.h poisons
//
#include <rte_cycles.h>
#include <rte_pause.h>
#include <sched.h>

#include <algorithm>
#include <array>

#include "dataplane/packet/handover.h"
#include "dataplane/ports/shared_queues.h"
#include "dataplane/ports/tsc_clock.h"
#include "dataplane/ports/worker.h"

namespace softwire::dataplane {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Instant kHousekeeping = milliseconds(1);  // counters, gateways, the control plane's packets
constexpr Instant kLongestSleep = microseconds(500);
constexpr Instant kLongestDrain = milliseconds(100);
constexpr unsigned kLooksBeforeSleep = 1000;
// Attempts to send a burst; then frames that the port does not accept are dropped. When it did not accept all
// of the burst before, there is one attempt.
constexpr unsigned kTransmitTries = 64;

}  // namespace

int Worker::run_on_lcore(void* launch) {
  const auto& what = *static_cast<const Launch*>(launch);
  what.worker.run(what.stop);
  return 0;
}

void Worker::run(const std::atomic<bool>& stop) {
  ended_.store(false, std::memory_order_relaxed);
  const TscClock clock;
  Instant housekeeping{};
  unsigned idle_looks = 0;
  Instant sleep = microseconds(1);
  setup_.reclaimer.online(setup_.number);
  look_at_ports();
  note_processor();
  while (!stop.load(std::memory_order_relaxed)) {
    activate_latest();
    const Instant now = clock.now();
    load_.begin_round(now);
    unsigned received = receive_from_ports(now);
    if (now >= housekeeping) {
      housekeeping = now + kHousekeeping;
      setup_.pipeline.poll(now, output_);
      look_at_ports();
      publish_counters(now);
      note_processor();
      rounds_.store(rounds_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    received += setup_.pipeline.send_injected(output_);
    setup_.reclaimer.quiescent(setup_.number);
    load_.end_round(received != 0);
    if (received != 0) {
      idle_looks = 0;
      sleep = microseconds(1);
    } else if (setup_.idle == Idle::kSleep && ++idle_looks >= kLooksBeforeSleep) {
      rte_delay_us_sleep(static_cast<unsigned>(std::chrono::duration_cast<microseconds>(sleep).count()));
      sleep = std::min(2 * sleep, kLongestSleep);
    } else {
      rte_pause();
    }
  }
  // The snapshot of the engine may have been freed since the last quiescent state.
  activate_latest();
  finish(clock);
  publish_counters(clock.now());
  setup_.reclaimer.offline(setup_.number);
  ended_.store(true, std::memory_order_release);  // the last act
}

void Worker::note_processor() {
  // Takes no system call. A change of the cpuset moves even a thread that is bound to one processor.
  const int processor = sched_getcpu();
  if (processor >= 0) processor_.store(static_cast<unsigned>(processor), std::memory_order_relaxed);
}

// Workers that share queues end in turn: the owner has received all, the others have processed and sent all,
// the owner has sent all.
void Worker::finish(const TscClock& clock) {
  const Instant last = clock.now() + kLongestDrain;
  const auto drain = [&] {
    for (unsigned empty = 0; empty < 2 && clock.now() < last;) {
      empty = receive_from_ports(clock.now()) + setup_.pipeline.send_injected(output_) == 0 ? empty + 1 : 0;
    }
  };
  drain();
  for_shared([](SharedQueues& shared, bool is_owner) {
    if (is_owner) shared.end_receiving();
  });
  bool is_waiting = false;
  const auto wait_while = [&](auto&& condition) {
    do {
      is_waiting = false;
      for_shared(
          [&](const SharedQueues& shared, bool is_owner) { is_waiting |= condition(shared, is_owner); });
      drain();
    } while (is_waiting && clock.now() < last);
  };
  wait_while(
      [](const SharedQueues& shared, bool is_owner) { return !is_owner && !shared.has_received_all(); });
  for_shared([](SharedQueues& shared, bool is_owner) {
    if (!is_owner) shared.end_sending();
  });
  wait_while(
      [](const SharedQueues& shared, bool is_owner) { return is_owner && !shared.have_others_sent_all(); });
}

template <typename Call>
void Worker::for_shared(Call&& call) const {
  for (const PortQueue* queue : {&setup_.ipv4, setup_.on_a_stick ? nullptr : &setup_.ipv6}) {
    if (queue != nullptr && queue->shared != nullptr)
      call(*queue->shared, queue->shared->is_owner(setup_.number));
  }
}

void Worker::activate_latest() {
  const Snapshot* const latest = setup_.snapshots.current();
  if (latest == active_) [[likely]] {
    return;
  }
  setup_.pipeline.activate(latest->policy, *latest->table);
  active_ = latest;
}

unsigned Worker::receive_from_ports(Instant now) {
  unsigned received = receive(Side::kIpv4, now);
  if (!setup_.on_a_stick) received += receive(Side::kIpv6, now);
  return received;
}

unsigned Worker::receive(Side side, Instant now) {
  if (queue_of(side).shared != nullptr) [[unlikely]] {
    return receive_shared(side, now);
  }
  Burst frames;
  const unsigned count = poll(side, frames);
  process(side, {frames.data(), count}, now);
  return count;
}

unsigned Worker::receive_shared(Side side, Instant now) {
  SharedQueues& shared = *queue_of(side).shared;
  Burst frames;
  if (!shared.is_owner(setup_.number)) {
    const unsigned count = shared.take(setup_.number, frames.data());
    load_.count_burst(count);
    process(side, {frames.data(), count}, now);
    return count;
  }
  const unsigned sent = shared.shares_transmit() ? send_for_others(side) : 0;
  const unsigned count = poll(side, frames);
  if (count == 0) return sent;
  const SharedQueues::Shares shares = shared.share({frames.data(), count});
  drops_.side(side).worker_full += shares.lost;
  process(side, {frames.data(), shares.own}, now);
  return sent + count;
}

unsigned Worker::poll(Side side, Burst& frames) {
  const std::uint16_t port = ports_[static_cast<std::size_t>(side)];
  if (port == PortGate::kClosed) [[unlikely]] {
    return 0;
  }
  const std::uint16_t count = rte_eth_rx_burst(port, queue_of(side).receive, frames.data(), frames.size());
  load_.count_burst(count);
  for (std::uint16_t i = 0; i < count; ++i) take_over(frames[i]);
  return count;
}

void Worker::process(Side side, std::span<Mbuf* const> burst, Instant now) {
  if (burst.empty()) return;
  if (setup_.on_a_stick) {
    setup_.pipeline.receive_on_a_stick(burst, now, output_);
  } else {
    setup_.pipeline.receive(side, burst, now, output_);
  }
}

void Worker::look_at_ports() {
  const auto look = [this](PortGate& gate, std::uint16_t& port) {
    const std::uint16_t now = gate.port();
    if (now == port) return;
    port = now;
    if (setup_.on_a_stick) ports_.fill(now);
    gate.seen(setup_.number, now);
  };
  auto& [ipv4, ipv6] = ports_;
  if (!setup_.on_a_stick) look(*setup_.ipv6.gate, ipv6);
  look(*setup_.ipv4.gate, ipv4);
}

void Worker::publish_counters(Instant now) {
  look_at_queue(Side::kIpv4);
  if (!setup_.on_a_stick) look_at_queue(Side::kIpv6);
  setup_.counters.publish({setup_.pipeline.counters(), drops_, load_.look(now)});
}

void Worker::look_at_queue(Side side) {
  const PortQueue& queue = queue_of(side);
  if (queue.shared != nullptr && !queue.shared->is_owner(setup_.number)) {
    return load_.note_queue(side, queue.shared->waiting(setup_.number), SharedQueues::kRingFrames);
  }
  const std::uint16_t port = ports_[static_cast<std::size_t>(side)];
  const int count = port == PortGate::kClosed ? -1 : rte_eth_rx_queue_count(port, queue.receive);
  if (count < 0) return load_.note_queue(side, 0, 0);
  load_.note_queue(side, static_cast<unsigned>(count), queue.descriptors);
}

void Worker::take(void* worker, Side side, Mbuf** frames, std::uint16_t count) {
  static_cast<Worker*>(worker)->transmit(side, frames, count);
}

void Worker::transmit(Side side, Mbuf** frames, std::uint16_t count) {
  const PortQueue& queue = queue_of(side);
  PortDrops::Reasons& drops = drops_.side(side);
  SharedQueues* const shared = queue.shared;
  count = put_in_one(frames, count, drops);
  if (shared == nullptr || !shared->shares_transmit() || shared->is_owner(setup_.number)) [[likely]] {
    return send(side, frames, count);
  }
  const unsigned given = shared->give_to_send(setup_.number, frames, count);
  if (given == count) return;
  drops.ring_full += count - given;
  rte_pktmbuf_free_bulk(frames + given, count - given);
}

unsigned Worker::send_for_others(Side side) {
  Burst frames;
  unsigned sent = 0;
  for (unsigned worker = 0; worker < queue_of(side).shared->workers(); ++worker) {
    if (worker == setup_.number) continue;
    const unsigned count = queue_of(side).shared->take_to_send(worker, frames.data());
    if (count != 0) send(side, frames.data(), static_cast<std::uint16_t>(count));
    sent += count;
  }
  return sent;
}

void Worker::send(Side side, Mbuf** frames, std::uint16_t count) {
  const auto place = static_cast<std::size_t>(side);
  const PortQueue& queue = queue_of(side);
  PortDrops::Reasons& drops = drops_.side(side);
  const std::uint16_t port = ports_[place];
  if (port == PortGate::kClosed || queue.gate->is_link_down()) [[unlikely]] {
    (port == PortGate::kClosed ? drops.no_device : drops.link_down) += count;
    for (std::uint16_t i = 0; i < count; ++i) rte_pktmbuf_free(frames[i]);
    return;
  }
  for (std::uint16_t i = 0; i < count; ++i) give_away(frames[i]);
  // A ring that stays full does not hold up what the worker does for the other side.
  bool& is_full = is_ring_full_[place];
  const unsigned most = is_full ? 1 : kTransmitTries;
  std::uint16_t sent = 0;
  for (unsigned tries = 0; sent < count && tries < most; ++tries) {
    sent = static_cast<std::uint16_t>(sent + rte_eth_tx_burst(port, queue.transmit, frames + sent,
                                                              static_cast<std::uint16_t>(count - sent)));
  }
  is_full = sent < count;
  if (!is_full) [[likely]] {
    return;
  }
  drops.ring_full += count - sent;
  rte_pktmbuf_free_bulk(frames + sent, count - sent);
}

std::uint16_t Worker::put_in_one(Mbuf** frames, std::uint16_t count, PortDrops::Reasons& drops) {
  std::uint16_t kept = 0;
  for (std::uint16_t i = 0; i < count; ++i) {
    Mbuf* const frame = frames[i];
    if (frame->nb_segs != 1 && !join_segments(*frame)) [[unlikely]] {
      ++drops.not_in_one;
      rte_pktmbuf_free(frame);
      continue;
    }
    frames[kept++] = frame;
  }
  return kept;
}

}  // namespace softwire::dataplane
