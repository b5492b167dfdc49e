// Encodes control message and payload as frames, in the layout that the flags determine. See frame_layout.h.
#pragma once

#include <optional>

#include "noderuntime/distribution/atom_cache.h"
#include "noderuntime/distribution/control.h"
#include "noderuntime/distribution/send_queues.h"
#include "noderuntime/external_format/encode.h"

namespace noderuntime::distribution {

class MessageWriter {
 public:
  // larger binaries are sent from where they are, without a copy
  static constexpr std::size_t kept_binary = 16384;

  explicit MessageWriter(const ControlContext& between);

  // Frames that are not sent in the order of the calls must not use the cache.
  enum class Atoms { cached, inline_only };
  using Written = Result<std::optional<FragmentedMessage>>;

  // Appends the frame of one message. A message that needs fragments is returned instead; if it outgrows a
  // fragment while being encoded, it is encoded again without the atom cache. Errors: too_large, bad_term;
  // then nothing is appended.
  Written write(const ControlLayout& form, const SignalBody& signal, Segments& out,
                Atoms atoms = Atoms::cached);

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
