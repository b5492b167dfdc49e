#include "noderuntime/node/tls_stream.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace noderuntime {

namespace {

constexpr std::size_t record_size = 16'384;  // plain bytes of a full record
constexpr std::size_t most_early_input = 256
                                         << 10;  // bytes that a peer sends before its handshake is finished
constexpr std::size_t encrypted_at_once = std::size_t{1} << 20;  // plain bytes: about a millisecond
constexpr unsigned most_threads = 3;                             // of the pool, which has four
constexpr std::size_t header_size = 5;                           // of a record
constexpr std::size_t longest_record = record_size + 256;        // without its header

// The bytes of the whole records in front; all, if OpenSSL must say what is wrong with them. RFC 8446,
// section 5.1.
std::size_t whole_records(Bytes input) {
  constexpr Byte first_type = 0x14, last_type = 0x17;
  std::size_t at = 0;
  while (at < input.size()) {
    if (input[at] < first_type || input[at] > last_type) return input.size();
    if (input.size() - at < header_size) break;
    auto length = std::size_t{input[at + 3]} << 8 | input[at + 4];
    if (length > longest_record) return input.size();
    if (input.size() - at - header_size < length) break;
    at += header_size + length;
  }
  return at;
}

}  // namespace

// What a thread of the pool works on.
struct TlsStream::Handshake {
  std::optional<tls::Session> session{};
  Buffer input{}, output{};
  Result<bool> outcome = false;
  // For the loop thread, which touches nothing else during a step.
  bool begun = false;     // there is a session
  std::size_t taken = 0;  // bytes of the peer that it holds, in the input and parsed

  void run() noexcept {
    try {
      session->feed(input);
      outcome = session->handshake();
      session->keep_input();
      output = session->take_output();
      if (!outcome) session.reset();  // here: a chain of many certificates takes milliseconds to free
    } catch (const std::bad_alloc&) { outcome = Error{Errc::system, {}}; }
  }
};

// --- TlsSteps

struct TlsSteps::Step {
  std::weak_ptr<void> owner;
  std::function<void()> work, finished;
  std::unique_ptr<net::PoolTask> task{};
};

TlsSteps::TlsSteps(net::Loop& loop)
    : loop_{loop}, most_{std::clamp(std::thread::hardware_concurrency(), 2u, most_threads + 1) - 1} {}

TlsSteps::~TlsSteps() = default;

void TlsSteps::run(std::weak_ptr<void> owner, std::function<void()> work, std::function<void()> finished) {
  waiting_.push_back(std::make_unique<Step>(Step{std::move(owner), std::move(work), std::move(finished)}));
  start_next();
}

void TlsSteps::start_next() {
  while (!waiting_.empty() && running_.size() < most_) {
    auto& step = *running_.emplace_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (step.owner.expired()) {
      running_.pop_back();
      continue;
    }
    step.task = std::make_unique<net::PoolTask>(loop_, std::move(step.work), [this, &step] {
      auto at = std::find_if(running_.begin(), running_.end(), [&](auto& row) { return row.get() == &step; });
      auto ended = std::move(*at);
      running_.erase(at);
      start_next();
      if (!ended->owner.expired()) ended->finished();
      loop_.drop_later(std::move(ended));
    });
  }
}

// --- TlsStream

TlsStream::TlsStream(net::Loop& loop, std::shared_ptr<TlsShared> shared, std::unique_ptr<net::TcpStream> tcp,
                     std::shared_ptr<const tls::Context> context, std::string host)
    : loop_{loop},
      shared_{std::move(shared)},
      tcp_{std::move(tcp)},
      context_{std::move(context)},
      host_{std::move(host)},
      handshake_{std::make_shared<Handshake>()} {}

TlsStream::~TlsStream() = default;

// --- the TLS handshake

void TlsStream::secure(std::function<void(Outcome)> secured) {
  secured_ = std::move(secured);
  tcp_->set_no_delay(true);
  tcp_->start({.read = [this](Bytes records) { on_early_input(records); },
               .drained = {},
               .ended = [this](Error error) { on_early_end(std::move(error)); },
               .space = {}});
  if (context_->role() == tls::Role::client) step();
}

