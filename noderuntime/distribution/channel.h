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
#include <vector>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/fragments.h"
#include "noderuntime/distribution/frame_reader.h"
#include "noderuntime/distribution/message_writer.h"
#include "noderuntime/distribution/recent_control.h"
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
    int checks_per_ticktime = Ticker::usual_checks;
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

  // The same in two steps, for a caller that decodes long payloads in time slices. long_signal: the payload is still to
  // come; decode_payload() must be called next.
  enum class Got { nothing, signal, long_signal };
  Result<Got> receive(Signal& signal);
  // Decodes the payload of `signal` at the pace of the process (pace.h). Until it has returned, the functions that read
  // must not be called: next(), receive(), feed(), place(). Errors as next().
  Outcome decode_payload(Signal& signal);
  // Copies what feed() was given and next() has not read yet, so that it is no longer borrowed.
  void keep_input() { frames_.keep_input(); }
  // The owner does not read for a while: the peer is not silent.
  void note_unread_input() { ticker_.read(); }

  // Where the next bytes may be read to, to save a copy of large messages; empty: read anywhere. After n bytes
  // were read there, feed() exactly these. Valid until the next call of next() or feed().
  std::span<Byte> place();

  // Encodes the signal at once. True: written. False: the peer does not support it (see
  // chosen_form); it was dropped.
  //
  // errors  too_large  it does not fit a frame; nothing was written
  //         bad_term   a term has no external form; nothing was written
  Result<bool> write(const SignalBody& signal);
  // The same for a caller that encodes long messages in time slices. is_long: nothing was written, because the message
  // needs fragments: it is to be encoded by long_message(signal).encode(), and then written.
  enum class Wrote { dropped, written, is_long };
  Result<Wrote> write_unless_long(const SignalBody& signal);
  LongMessage long_message(const SignalBody& signal) const;
  void write(LongMessage&& encoded, const SignalBody& signal);
  // The output to send now. Of large messages it has fragments up to about `room` bytes; later signals of
  // other senders overtake the rest (SendQueues).
  Segments take_output(std::size_t room = std::numeric_limits<std::size_t>::max());
  std::size_t queued_bytes() const { return output_.size(); }  // not taken yet, without large messages
  // of large messages, and of signals behind them
  std::size_t waiting_bytes() const { return send_queues_.bytes(); }
  bool holds_back(const std::optional<Pid>& sender) const { return send_queues_.hold_back(sender); }

  // The bytes of messages that have not arrived whole.
  std::size_t unfinished_bytes() const {
    return frames_.held_bytes() + fragments_.held_bytes() + (payload_ ? payload_->bytes.size() : 0);
  }

  // To be called at deadline(). Writes a tick if nothing was written since the last check.
  // Error timeout: nothing was read for a whole ticktime. Every byte counts, not only whole frames, so that a
  // large frame on a slow link does not look like silence.
  Outcome on_time(Milliseconds now);
  Milliseconds deadline() const { return ticker_.deadline(); }
  std::uint64_t silent_checks() const { return ticker_.silent_checks(); }

  const ControlContext& context() const { return context_; }

 private:
  using Next = Result<Got>;  // of a frame
  // A long payload that is to be decoded.
  struct Payload {
    const ControlLayout* form;
    Bytes bytes;
    CountedBytes owner;  // of `bytes`
    std::vector<Atom> atoms;
  };
  static constexpr std::size_t long_payload = std::size_t{32} << 10;  // bytes
  Next on_frame(const Frame& frame, Signal& signal);
  Next on_header_frame(const Frame& frame, Signal& signal);
  Next on_fragment(Reader in, const Frame& frame, bool first, Signal& signal);
  Next on_fragment_end(Result<std::optional<Fragments::Sequence>> sequence, Signal& signal);
  Next on_message(Bytes message, RefcBinary* owner, std::span<const Atom> atoms, Signal& signal);
  Outcome decode_payload(const ControlLayout& form, Bytes payload, const DecodeOptions& options,
                         Signal& signal);
  Payload keep_payload(const ControlLayout& form, Bytes payload, RefcBinary* owner,
                       std::span<const Atom> atoms) const;
  DecodeOptions options_for(std::span<const Atom> atoms, RefcBinary* owner) const;

  ControlContext context_;
  bool header_layout_;
  AtomAllowance* allowance_;
  FrameReader frames_;
  RecentControl recent_control_;
  ReceivedAtoms received_atoms_;
  HeaderAtoms header_atoms_;  // of the current frame
  Fragments fragments_;
  std::optional<Payload> payload_;
  MessageWriter writer_;
  Segments output_;
  SendQueues send_queues_;  // sent after output_
  Ticker ticker_;
};

}  // namespace noderuntime::distribution
