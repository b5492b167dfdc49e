// A connection after the handshake: frames, atom caches, fragments and ticks, without I/O.
// Source: erl_dist_protocol, "Protocol between Connected Nodes" and "Distribution Header".
//
//     bytes ──► FrameReader ──► Fragments ──► control table ──► Signal            feed(), next()
//     Signal ──► control table ──► encoder ──► layout by flags ──► segments       write(), take_output()
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/fragments.h"
#include "noderuntime/distribution/frame_reader.h"
#include "noderuntime/distribution/segment.h"
#include "noderuntime/distribution/ticker.h"

namespace noderuntime::distribution {

class Channel {
 public:
  struct Limits {
    std::size_t frame_bytes = 0x7FFFFFFF;         // one frame; what OTP itself never exceeds
    std::size_t open_sequences = 4096;            // fragmented messages under way at once
    std::size_t fragment_bytes = 0x7FFFFFFF;      // held by all of them together
  };
  struct Config {
    NodeIdentity self;
    NodeIdentity peer;                            // interned by the owner once the cookie was proved
    Flags flags;                                  // Peer::flags
    Milliseconds ticktime{60000};
    Limits limits;
    AtomAllowance* atoms;                         // the peer's; outlives the channel
  };

  Channel(Config config, Milliseconds now);

  // Input. `input` is borrowed until next() has returned nullopt or an error; then it may go. Any cut.
  void feed(Bytes input);
  // The next signal, in the order of arrival. nullopt: needs more input. Error: close the connection.
  //
  // errors  too_large (frame or fragments over a limit), bad_frame, bad_term, bad_control, too_many_atoms, too_deep
  Result<std::optional<Signal>> next();
  // Where the next bytes of a large frame may be read to without a copy; empty: read anywhere and feed(). After
  // reading n bytes to it: feed(place().first(n)).
  std::span<Byte> place() { return frames_.place(); }

  // Output. Encodes at once; what cannot be said to this peer is dropped without an error.
  //
  // errors  too_large  the message exceeds what a frame can carry; nothing was written
  Outcome write(const SignalBody& signal);
  std::vector<Segment> take_output();
  std::size_t queued_bytes() const { return queued_bytes_; }  // not taken yet

  // Time: at next_deadline(), or later. Writes a tick when nothing was written for a quarter of the ticktime.
  // Error timeout: nothing was read for a whole ticktime (every byte counts, not only whole frames).
  Outcome on_time(Milliseconds now);
  Milliseconds next_deadline() const { return ticker_.next_deadline(); }

  const ControlContext& context() const { return context_; }

 private:
  Result<std::optional<Signal>> on_frame(const Frame& frame);
  Result<std::optional<Signal>> on_message(Bytes message, SharedBytes* whole, const HeaderAtoms* atoms);
  void queue(Segment segment);

  ControlContext context_;
  Limits limits_;
  AtomAllowance* atoms_;
  FrameReader frames_;
  AtomCache received_atoms_;
  Fragments fragments_;
  Ticker ticker_;
  std::vector<Segment> output_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace noderuntime::distribution
