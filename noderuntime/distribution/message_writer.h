// Encodes control message and payload as frames, in the layout that the flags determine. See frame_layout.h.
#pragma once

#include <optional>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/send_queues.h"
#include "noderuntime/external_format/encode.h"

namespace noderuntime::distribution {

// A message that needs fragments. It is encoded at the pace of the process that sends it (pace.h), and is independent of
// the channel until then: the connection may end meanwhile. The signal and its terms must outlive encode().
class LongMessage {
 public:
  LongMessage(const ControlLayout& form, const SignalBody& signal, NodeIdentity self)
      : form_{&form}, signal_{&signal}, self_{self} {}

  Outcome encode();  // errors: too_large, bad_term; throws HeapLimitExceeded
  const ControlLayout& form() const { return *form_; }
  Pieces take() && {
    held_.set(0);
    return std::move(pieces_);
  }

 private:
  const ControlLayout* form_;
  const SignalBody* signal_;
  NodeIdentity self_;
  Pieces pieces_;
  HeldShare held_;
};

class MessageWriter {
 public:
  // larger binaries are sent from where they are, without a copy
  static constexpr std::size_t kept_binary = 16384;

  explicit MessageWriter(const ControlContext& between);

  // Frames that are not sent in the order of the calls must not use the cache.
  enum class Atoms { cached, inline_only };
  using Written = Result<bool>;

  // Appends the frame of one message. False: it needs fragments, and nothing is appended; it has to be encoded again, as
  // a LongMessage. Errors: too_large, bad_term; then nothing is appended.
  Written write(const ControlLayout& form, const SignalBody& signal, Segments& out,
                Atoms atoms = Atoms::cached);
  LongMessage long_message(const ControlLayout& form, const SignalBody& signal) const {
    return {form, signal, self_};
  }
  FragmentedMessage fragments_of(LongMessage&& encoded) {
    return {std::move(encoded).take(), next_sequence_++};
  }

 private:
  struct Message;
  Written write_pass_through(const Message& message, Segments& out);
  Written write_with_header(const Message& message, Segments& out, Atoms atoms);
  Written write_large(const Message& message, Segments& out);
  // Encodes control and payload into terms_. False: stopped, because they exceed `limit` bytes.
  Result<bool> encode_terms(const Message& message, const EncodeOptions& options, std::size_t limit);

  NodeIdentity self_;
  Flags flags_;
  SentAtoms atoms_;
  Segments terms_;                   // of the current message
  Buffer header_;                    // of its frame
  std::uint64_t next_sequence_ = 1;  // 0 is not valid: it crashes OTP
};

}  // namespace noderuntime::distribution
