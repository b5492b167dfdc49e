// One TCP connection to another node, from its handshake to its end.
//
//     net::Stream ──► Initiator or Acceptor ──► Channel ──► Owner
//
// Owned by Peers. It reports to its owner and never destroys itself: after on_over() the owner drops it with
// Loop::drop_later. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/net/stream.h"
#include "common/net/timer.h"
#include "noderuntime/distribution/channel.h"
#include "noderuntime/distribution/handshake.h"
#include "noderuntime/node/deferred_calls.h"
#include "noderuntime/node/peer_counts.h"

namespace noderuntime {

class Connection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_caller(Connection&, const distribution::Acceptor::Caller&) = 0;  // answer with answer()
    virtual bool on_peer_says_alive(Connection&) = 0;                    // true: drop the old connection
    virtual void on_proved(Connection&, const distribution::Peer&) = 0;  // answer with open() or close()
    virtual void on_open(Connection&) = 0;                               // write() works from now on
    virtual void on_signal(Connection&, Signal&&) = 0;
    virtual void on_input_done(Connection&) = 0;  // after one or more signals
    virtual void on_drained(Connection&) = 0;
    virtual void on_over(Connection&, const Error&) = 0;  // once; no event follows
    virtual Traffic& all_traffic() = 0;                   // of all connections
    // See PeerEvents.
    virtual std::uint64_t begin_work(std::function<void()> work, std::function<void()> ended) = 0;
    virtual void cancel_work(std::uint64_t job) = 0;
  };

  Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::Stream> stream,
             distribution::Initiator::Config config);
  Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::Stream> stream,
             distribution::Acceptor::Config config);

  bool incoming() const { return incoming_; }
  bool is_up() const { return std::holds_alternative<distribution::Channel>(engine_); }
  std::string address() const;
  Result<net::Address> peer() const { return stream_->peer(); }
  Outcome vouches_for(const std::string& host) const { return stream_->vouches_for(host); }
  Atom node() const { return node_; }  // as the owner identified it; '' before that
  void set_node(Atom node) { node_ = node; }

  // For the owner, from within the events above.
  void answer(distribution::Status status) { std::get<distribution::Acceptor>(engine_).answer(status); }
  // Keeps `lease` as long as the connection lives.
  void answer_named(distribution::Identity given, std::shared_ptr<void> lease) {
    std::get<distribution::Acceptor>(engine_).answer_named(std::move(given));
    name_lease_ = std::move(lease);
  }
  void open(distribution::Channel::Config config);  // from on_proved
  void close(Error reason) { closing_ = std::move(reason); }
  void abandon();       // the owner drops it: no more events
  void stop_reading();  // no on_signal() follows; the owner is going to end it

  // Precondition: is_up(). It goes out at the next flush(). See Channel::write_unless_long().
  Result<distribution::Channel::Wrote> write(const SignalBody& signal);
  distribution::LongMessage long_message(const SignalBody& signal) const;
  void write(distribution::LongMessage&& encoded, const SignalBody& signal);
  bool flush();               // false: memory is short; the owner must end the connection
  bool has_flushed() const {  // the kernel has all that was to be written
    return stream_->pending_output() == 0 && !flushes_later_;
  }
  void finish_output();                // ends the stream behind all output; input is still read
  std::size_t pending_output() const;  // bytes not yet in the kernel, without waiting large messages
  std::size_t waiting_output() const;  // bytes of waiting large messages
  bool holds_back(const std::optional<Pid>& sender) const;  // one of them is this sender's
  std::size_t held_bytes() const;                           // unfinished messages, all output, and TLS
  const Traffic& traffic() const { return traffic_; }
  std::uint64_t silent_checks() const;  // 0: it is not up

 private:
  void start();
  void on_read(Bytes input);
  void on_end(Error error);
  void run_handshake();
  void run_channel(Bytes input);
  void read_signals();
  Result<distribution::Channel::Got> receive(Signal& signal);
  bool decode(Signal&& signal);
  void deliver_decoded();
  void deliver(Signal&& signal);
  void rest();
  void go_on();
  void drop_decoding();
  void write_handshake(Buffer output);
  void note_sent(std::size_t bytes);
  void write(Segments taken);
  void flush_or_end();
  void flush_more();
  void arm();
  void on_time();
  void over(Error error);
  distribution::Handshake* handshake();

  net::Loop& loop_;
  DeferredCalls later_{loop_};
  Owner& owner_;
  std::unique_ptr<net::Stream> stream_;
  net::Timer timer_;
  Traffic traffic_;
  std::variant<distribution::Initiator, distribution::Acceptor, distribution::Channel> engine_;
  bool incoming_;
  Atom node_;
  std::shared_ptr<void> name_lease_;  // of the name that the peer was given; null: it has its own
  // A long message that is being decoded, in time slices.
  struct Decoding {
    Signal signal;
    Outcome outcome = done;
    std::uint64_t job = 0;
  };
  std::unique_ptr<Decoding> decoding_;
  bool rests_ = false;  // the stream is not read until go_on(); the channel keeps the input it has
  bool flushes_later_ = false;
  bool over_ = false, finished_ = false, deaf_ = false;
  std::optional<Error> closing_;
  std::optional<distribution::Channel::Config> opening_;
};

}  // namespace noderuntime