void TlsStream::on_early_input(Bytes records) {
  if (gone_) return;
  if (early_.size() + records.size() > most_early_input)
    return finish(Error{Errc::too_large, "the peer's part of the TLS handshake"});
  append(early_, records);
  step();
  count();
}

void TlsStream::on_early_end(Error error) {
  early_end_ = std::move(error);
  if (gone_) return gone_();
  if (!stepping_ && handshake_) finish(*early_end_);
}

Buffer TlsStream::take_whole_records() {
  auto size = static_cast<std::ptrdiff_t>(whole_records(early_));
  Buffer rest(early_.begin() + size, early_.end());
  early_.resize(static_cast<std::size_t>(size));
  return std::exchange(early_, std::move(rest));
}

// A server's session begins with the first whole record of the client: until then a connection costs no
// memory for it, and a peer that sends single bytes costs no turn of the pool. False: there is nothing to do.
bool TlsStream::step() {
  if (stepping_ || !handshake_) return true;
  auto records = take_whole_records();
  bool begins = context_->role() == tls::Role::client && !handshake_->session;
  if (records.empty() && !begins) return false;
  if (!handshake_->session) {
    auto session = tls::Session::create(context_, host_);
    if (!session) return later([this, error = session.error()] { finish(error); }), true;
    handshake_->session = std::move(*session);
    handshake_->begun = true;
  }
  handshake_->taken += records.size();
  handshake_->input = std::move(records);
  stepping_ = true;
  count();
  shared_->steps.run(
      life_, [handshake = handshake_] { handshake->run(); }, [this] { on_step(); });
  return true;
}

void TlsStream::on_step() {
  stepping_ = false;
  if (!handshake_) return;
  tcp_->write(std::exchange(handshake_->output, {}));
  auto& outcome = handshake_->outcome;
  if (!outcome) return finish(outcome.error());
  if (*outcome) {
    session_ = std::move(*handshake_->session);
    return finish(done);
  }
  if (!step() && early_end_) return finish(*early_end_);
  count();
}

void TlsStream::finish(Outcome outcome) {
  if (!secured_) return;
  handshake_.reset();
  count();
  auto secured = std::exchange(secured_, nullptr);
  secured(std::move(outcome));
}

void TlsStream::part(std::function<void()> gone) {
  gone_ = std::move(gone);
  early_ = {};
  count();
  if (early_end_) return later(gone_);
}

std::string TlsStream::description() const { return session_->description(); }

Outcome TlsStream::vouches_for(const std::string& host) const { return session_->vouches_for(host); }

// --- input

void TlsStream::start(Events events) {
  events_ = std::move(events);
  reads_ = true;
  tcp_->start({.read = [this](Bytes records) { on_records(records); },
               .drained = [this] { on_drained(); },
               .ended = [this](Error error) { end(std::move(error)); },
               .space = {}});
  // At once, because more input may come before the next turn.
  session_->feed(early_);
  session_->keep_input();
  early_ = {};
  count();
  later([this] { read_kept(); });
}

// What the session has kept, and the end of the connection behind it.
void TlsStream::read_kept() {
  if (!reads_) return;
  on_records({});
  if (reads_ && early_end_) end(*early_end_);
}

void TlsStream::stop_reading() {
  reads_ = false;
  tcp_->stop_reading();
}

void TlsStream::read_on() {
  if (ended_) return;
  reads_ = true;
  tcp_->read_on();
  later([this] { read_kept(); });
}

void TlsStream::on_records(Bytes records) {
  if (ended_) return;
  session_->feed(records);
  decrypt();
  session_->keep_input();
}

void TlsStream::decrypt() {
  while (reads_ && !ended_) {
    std::span<Byte> place;
    if (events_.space) place = events_.space();
    if (place.empty())
      place = {shared_->scratch.get(), TlsShared::scratch_size};
    else
      loop_.note_large_read();
    auto count = session_->read(place);
    send_records();  // answers to a KeyUpdate, a renegotiation; alerts
    if (!count) return end(count.error());
    if (*count == 0) break;
    if (events_.read) events_.read(place.first(*count));
  }
  if (plain_bytes_ > 0 && !resting_) encrypt_more();  // it waited for input
}

