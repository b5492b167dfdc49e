#include "noderuntime/distribution/message_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/wire/writer.h"
#include "noderuntime/distribution/control_writer.h"
#include "noderuntime/distribution/frame_layout.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::distribution {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t max_frame = 0x7FFFFFFF;  // OTP makes none above
constexpr std::size_t slice = 2048;            // steps of the encoder between two checks of the size

}  // namespace

struct MessageWriter::Message {
  const ControlLayout& form;
  const SignalBody& signal;
  std::optional<Term> payload = payload_of(form, signal);
};

Outcome LongMessage::encode() {
  constexpr std::size_t budget = 1024, piece = std::size_t{64} << 10;
  constexpr std::int64_t steps = 4 * budget;
  EncodeOptions options{.self = self_, .keep_from = MessageWriter::kept_binary};
  Segments out;
  ControlWriter control{out, options};
  write_control(*form_, *signal_, control);
  if (!control.outcome()) return control.outcome();
  Encoder encoder{out, *payload_of(*form_, *signal_), options};
  for (;;) {
    auto whole = encoder.run(budget);
    if (!whole) return whole.error();
    if (*whole || out.size() >= piece) {
      encoder.move_to(pieces_);
      held_.set(pieces_.own_capacity());
    }
    if (*whole) return done;
    pace.spend(steps);
  }
}

MessageWriter::MessageWriter(const ControlContext& between) : self_{between.self}, flags_{between.flags} {}

MessageWriter::Written MessageWriter::write(const ControlLayout& form, const SignalBody& signal,
                                            Segments& out, Atoms atoms) {
  Message message{form, signal};
  bool header = flags_.has(flag::DIST_HDR_ATOM_CACHE) || flags_.has(flag::FRAGMENTS);
  auto written = header ? write_with_header(message, out, atoms) : write_pass_through(message, out);
  terms_.clear();
  return written;
}

Result<bool> MessageWriter::encode_terms(const Message& message, const EncodeOptions& options,
                                         std::size_t limit) {
  terms_.clear();
  ControlWriter control{terms_, options};
  write_control(message.form, message.signal, control);
  if (!control.outcome()) return control.outcome().error();
  if (!message.payload) return terms_.size() <= limit;
  Encoder encoder{terms_, *message.payload, options};
  for (bool finished = false; !finished;) {
    auto ran = encoder.run(slice);
    if (!ran) return ran.error();
    finished = *ran;
    if (terms_.size() > limit) return false;
  }
  return true;
}

MessageWriter::Written MessageWriter::write_pass_through(const Message& message, Segments& out) {
  auto encoded = encode_terms(message, {.self = self_, .version = true, .keep_from = kept_binary}, unlimited);
  if (!encoded) return encoded.error();
  auto length = 1 + terms_.size();
  if (length > max_frame) return Error{Errc::too_large, "message of " + std::to_string(length) + " bytes"};
  append_big_endian<4>(out.own(), length);
  out.own().push_back(pass_through);
  SegmentCursor{}.take(terms_, terms_.size(), out);
  return true;
}

MessageWriter::Written MessageWriter::write_with_header(const Message& message, Segments& out, Atoms atoms) {
  atoms_.begin();
  bool cache = atoms == Atoms::cached && flags_.has(flag::DIST_HDR_ATOM_CACHE);
  EncodeOptions options{.self = self_, .atoms = cache ? &atoms_ : nullptr, .keep_from = kept_binary};
  auto fits = encode_terms(message, options, FragmentedMessage::fragment_bytes);
  if (!fits) return fits.error();
  if (!*fits && flags_.has(flag::FRAGMENTS) && message.payload) return false;
  if (!*fits) return write_large(message, out);

  header_.assign({version, whole});
  atoms_.write_header(header_);
  atoms_.commit();
  append_big_endian<4>(out.own(), header_.size() + terms_.size());
  append(out.own(), header_);
  SegmentCursor{}.take(terms_, terms_.size(), out);
  return true;
}

// In one frame: the peer takes no fragments.
MessageWriter::Written MessageWriter::write_large(const Message& message, Segments& out) {
  atoms_.begin();
  auto encoded = encode_terms(message, {.self = self_, .keep_from = kept_binary}, unlimited);
  if (!encoded) return encoded.error();
  header_.assign({version, whole, 0});
  auto length = header_.size() + terms_.size();
  if (length > max_frame) return Error{Errc::too_large, "message of " + std::to_string(length) + " bytes"};
  append_big_endian<4>(out.own(), length);
  append(out.own(), header_);
  SegmentCursor{}.take(terms_, terms_.size(), out);
  return true;
}

}  // namespace noderuntime::distribution
