#include "noderuntime/node/connection.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "noderuntime/term/pace.h"

namespace noderuntime {

using distribution::Acceptor;
using distribution::Channel;
using distribution::Initiator;
using distribution::NeedInput;
using distribution::Peer;

namespace {

// Then the receivers run: what is handled soon is still in the processor's cache.
constexpr std::size_t signals_at_once = 128, words_like_a_signal = 64;
constexpr std::size_t written_at_once = std::size_t{1} << 20;  // including fragments of large messages
// Time for the signals of one connection and for those who get them, before others have their turn.
constexpr std::chrono::milliseconds read_time{2};
using Clock = std::chrono::steady_clock;

Error no_memory() { return Error{Errc::too_large, "no memory is left for a message"}; }

// Runs a step; if memory is short, returns the error that ends the connection.
template <class Step>
std::optional<Error> bounded(Step step) {
  return has_memory_for(step) ? std::nullopt : std::optional{no_memory()};
}

// Output that waits for the kernel.
struct Written {
  explicit Written(Segments taken) : segments{std::move(taken)}, share{segments.own().capacity()} {}
  Segments segments;
  HeldShare share;
};

}  // namespace

Connection::Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::Stream> stream,
                       Initiator::Config config)
    : loop_{loop},
      owner_{owner},
      stream_{std::move(stream)},
      timer_{loop},
      engine_{std::in_place_type<Initiator>, std::move(config), loop.now()},
      incoming_{false} {
  start();
}

Connection::Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::Stream> stream,
                       Acceptor::Config config)
    : loop_{loop},
      owner_{owner},
      stream_{std::move(stream)},
      timer_{loop},
      engine_{std::in_place_type<Acceptor>, std::move(config), loop.now()},
      incoming_{true} {
  start();
}

void Connection::start() {
  if (!incoming_) stream_->set_no_delay(true);  // incoming ones inherit it from the listener
  stream_->start({.read = [this](Bytes input) { on_read(input); },
                  .drained =
                      [this] {
                        if (over_ || !is_up()) return;
                        flush_or_end();
                        if (!over_) owner_.on_drained(*this);
                      },
                  .ended = [this](Error error) { on_end(std::move(error)); },
                  .space = [this]() -> std::span<Byte> {
                    std::span<Byte> place;
                    auto* channel = std::get_if<Channel>(&engine_);
                    if (channel) bounded([&] { place = channel->place(); });
                    return place;
                  }});
  write_handshake(handshake()->take_output());
  arm();
}

distribution::Handshake* Connection::handshake() {
  if (auto* initiator = std::get_if<Initiator>(&engine_)) return initiator;
  return std::get_if<Acceptor>(&engine_);
}

std::string Connection::address() const {
  auto peer = stream_->peer();
  return peer ? peer->text() : "an unknown address";
}

void Connection::on_end(Error error) {
  bool closed = error.code == Errc::connection_closed || error.code == Errc::system;
  over(closed && !is_up() ? handshake()->finish() : std::move(error));
}

void Connection::on_read(Bytes input) {
  if (over_) return;
  traffic_.received_bytes += input.size();
  owner_.all_traffic().received_bytes += input.size();
  if (is_up()) return run_channel(input);
  handshake()->feed(input);
  run_handshake();
}

// Runs until the engine needs input, has proved the peer, or fails.
void Connection::run_handshake() {
  auto now = loop_.now();
  std::optional<Peer> proved;
  std::optional<Error> failed;
  bool wants_input = false;
  auto on_event = [&](auto& event) {
    using Event = std::decay_t<decltype(event)>;
    if constexpr (std::is_same_v<Event, NeedInput>)
      wants_input = true;
    else if constexpr (std::is_same_v<Event, Peer>)
      proved = event;
    else if constexpr (std::is_same_v<Event, Initiator::PeerSaysAlive>)
      std::get<Initiator>(engine_).answer(owner_.on_peer_says_alive(*this));
    else
      owner_.on_caller(*this, event);
  };
  auto step = [&](auto& machine) {
    auto event = machine.next(now);
    if (!event)
      failed = event.error();
    else
      std::visit(on_event, *event);
  };
  while (!wants_input && !proved && !failed && !closing_) {
    if (auto* initiator = std::get_if<Initiator>(&engine_))
      step(*initiator);
    else
      step(std::get<Acceptor>(engine_));
  }
  if (failed) closing_ = failed;
  // drops rivals before the last message is written
  if (proved && !closing_) owner_.on_proved(*this, *proved);
  write_handshake(handshake()->take_output());
  if (closing_) return over(*closing_);
  if (opening_) {
    Buffer rest = handshake()->take_rest();
    engine_.emplace<Channel>(*opening_, now);
    opening_.reset();
    owner_.on_open(*this);
    flush_or_end();
    if (!rest.empty() && !over_) run_channel(rest);
  }
  if (!over_) arm();
}

