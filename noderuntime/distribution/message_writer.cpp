#include "noderuntime/distribution/message_writer.h"

#include <algorithm>
#include <array>
#include <limits>

#include "noderuntime/distribution/control_writer.h"
#include "noderuntime/distribution/frame_layout.h"

namespace noderuntime::distribution {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t max_frame = 0x7FFFFFFF;  // OTP builds none above
constexpr std::size_t slice = 16384;           // encoder's steps between two looks at the size

template <std::size_t width>
void append_number(Buffer& out, std::uint64_t number) {
  std::array<Byte, width> bytes;
  for (std::size_t i = 0; i < width; ++i) bytes[i] = static_cast<Byte>(number >> 8 * (width - 1 - i));
  append(out, bytes);
}

void append_length(Buffer& out, std::size_t length) { append_number<4>(out, length); }

// Hands out the bytes of segments in order, in pieces of any size.
class Cutter {
 public:
  explicit Cutter(const Segments& from) : from_{from} {}

  void take(std::size_t count, Segments& to) {
    while (count > 0) {
      auto taken = at_kept() ? take_kept(count, to) : take_own(count, to);
      count -= taken;
    }
  }

 private:
  bool at_kept() const { return kept_ < from_.kept().size() && from_.kept()[kept_].at == own_; }

  std::size_t take_own(std::size_t count, Segments& to) {
    auto end = kept_ < from_.kept().size() ? from_.kept()[kept_].at : from_.own().size();
    auto taken = std::min(count, end - own_);
    append(to.own(), Bytes{from_.own()}.subspan(own_, taken));
    own_ += taken;
    return taken;
  }

  std::size_t take_kept(std::size_t count, Segments& to) {
    const auto& kept = from_.kept()[kept_];
    auto taken = std::min(count, kept.size - inside_kept_);
    to.keep(kept.bytes, kept.offset + inside_kept_, taken);
    inside_kept_ += taken;
    if (inside_kept_ == kept.size) ++kept_, inside_kept_ = 0;
    return taken;
  }

  const Segments& from_;
  std::size_t own_ = 0, kept_ = 0, inside_kept_ = 0;
};

}  // namespace

struct MessageWriter::Message {
  const ControlForm& form;
  const SignalBody& signal;
  std::optional<Term> payload = payload_of(form, signal);
};

MessageWriter::MessageWriter(const ControlContext& between) : self_{between.self}, flags_{between.flags} {}

Outcome MessageWriter::write(const ControlForm& form, const SignalBody& signal, Segments& out) {
  Message message{form, signal};
  bool header = flags_.has(flag::DIST_HDR_ATOM_CACHE) || flags_.has(flag::FRAGMENTS);
  auto written = header ? write_with_header(message, out) : write_pass_through(message, out);
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

Outcome MessageWriter::write_pass_through(const Message& message, Segments& out) {
  auto encoded = encode_terms(message, {.self = self_, .version = true, .keep_from = kept_binary}, unlimited);
  if (!encoded) return encoded.error();
  auto length = 1 + terms_.size();
  if (length > max_frame) return Error{Errc::too_large, "message of " + std::to_string(length) + " bytes"};
  append_length(out.own(), length);
  out.own().push_back(pass_through);
  Cutter{terms_}.take(terms_.size(), out);
  return done;
}

Outcome MessageWriter::write_with_header(const Message& message, Segments& out) {
  atoms_.begin();
  bool cache = flags_.has(flag::DIST_HDR_ATOM_CACHE);
  EncodeOptions options{.self = self_, .atoms = cache ? &atoms_ : nullptr, .keep_from = kept_binary};
  auto fits = encode_terms(message, options, fragment_bytes);
  if (!fits) return fits.error();
  if (!*fits) return write_large(message, out);

  header_.assign({version, whole});
  atoms_.write_header(header_);
  atoms_.commit();
  append_length(out.own(), header_.size() + terms_.size());
  append(out.own(), header_);
  Cutter{terms_}.take(terms_.size(), out);
  return done;
}

Outcome MessageWriter::write_large(const Message& message, Segments& out) {
  atoms_.begin();
  auto encoded = encode_terms(message, {.self = self_, .keep_from = kept_binary}, unlimited);
  if (!encoded) return encoded.error();
  if (flags_.has(flag::FRAGMENTS) && message.payload) return write_fragments(out), done;

  header_.assign({version, whole, 0});
  auto length = header_.size() + terms_.size();
  if (length > max_frame) return Error{Errc::too_large, "message of " + std::to_string(length) + " bytes"};
  append_length(out.own(), length);
  append(out.own(), header_);
  Cutter{terms_}.take(terms_.size(), out);
  return done;
}

void MessageWriter::write_fragments(Segments& out) {
  Cutter cutter{terms_};
  auto sequence = next_sequence_++;
  auto left = terms_.size();
  for (auto number = (left + fragment_bytes - 1) / fragment_bytes; number > 0; --number) {
    bool first = left == terms_.size();
    auto size = std::min(left, fragment_bytes);
    header_.assign({version, first ? first_fragment : next_fragment});
    append_number<8>(header_, sequence);
    append_number<8>(header_, number);
    if (first) header_.push_back(0);  // no atoms
    append_length(out.own(), header_.size() + size);
    append(out.own(), header_);
    cutter.take(size, out);
    left -= size;
  }
}

}  // namespace noderuntime::distribution
