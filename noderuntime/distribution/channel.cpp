#include "noderuntime/distribution/channel.h"

#include <cassert>
#include <utility>

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
      ticker_{config.ticktime, config.checks_per_ticktime, !config.flags.has(flag::PUBLISHED), now} {
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
  auto got = receive(signal);
  if (!got) return got.error();
  if (*got != Got::long_signal) return *got == Got::signal;
  auto decoded = decode_payload(signal);
  return decoded ? Result<bool>{true} : decoded.error();
}

Result<Channel::Got> Channel::receive(Signal& signal) {
  while (true) {
    if (auto whole = frames_.next_whole()) {
      if (whole->empty()) continue;  // a tick
      auto got = on_frame({*whole}, signal);
      if (!got || *got != Got::nothing) return got;
      continue;
    }
    auto frame = frames_.next();
    if (!frame) return frame.error();
    if (!*frame) return Got::nothing;
    if ((*frame)->bytes.empty()) continue;  // a tick
    auto got = (*frame)->goes_on ? on_fragment_end(fragments_.add((*frame)->bytes, (*frame)->missing), signal)
                                 : on_frame(**frame, signal);
    if (!got || *got != Got::nothing) return got;
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
  if (!*sequence) return Got::nothing;
  return on_message((*sequence)->message(), (*sequence)->bytes.get(), (*sequence)->atoms.atoms(), signal);
}

Channel::Next Channel::on_message(Bytes message, RefcBinary* owner, std::span<const Atom> atoms,
                                  Signal& signal) {
  auto options = options_for(atoms, owner);
  if (!header_layout_) {
    if (message.empty() || message.front() != version) return bad_frame("a term's version");
    message = message.subspan(1);
  }
  auto [form, size] = recent_control_.find(message, atoms, signal.body);
  if (!form) {
    ControlReader control{signal.terms, message, options};
    auto read = read_control(control, context_, signal.body);
    if (!read)
      return read.error().code == Errc::bad_control ? read.error() : within("control message", read.error());
    form = *read, size = message.size() - control.rest().size();
    if (auto used = control.cached_atoms_read())
      recent_control_.keep(*form, message.first(size), atoms.first(*used), signal.body);
  }
  if (!form->payload) return Got::signal;
  auto payload = message.subspan(size);
  if (payload.size() >= long_payload) {
    payload_ = keep_payload(*form, payload, owner, atoms);
    return Got::long_signal;
  }
  auto decoded = decode_payload(*form, payload, options, signal);
  return decoded ? Next{Got::signal} : decoded.error();
}

Channel::Payload Channel::keep_payload(const ControlLayout& form, Bytes payload, RefcBinary* owner,
                                       std::span<const Atom> atoms) const {
  Payload kept{&form, payload, nullptr, {atoms.begin(), atoms.end()}};
  if (owner) {
    RefcBinary::keep(owner);
    kept.owner.reset(owner);
  } else {
    add_bytes(kept.owner, payload, payload.size());
    kept.bytes = {kept.owner->data, kept.owner->used};
  }
  return kept;
}

Outcome Channel::decode_payload(Signal& signal) {
  auto options = options_for(payload_->atoms, payload_->owner.get());
  auto decoded = decode_payload(*payload_->form, payload_->bytes, options, signal);
  payload_.reset();
  return decoded;
}

Outcome Channel::decode_payload(const ControlLayout& form, Bytes payload, const DecodeOptions& options,
                                Signal& signal) {
  auto decoded = header_layout_ ? decode(signal.terms, payload, options)
                                : decode_with_version(signal.terms, payload, options);
  if (!decoded) return within(form.name, decoded.error());
  set_payload(form, signal.body, decoded->term);
  return done;
}

// Compressed terms are not allowed inside the distribution, so max_inflated is 0.
DecodeOptions Channel::options_for(std::span<const Atom> atoms, RefcBinary* owner) const {
  return {.self = context_.self,
          .allowance = allowance_,
          .cached_atoms = atoms,
          .input_owner = owner,
          .max_inflated = 0};
}

Result<bool> Channel::write(const SignalBody& signal) {
  auto wrote = write_unless_long(signal);
  if (!wrote) return wrote.error();
  if (*wrote != Wrote::is_long) return *wrote == Wrote::written;
  auto message = long_message(signal);
  if (auto encoded = message.encode(); !encoded) return within(message.form().name, encoded.error());
  write(std::move(message), signal);
  return true;
}

LongMessage Channel::long_message(const SignalBody& signal) const {
  return writer_.long_message(*chosen_form(signal, context_.flags), signal);
}

void Channel::write(LongMessage&& encoded, const SignalBody& signal) {
  send_queues_.add(sender_of(signal), writer_.fragments_of(std::move(encoded)));
  ticker_.wrote();
}

Result<Channel::Wrote> Channel::write_unless_long(const SignalBody& signal) {
  auto* form = chosen_form(signal, context_.flags);
  if (!form) return Wrote::dropped;
  bool behind = !send_queues_.empty() && send_queues_.hold_back(sender_of(signal));
  Segments frames;
  auto written = writer_.write(*form, signal, behind ? frames : output_,
                               behind ? MessageWriter::Atoms::inline_only : MessageWriter::Atoms::cached);
  if (!written) return within(form->name, written.error());
  if (!*written) return Wrote::is_long;
  if (!frames.empty()) send_queues_.add(sender_of(signal), std::move(frames));
  ticker_.wrote();
  return Wrote::written;
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