void Connection::open(Channel::Config config) { opening_ = config; }

void Connection::run_channel(Bytes input) {
  auto& channel = std::get<Channel>(engine_);
  closing_ = bounded([&] { channel.feed(input); });
  read_signals();
}

// Until the channel needs input. What takes long goes on in later turns, and the connection rests meanwhile.
void Connection::read_signals() {
  auto begin = Clock::now();
  std::size_t signals = 0;  // since the receivers ran; a large one counts as several
  while (!closing_ && !over_ && !deaf_ && !rests_) {
    Signal signal;
    auto got = receive(signal);
    signals += 1 + signal.terms.used_words() / words_like_a_signal;
    if (!got) {
      closing_ = got.error();
    } else if (*got == Channel::Got::signal) {
      deliver(std::move(signal));
    } else if (*got == Channel::Got::nothing) {
      break;
    } else if (decode(std::move(signal))) {
      deliver_decoded();
    } else {
      rest();
    }
    if (signals < signals_at_once || closing_ || over_) continue;
    signals = 0;
    owner_.on_input_done(*this);
    if (over_ || rests_ || Clock::now() - begin < read_time) continue;
    rest();
    later_([this] { go_on(); });
  }
  if (!over_) owner_.on_input_done(*this);
  if (closing_) over(*closing_);
}

Result<Channel::Got> Connection::receive(Signal& signal) {
  Result<Channel::Got> got = Channel::Got::nothing;
  if (auto failed = bounded([&] { got = std::get<Channel>(engine_).receive(signal); })) return *failed;
  return got;
}

void Connection::deliver(Signal&& signal) {
  ++traffic_.received_signals;
  closing_ = bounded([&] { owner_.on_signal(*this, std::move(signal)); });
}

// False: it goes on in the next turns, or memory is short.
bool Connection::decode(Signal&& signal) {
  closing_ = bounded([&] {
    decoding_ = std::make_unique<Decoding>(Decoding{std::move(signal)});
    auto work = [&channel = std::get<Channel>(engine_), decoding = decoding_.get()] {
      auto failed = bounded([&] {
        MayPause here;
        decoding->outcome = channel.decode_payload(decoding->signal);
      });
      if (failed) decoding->outcome = *failed;
    };
    decoding_->job = owner_.begin_work(work, [this] { later_([this] { go_on(); }); });
  });
  return !closing_ && decoding_->job == 0;
}

void Connection::deliver_decoded() {
  auto decoded = std::move(decoding_);
  if (decoded->outcome)
    deliver(std::move(decoded->signal));
  else
    closing_ = decoded->outcome.error();
}

void Connection::rest() {
  rests_ = true;
  stream_->stop_reading();
  if (auto failed = bounded([&] { std::get<Channel>(engine_).keep_input(); })) closing_ = failed;
}

void Connection::go_on() {
  if (over_ || deaf_) return;
  rests_ = false;
  if (decoding_) deliver_decoded();
  read_signals();
  if (!over_ && !deaf_ && !rests_) stream_->read_on();
}

void Connection::drop_decoding() {
  if (decoding_) owner_.cancel_work(decoding_->job);
  decoding_.reset();
}

Result<Channel::Wrote> Connection::write(const SignalBody& signal) {
  auto written = std::get<Channel>(engine_).write_unless_long(signal);
  if (written && *written == Channel::Wrote::written) ++traffic_.sent_signals;
  return written;
}

