// Feeds any bytes to a channel in every layout. Each signal that it reads is written, and must be the same
// when it is read again. Seeds (corpus/channel): the recorded connections of test/data/dist, without their
// handshakes.
#include <algorithm>
#include <cstdlib>

#include "noderuntime/distribution/channel.h"

namespace noderuntime::distribution {
namespace {

constexpr Milliseconds now{0};
constexpr Flags header_flags = flag::DIST_HDR_ATOM_CACHE | flag::FRAGMENTS;

NodeIdentity node(std::string_view name) { return {Atom::of(name), Creation{5}}; }

Channel channel(const NodeIdentity& self, const NodeIdentity& peer, Flags flags, AtomAllowance& atoms) {
  return Channel{{.self = self,
                  .peer = peer,
                  .flags = flags,
                  .limits = {.frame_bytes = 1 << 20, .open_sequences = 8, .fragment_bytes = 1 << 20},
                  .atoms = &atoms},
                 now};
}

// Checks that a signal that was written is read as the same kind of signal.
void repeat(const SignalBody& signal, Channel& sender, Channel& receiver) {
  auto wrote = sender.write(signal);
  if (!wrote) std::abort();
  if (!*wrote) return;
  auto bytes = sender.take_output().flatten();
  receiver.feed(bytes);
  noderuntime::Signal again;
  auto heard = receiver.next(again);
  if (!heard) return;  // the other end may refuse identifiers that its peer must not use
  if (!*heard || again.body.index() != signal.index()) std::abort();
}

void listen(Bytes input, std::size_t piece, const NodeIdentity& self, const NodeIdentity& peer, Flags flags) {
  AtomAllowance atoms{300};
  auto receiver = channel(self, peer, flags, atoms);
  for (std::size_t at = 0; at < input.size();) {
    auto place = receiver.place();
    auto count = std::min(place.empty() ? piece : std::min(piece, place.size()), input.size() - at);
    auto read = input.subspan(at, count);
    if (!place.empty()) {
      std::copy(read.begin(), read.end(), place.begin());
      read = place.first(count);
    }
    at += count;
    receiver.feed(read);
    while (true) {
      noderuntime::Signal signal;
      auto got = receiver.next(signal);
      if (!got) return;
      if (!*got) break;
      auto back = channel(self, peer, flags, atoms), end = channel(peer, self, flags, atoms);
      repeat(signal.body, back, end);
    }
  }
}

}  // namespace
}  // namespace noderuntime::distribution

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noderuntime::distribution;
  static const auto a = node("a@127.0.0.1"), b = node("b@127.0.0.1");
  noderuntime::Bytes input{data, size};
  for (auto flags : {visible_flags, visible_flags.without(header_flags)}) {
    for (std::size_t piece : {std::size_t{7}, std::size_t{5000}, std::size_t{100000}}) {
      listen(input, piece, a, b, flags);
      listen(input, piece, b, a, flags);
    }
  }
  return 0;
}