void TlsStream::end(Error error) {
  if (std::exchange(ended_, true)) return;
  stop_reading();
  if (events_.ended) events_.ended(std::move(error));
}

// --- output

void TlsStream::write(std::vector<net::Segment> segments) {
  for (auto& segment : segments) {
    if (segment.bytes().empty()) continue;
    plain_bytes_ += segment.bytes().size();
    plain_output_.push_back(std::move(segment));
  }
  if (!resting_) encrypt();
}

// One slice.
void TlsStream::encrypt() {
  bool wants_input = false;
  std::size_t left = encrypted_at_once;
  while (plain_bytes_ > 0 && left > 0 && !wants_input) {
    auto plain = front();
    plain = plain.first(std::min(plain.size(), left));
    auto taken = session_->write(plain);
    if (!taken) {
      plain_output_.clear();
      plain_bytes_ = front_done_ = 0;
      later([this, error = taken.error()] { end(error); });
      break;
    }
    consume(*taken);
    left -= *taken;
    wants_input = *taken < plain.size();
  }
  send_records();
  resting_ = plain_bytes_ > 0 && !wants_input;
  if (resting_ && tcp_->pending_output() == 0)
    later([this] {
      if (resting_) encrypt_more();
    });
  finish_if_written();
}

// The same from an event: who waits for the end of the output is told.
void TlsStream::encrypt_more() {
  resting_ = false;
  encrypt();
  if (pending_output() == 0 && events_.drained) events_.drained();
}

void TlsStream::on_drained() {
  if (resting_) return encrypt_more();
  count();
  if (plain_bytes_ == 0 && events_.drained) events_.drained();
}

// What is encrypted next: whole records of the first segment, or one record that is gathered from several.
Bytes TlsStream::front() {
  auto first = plain_output_.front().bytes().subspan(front_done_);
  if (plain_output_.size() == 1) return first;
  if (first.size() >= record_size) return first.first(first.size() / record_size * record_size);
  gathered_.assign(first.begin(), first.end());
  for (std::size_t i = 1; i < plain_output_.size() && gathered_.size() < record_size; ++i) {
    auto next = plain_output_[i].bytes();
    append(gathered_, next.first(std::min(next.size(), record_size - gathered_.size())));
  }
  return gathered_;
}

void TlsStream::consume(std::size_t bytes) {
  plain_bytes_ -= bytes;
  front_done_ += bytes;
  while (!plain_output_.empty() && front_done_ >= plain_output_.front().bytes().size()) {
    front_done_ -= plain_output_.front().bytes().size();
    plain_output_.pop_front();
  }
}

void TlsStream::send_records() {
  auto records = session_->take_output();
  if (records.empty()) return;
  tcp_->write(std::move(records));
  count();
}

std::size_t TlsStream::pending_output() const { return plain_bytes_ + tcp_->pending_output(); }

std::size_t TlsStream::held_bytes() const {
  bool has_session = session_ || (handshake_ && handshake_->begun);
  return (has_session ? tls::Session::typical_bytes : 0) + early_.capacity() + gathered_.capacity() +
         (handshake_ ? handshake_->taken : 0);
}

// Plain bytes are in the writer's account until they are encrypted.
void TlsStream::count() {
  share_.set(held_bytes() + tcp_->pending_output());
  if (!held_memory.is_over_bound() || !shared_->over_bound) return;
  later([this] {
    if (shared_->over_bound) shared_->over_bound();
  });
}

void TlsStream::finish_output() {
  finishes_ = true;
  finish_if_written();
}

void TlsStream::finish_if_written() {
  if (!finishes_ || plain_bytes_ > 0) return;
  finishes_ = false;
  session_->close();
  send_records();
  tcp_->finish_output();
}

void TlsStream::later(std::function<void()> action) {
  loop_.later([life = std::weak_ptr<void>{life_}, action = std::move(action)] {
    if (!life.expired()) action();
  });
}

}  // namespace noderuntime
