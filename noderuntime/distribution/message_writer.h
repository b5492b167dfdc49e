// Control and payload as frames, in the layout that the flags decide.
// See frame_layout.h.
#pragma once

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/external_format/encode.h"

namespace noderuntime::distribution {

class MessageWriter {
 public:
  static constexpr std::size_t fragment_bytes = 65536;  // of terms in each fragment but the last, as OTP
  static constexpr std::size_t kept_binary = 16384;     // from here on binaries are sent from where they lie

  explicit MessageWriter(const ControlContext& between);

  // Appends the frames of one message. A message that outgrows one fragment starts over without the atom
  // cache. Error: too_large or bad_term; then nothing was appended.
  Outcome write(const ControlForm& form, const SignalBody& signal, Segments& out);

 private:
  struct Message;
  Outcome write_pass_through(const Message& message, Segments& out);
  Outcome write_with_header(const Message& message, Segments& out);
  Outcome write_large(const Message& message, Segments& out);
  void write_fragments(Segments& out);
  // Encodes control and payload into terms_. False: it stopped because they exceed `limit` bytes.
  Result<bool> encode_terms(const Message& message, const EncodeOptions& options, std::size_t limit);

  NodeIdentity self_;
  Flags flags_;
  SentAtoms atoms_;
  Segments terms_;                   // of the message under way
  Buffer header_;                    // of its frame
  std::uint64_t next_sequence_ = 1;  // 0 is not valid: it crashes OTP
};

}  // namespace noderuntime::distribution
