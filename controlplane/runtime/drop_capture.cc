// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/drop_capture.h"

#include <algorithm>
#include <utility>

#include "controlplane/config/filter.h"

namespace softwire::controlplane {

using dataplane::Drop;
using dataplane::DropChannel;
using std::chrono::system_clock;

std::unique_ptr<DropCapture> DropCapture::create(unsigned workers, dataplane::Reclaimer& reclaimer) {
  std::unique_ptr<DropCapture> capture(new DropCapture(reclaimer));
  for (unsigned number = 0; number < workers; ++number) {
    capture->channels_.push_back(DropChannel::create(capture->publisher_));
    if (capture->channels_.back() == nullptr) return nullptr;
  }
  return capture;
}

Result<DropCapture::Id> DropCapture::start(const CaptureOptions& options, Visitor visitor) {
  Listener listener;
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    listener.selection.outcomes[i] =
        options.outcomes.empty() && kOutcomes[i].disposition == Disposition::kDropped;
  }
  for (const Outcome outcome : options.outcomes) {
    if (info(outcome).disposition != Disposition::kDropped) {
      return Error{std::string(info(outcome).name) +
                   " does not drop packets; give outcomes whose names begin with drop-"};
    }
    listener.selection.outcomes.set(static_cast<std::size_t>(outcome));
  }
  if (options.side) {
    listener.selection.sides = {*options.side == Side::kIpv4, *options.side == Side::kIpv6};
  }
  if (options.compiled != nullptr) {
    listener.filter = options.compiled;
    listener.selection.filter = listener.filter.get();
  } else if (!options.filter.empty()) {
    auto filter = load_filter(options.filter);
    if (!filter) return Error{"filter '" + options.filter + "': " + filter.error().text};
    listener.filter = std::move(*filter);
    listener.selection.filter = listener.filter.get();
  }
  listener.id = ++last_id_;
  listener.snaplen = options.snaplen;
  listener.visitor = std::move(visitor);
  listener.missed_before = missed();
  listeners_.push_back(std::move(listener));
  publish();
  return last_id_;
}

DropCapture::Totals DropCapture::totals(Id id) const {
  const auto found = std::ranges::find(listeners_, id, &Listener::id);
  return found == listeners_.end() ? Totals{} : Totals{found->captured, missed() - found->missed_before};
}

DropCapture::Totals DropCapture::stop(Id id) {
  drain();  // packets that the capture still waits for
  const Totals totals_then = totals(id);
  listeners_.remove_if([id](const Listener& listener) { return listener.id == id; });
  publish();
  return totals_then;
}

void DropCapture::publish() {
  std::unique_ptr<Published> next;
  if (!listeners_.empty()) {
    next = std::make_unique<Published>();
    for (const Listener& listener : listeners_) {
      next->selections.push_back(listener.selection);
      next->filters.push_back(listener.filter);
    }
  }
  publisher_.publish(next == nullptr ? nullptr : &next->selections);
  std::swap(published_, next);
  if (next != nullptr) reclaimer_.retire(std::move(next));
}

unsigned DropCapture::drain(unsigned limit) {
  unsigned count = 0;
  // Begins with another worker each time: the limit must not hide the last ones.
  first_channel_ = (first_channel_ + 1) % channels_.size();
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    DropChannel& channel = *channels_[(first_channel_ + i) % channels_.size()];
    for (; count < limit; ++count) {
      dataplane::Mbuf* const packet = channel.take();
      if (packet == nullptr) break;
      const dataplane::FrameContext& context = dataplane::context_of(*packet);
      // Reads `now` for each packet, so that no packet is from the future.
      const Instant ago = clock_.now() - context.received_at;
      show({context.reason, context.side, context.fragment.frame_bytes},
           system_clock::now() - std::chrono::duration_cast<system_clock::duration>(ago), *packet);
      rte_pktmbuf_free(packet);
    }
  }
  return count;
}

void DropCapture::relay_dropped(dataplane::Mbuf& packet, Outcome outcome) {
  show({outcome, dataplane::context_of(packet).side, packet.pkt_len}, system_clock::now(), packet);
}

void DropCapture::show(const Drop& drop, system_clock::time_point at, dataplane::Mbuf& packet) {
  for (Listener& listener : listeners_) {
    if (!listener.selection.matches(drop, packet)) continue;
    octets_.resize(std::min(packet.pkt_len, listener.snaplen));
    if (!dataplane::copy_out(packet, 0, octets_)) continue;
    ++listener.captured;
    listener.visitor({drop.side, at, drop.outcome, octets_, drop.frame_bytes});
  }
}

std::uint64_t DropCapture::missed() const {
  std::uint64_t sum = 0;
  for (const auto& channel : channels_) sum += channel->missed();
  return sum;
}

}  // namespace softwire::controlplane
