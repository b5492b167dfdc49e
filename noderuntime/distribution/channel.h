// A connection after the handshake: frames, atom caches, fragments and ticks, without I/O.
// Source: erl_dist_protocol, "Protocol between Connected Nodes" and "Distribution Header";
// docs/protocol/distribution.md, "Frames".
//
//     feed(), next()           bytes ──► FrameReader ──► Fragments ──► decoder ──► control table ──► Signal
//     write(), take_output()   Signal ──► control table ──► MessageWriter ──► Segments, SendQueues
#pragma once

#include <limits>
#include <optional>
#include <span>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/fragments.h"
#include "noderuntime/distribution/frame_reader.h"
#include "noderuntime/distribution/message_writer.h"
#include "noderuntime/distribution/send_queues.h"
#include "noderuntime/distribution/ticker.h"
#include "noderuntime/external_format/decode.h"

namespace noderuntime::distribution {

// The process whose signals must keep their order; nullopt: unknown.
std::optional<Pid> sender_of(const SignalBody& signal);

// Owned by a Connection. Loop thread only.
class Channel {
 public:
  struct Limits {
    std::size_t frame_bytes = 0x7FFFFFFF;     // of one frame; OTP itself makes none above
    std::size_t open_sequences = 4096;        // unfinished fragmented messages
    std::size_t fragment_bytes = 0x7FFFFFFF;  // of all unfinished fragmented messages
  };
  struct Config {
    NodeIdentity self;
    NodeIdentity peer;  // interned by the owner when the cookie was proved
    Flags flags;        // Peer::flags
    Milliseconds ticktime{60000};
    Limits limits{};
    AtomAllowance* atoms = nullptr;    // the peer's; not null, outlives the channel
    std::uint8_t reference_words = 3;  // of this node's references, at most
  };

  Channel(const Config& config, Milliseconds now);

  // Input in any cut. It is borrowed until next() has returned false or an error; feed() again only then.
  void feed(Bytes input);

  // Stores the next signal, in the order of arrival, in `signal`, whose heap must be empty. False: needs more
  // input. After an error the connection must be closed.
  //
  // errors  too_large (a frame, or fragments over their limits), bad_frame, bad_control,
  //         bad_term, too_many_atoms, too_deep (the decoder's); context: the control message and where
  Result<bool> next(Signal& signal);

  // Where the next bytes may be read to, to save a copy of large messages; empty: read anywhere. After n bytes
  // were read there, feed() exactly these. Valid until the next call of next() or feed().
  std::span<Byte> place();

  // Encodes the signal at once. True: written. False: the peer does not support it (see
  // chosen_form); it was dropped.
  //
  // errors  too_large  it does not fit a frame; nothing was written
  //         bad_term   a term has no external form; nothing was written
  Result<bool> write(const SignalBody& signal);
  // The output to send now. Of large messages it has fragments up to about `room` bytes; later signals of
  // other senders overtake the rest (SendQueues).
  Segments take_output(std::size_t room = std::numeric_limits<std::size_t>::max());
  std::size_t queued_bytes() const { return output_.size(); }  // not taken yet, without large messages
  // of large messages, and of signals behind them
  std::size_t waiting_bytes() const { return send_queues_.bytes(); }
  bool holds_back(const std::optional<Pid>& sender) const { return send_queues_.hold_back(sender); }

  // The bytes of messages that have not arrived whole.
  std::size_t unfinished_bytes() const { return frames_.held_bytes() + fragments_.held_bytes(); }

  // To be called at deadline(). Writes a tick if nothing was written for a quarter of the ticktime.
  // Error timeout: nothing was read for a whole ticktime. Every byte counts, not only whole frames, so that a
  // large frame on a slow link does not look like silence.
  Outcome on_time(Milliseconds now);
  Milliseconds deadline() const { return ticker_.deadline(); }

  const ControlContext& context() const { return context_; }

 private:
  using Next = Result<bool>;  // false: the frame has no signal
  Next on_frame(const Frame& frame, Signal& signal);
  Next on_header_frame(const Frame& frame, Signal& signal);
  Next on_fragment(Reader in, const Frame& frame, bool first, Signal& signal);
  Next on_fragment_end(Result<std::optional<Fragments::Sequence>> sequence, Signal& signal);
  Next on_message(Bytes message, RefcBinary* owner, std::span<const Atom> atoms, Signal& signal);
  Result<Term> decode_one(Heap& heap, Bytes input, const DecodeOptions& options) const;

  ControlContext context_;
  bool header_layout_;
  AtomAllowance* allowance_;
  FrameReader frames_;
  ReceivedAtoms received_atoms_;
  HeaderAtoms header_atoms_;  // of the current frame
  Fragments fragments_;
  MessageWriter writer_;
  Segments output_;
  SendQueues send_queues_;  // sent after output_
  Ticker ticker_;
};

}  // namespace noderuntime::distribution