distribution::LongMessage Connection::long_message(const SignalBody& signal) const {
  return std::get<Channel>(engine_).long_message(signal);
}

void Connection::write(distribution::LongMessage&& encoded, const SignalBody& signal) {
  std::get<Channel>(engine_).write(std::move(encoded), signal);
  ++traffic_.sent_signals;
}

// The bytes stay where the channel encoded them until they are written.
bool Connection::flush() {
  if (over_ || !is_up()) return true;
  auto& channel = std::get<Channel>(engine_);
  return has_memory_for([&] {
    auto pending = stream_->pending_output();
    write(channel.take_output(pending < written_at_once ? written_at_once - pending : 0));
    if (channel.waiting_bytes() == 0 || stream_->pending_output() > 0 || finished_) return;
    if (!std::exchange(flushes_later_, true)) later_([this] { flush_more(); });
  });
}

// More of the large messages, in another turn, because the kernel took at once what was written.
void Connection::flush_more() {
  flushes_later_ = false;
  if (over_) return;
  flush_or_end();
  if (!over_ && has_flushed()) owner_.on_drained(*this);
}

void Connection::flush_or_end() {
  if (!flush()) over(no_memory());
}

void Connection::write(Segments taken) {
  if (finished_ || taken.empty()) return;  // nothing can be written behind the end of the stream
  note_sent(taken.size());
  auto output = std::make_shared<Written>(std::move(taken));
  std::vector<net::Segment> pieces;
  output->segments.for_each([&](Bytes piece) { pieces.emplace_back(piece, output); });
  stream_->write(std::move(pieces));
}

void Connection::finish_output() {
  if (over_ || !is_up() || finished_) return;
  write(std::get<Channel>(engine_).take_output());
  finished_ = true;
  stream_->finish_output();
}

std::size_t Connection::pending_output() const {
  auto* channel = std::get_if<Channel>(&engine_);
  return stream_->pending_output() + (channel ? channel->queued_bytes() : 0);
}

std::size_t Connection::waiting_output() const {
  auto* channel = std::get_if<Channel>(&engine_);
  return channel ? channel->waiting_bytes() : 0;
}

bool Connection::holds_back(const std::optional<Pid>& sender) const {
  auto* channel = std::get_if<Channel>(&engine_);
  return channel && channel->holds_back(sender);
}

std::size_t Connection::held_bytes() const {
  auto* channel = std::get_if<Channel>(&engine_);
  return pending_output() + waiting_output() + stream_->held_bytes() +
         (channel ? channel->unfinished_bytes() : 0) + (decoding_ ? decoding_->signal.terms.held_bytes() : 0);
}

std::uint64_t Connection::silent_checks() const {
  auto* channel = std::get_if<Channel>(&engine_);
  return channel ? channel->silent_checks() : 0;
}

void Connection::note_sent(std::size_t bytes) {
  traffic_.sent_bytes += bytes;
  owner_.all_traffic().sent_bytes += bytes;
}

void Connection::write_handshake(Buffer output) {
  if (output.empty()) return;
  note_sent(output.size());
  stream_->write(std::move(output));
}

void Connection::arm() {
  auto deadline = is_up() ? std::get<Channel>(engine_).deadline() : handshake()->deadline();
  timer_.start(std::max(net::Milliseconds{0}, deadline - loop_.now()), [this] { on_time(); });
}

void Connection::on_time() {
  auto* channel = std::get_if<Channel>(&engine_);
  if (channel && rests_) channel->note_unread_input();
  auto outcome = channel ? channel->on_time(loop_.now()) : handshake()->on_time(loop_.now());
  if (!outcome) return over(outcome.error());
  flush_or_end();
  if (!over_) arm();
}

void Connection::abandon() {
  over_ = true;
  timer_.stop();
  drop_decoding();
}

void Connection::stop_reading() {
  deaf_ = true;
  stream_->stop_reading();
  drop_decoding();
}

void Connection::over(Error error) {
  if (over_) return;
  over_ = true;
  timer_.stop();
  owner_.on_over(*this, error);
}

}  // namespace noderuntime
