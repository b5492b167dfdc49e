// One TCP connection to another node, from its handshake to its end.
//
//     net::Stream ──► Initiator or Acceptor ──► Channel ──► Owner
//
// Owned by Peers. It reports to its owner and never destroys itself: after on_over() the owner drops it with
// Loop::drop_later. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/net/stream.h"
#include "common/net/timer.h"
#include "noderuntime/distribution/channel.h"
#include "noderuntime/distribution/handshake.h"

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
  void answer_named(distribution::Identity invented) {
    std::get<distribution::Acceptor>(engine_).answer_named(invented);
  }
  void open(distribution::Channel::Config config);  // from on_proved
  void close(Error reason) { closing_ = std::move(reason); }
  void abandon();       // the owner drops it: no more events
  void stop_reading();  // no on_signal() follows; the owner is going to end it

  Outcome write(const SignalBody& signal);  // precondition: is_up(); goes out at the next flush()
  bool flush();                             // false: memory is short; the owner must end the connection
  void finish_output();                     // ends the stream behind all output; input is still read
  std::size_t pending_output() const;       // bytes not yet in the kernel, without waiting large messages
  std::size_t waiting_output() const;       // bytes of waiting large messages
  bool holds_back(const std::optional<Pid>& sender) const;  // one of them is this sender's
  std::size_t held_bytes() const;                           // unfinished messages, all output, and TLS

 private:
  void start();
  void on_read(Bytes input);
  void on_end(Error error);
  void run_handshake();
  void run_channel(Bytes input);
  void write_handshake(Buffer output);
  void write(Segments taken);
  void flush_or_end();
  void arm();
  void on_time();
  void over(Error error);
  distribution::Handshake* handshake();

  net::Loop& loop_;
  Owner& owner_;
  std::unique_ptr<net::Stream> stream_;
  net::Timer timer_;
  std::variant<distribution::Initiator, distribution::Acceptor, distribution::Channel> engine_;
  bool incoming_;
  Atom node_;
  bool over_ = false, finished_ = false, deaf_ = false;
  std::optional<Error> closing_;
  std::optional<distribution::Channel::Config> opening_;
};

}  // namespace noderuntime
