#include "noderuntime/node/connection.h"

#include <algorithm>

namespace noderuntime {

using distribution::Acceptor;
using distribution::Channel;
using distribution::Initiator;
using distribution::NeedInput;
using distribution::Peer;

namespace {

// Then the receivers run: what is handled soon is still in the processor's cache.
constexpr int signals_at_once = 128;
constexpr std::size_t written_at_once = std::size_t{1} << 20;  // including fragments of large messages

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
    engine_.emplace<Channel>(std::move(*opening_), now);
    opening_.reset();
    owner_.on_open(*this);
    flush_or_end();
    if (!rest.empty() && !over_) run_channel(rest);
  }
  if (!over_) arm();
}

void Connection::open(Channel::Config config) { opening_ = std::move(config); }

void Connection::run_channel(Bytes input) {
  auto& channel = std::get<Channel>(engine_);
  closing_ = bounded([&] { channel.feed(input); });
  for (int signals = 1; !closing_ && !over_ && !deaf_; ++signals) {
    Signal signal;
    Result<bool> next = false;
    if (auto failed = bounded([&] { next = channel.next(signal); })) next = *failed;
    if (!next) {
      closing_ = next.error();
    } else if (*next) {
      closing_ = bounded([&] { owner_.on_signal(*this, std::move(signal)); });
      if (signals % signals_at_once == 0) owner_.on_input_done(*this);
    } else {
      break;
    }
  }
  if (!over_) owner_.on_input_done(*this);
  if (closing_) over(*closing_);
}

Outcome Connection::write(const SignalBody& signal) {
  auto written = std::get<Channel>(engine_).write(signal);
  return written ? Outcome{done} : Outcome{written.error()};
}

// The bytes stay where the channel encoded them until they are written.
bool Connection::flush() {
  if (over_ || !is_up()) return true;
  auto& channel = std::get<Channel>(engine_);
  return has_memory_for([&] {
    do {
      auto pending = stream_->pending_output();
      write(channel.take_output(pending < written_at_once ? written_at_once - pending : 0));
    } while (channel.waiting_bytes() > 0 && stream_->pending_output() == 0 && !finished_);
  });
}

void Connection::flush_or_end() {
  if (!flush()) over(no_memory());
}

void Connection::write(Segments taken) {
  if (finished_ || taken.empty()) return;  // nothing can be written behind the end of the stream
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
         (channel ? channel->unfinished_bytes() : 0);
}

void Connection::write_handshake(Buffer output) {
  if (!output.empty()) stream_->write(std::move(output));
}

void Connection::arm() {
  auto deadline = is_up() ? std::get<Channel>(engine_).deadline() : handshake()->deadline();
  timer_.start(std::max(net::Milliseconds{0}, deadline - loop_.now()), [this] { on_time(); });
}

void Connection::on_time() {
  auto* channel = std::get_if<Channel>(&engine_);
  auto outcome = channel ? channel->on_time(loop_.now()) : handshake()->on_time(loop_.now());
  if (!outcome) return over(outcome.error());
  flush_or_end();
  if (!over_) arm();
}

void Connection::abandon() {
  over_ = true;
  timer_.stop();
}

void Connection::stop_reading() {
  deaf_ = true;
  stream_->stop_reading();
}

void Connection::over(Error error) {
  if (over_) return;
  over_ = true;
  timer_.stop();
  owner_.on_over(*this, error);
}

}  // namespace noderuntime
