#include "noderuntime/distribution/channel.h"

#include <cassert>

#include "noderuntime/distribution/control_reader.h"
#include "noderuntime/distribution/frame_layout.h"

namespace noderuntime::distribution {

namespace {

Error bad_frame(std::string detail) { return Error{Errc::bad_frame, std::move(detail)}; }

Error within(std::string_view what, const Error& error) {
  return Error{error.code, std::string{what} + ": " + error.context};
}

}  // namespace

std::optional<Pid> sender_of(const SignalBody& body) {
  auto sender = [](const auto& signal) -> std::optional<Pid> {
    if constexpr (requires { Pid{signal.from}; }) return signal.from;
    return std::nullopt;
  };
  if (auto* down = std::get_if<signal::Down>(&body))
    return std::holds_alternative<Pid>(down->from) ? std::optional{std::get<Pid>(down->from)} : std::nullopt;
  return std::visit(sender, body);
}

Channel::Channel(const Config& config, Milliseconds now)
    : context_{config.self, config.peer, config.flags, config.reference_words},
      header_layout_{config.flags.has(flag::DIST_HDR_ATOM_CACHE) || config.flags.has(flag::FRAGMENTS)},
      allowance_{config.atoms},
      frames_{config.limits.frame_bytes},
      fragments_{config.limits.open_sequences, config.limits.fragment_bytes},
      writer_{context_},
      ticker_{config.ticktime, !config.flags.has(flag::PUBLISHED), now} {
  assert(allowance_);
}

void Channel::feed(Bytes input) {
  if (!input.empty()) ticker_.read();
  frames_.feed(input);
}

std::span<Byte> Channel::place() {
  if (auto missing = frames_.missing_pieces(); missing > 0) return fragments_.place(missing);
  return frames_.place();
}

Result<bool> Channel::next(Signal& signal) {
  while (true) {
    auto frame = frames_.next();
    if (!frame) return frame.error();
    if (!*frame) return false;
    if ((*frame)->bytes.empty()) continue;  // a tick
    auto got = (*frame)->goes_on ? on_fragment_end(fragments_.add((*frame)->bytes, (*frame)->missing), signal)
                                 : on_frame(**frame, signal);
    if (!got || *got) return got;
  }
}

Channel::Next Channel::on_frame(const Frame& frame, Signal& signal) {
  if (header_layout_) return on_header_frame(frame, signal);
  if (frame.bytes.front() != pass_through) return bad_frame("a pass-through frame was expected");
  return on_message(frame.bytes.subspan(1), frame.owner, {}, signal);
}

Channel::Next Channel::on_header_frame(const Frame& frame, Signal& signal) {
  Reader in{frame.bytes};
  if (in.u8() != version) return bad_frame("a distribution header was expected");
  switch (in.u8()) {
    case whole: {
      if (auto read = received_atoms_.read_header(in, *allowance_, header_atoms_); !read) return read.error();
      return on_message(in.rest(), frame.owner, header_atoms_.atoms(), signal);
    }
    case first_fragment: return on_fragment(in, frame, true, signal);
    case next_fragment: return on_fragment(in, frame, false, signal);
  }
  return bad_frame("unknown kind of header");
}

Channel::Next Channel::on_fragment(Reader in, const Frame& frame, bool first, Signal& signal) {
  if (!context_.flags.has(flag::FRAGMENTS)) return bad_frame("fragments were not negotiated");
  auto id = in.u64();
  auto number = in.u64();
  if (!in.ok()) return bad_frame("fragment header");
  if (first) {
    if (auto read = received_atoms_.read_header(in, *allowance_, header_atoms_); !read) return read.error();
  }
  return on_fragment_end(first ? fragments_.start(id, number, header_atoms_, in.rest(), frame.owner)
                               : fragments_.go_on(id, number, in.rest(), frame.missing),
                         signal);
}

Channel::Next Channel::on_fragment_end(Result<std::optional<Fragments::Sequence>> sequence, Signal& signal) {
  if (!sequence) return sequence.error();
  if (!*sequence) return false;
  return on_message((*sequence)->message(), (*sequence)->bytes.get(), (*sequence)->atoms.atoms(), signal);
}

// Compressed terms are not allowed inside the distribution, so max_inflated is 0.
Channel::Next Channel::on_message(Bytes message, RefcBinary* owner, std::span<const Atom> atoms,
                                  Signal& signal) {
  DecodeOptions options{.self = context_.self,
                        .allowance = allowance_,
                        .cached_atoms = atoms,
                        .input_owner = owner,
                        .max_inflated = 0};
  if (!header_layout_) {
    if (message.empty() || message.front() != version) return bad_frame("a term's version");
    message = message.subspan(1);
  }
  ControlReader control{signal.terms, message, options};
  auto form = read_control(control, context_, signal.body);
  if (!form)
    return form.error().code == Errc::bad_control ? form.error() : within("control message", form.error());
  if (!(*form)->payload) return true;
  auto payload = decode_one(signal.terms, control.rest(), options);
  if (!payload) return within((*form)->name, payload.error());
  set_payload(**form, signal.body, *payload);
  return true;
}

Result<Term> Channel::decode_one(Heap& heap, Bytes input, const DecodeOptions& options) const {
  auto decoded = header_layout_ ? decode(heap, input, options) : decode_with_version(heap, input, options);
  if (!decoded) return decoded.error();
  return decoded->term;
}

Result<bool> Channel::write(const SignalBody& signal) {
  auto* form = chosen_form(signal, context_.flags);
  if (!form) return false;
  bool behind = !send_queues_.empty() && send_queues_.hold_back(sender_of(signal));
  Segments frames;
  auto written = writer_.write(*form, signal, behind ? frames : output_,
                               behind ? MessageWriter::Atoms::inline_only : MessageWriter::Atoms::cached);
  if (!written) return within(form->name, written.error());
  if (*written) send_queues_.add(sender_of(signal), std::move(**written));
  if (!frames.empty()) send_queues_.add(sender_of(signal), std::move(frames));
  ticker_.wrote();
  return true;
}

Segments Channel::take_output(std::size_t room) {
  while (!send_queues_.empty() && output_.size() < room) send_queues_.take_frame(output_);
  return std::exchange(output_, Segments{});
}

Outcome Channel::on_time(Milliseconds now) {
  auto tick = ticker_.on_time(now);
  if (!tick) return tick.error();
  if (*tick) output_.own().insert(output_.own().end(), 4, Byte{0});
  return done;
}

}  // namespace noderuntime::distribution
