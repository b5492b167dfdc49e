// One TCP connection to a node: handshake, then channel.
//
//     TcpStream ──► Initiator or Acceptor ──► Channel ──► Owner
//
// It reports to its owner and never ends itself: the owner drops it
// (Loop::drop_later) when told that it is over.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "common/net/tcp.h"
#include "common/net/timer.h"
#include "noderuntime/distribution/channel.h"
#include "noderuntime/distribution/handshake.h"

namespace noderuntime {

class Connection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_caller(Connection&, const distribution::Acceptor::Caller&) = 0;  // answers by answer()
    virtual bool on_peer_says_alive(Connection&) = 0;                    // true: the old connection is dead
    virtual void on_proved(Connection&, const distribution::Peer&) = 0;  // answers by open() or close()
    virtual void on_open(Connection&) = 0;                               // from now on write() works
    virtual void on_signal(Connection&, Signal&&) = 0;
    virtual void on_input_done(Connection&) = 0;  // after some signals
    virtual void on_drained(Connection&) = 0;
    virtual void on_over(Connection&, const Error&) = 0;  // once; nothing follows
  };

  Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::TcpStream> stream,
             distribution::Initiator::Config config);
  Connection(net::Loop& loop, Owner& owner, std::unique_ptr<net::TcpStream> stream,
             distribution::Acceptor::Config config);

  bool incoming() const { return incoming_; }
  bool is_up() const { return std::holds_alternative<distribution::Channel>(engine_); }
  std::string address() const;
  Atom node() const { return node_; }  // whom its owner takes it for; '' before that
  void set_node(Atom node) { node_ = node; }

  // For the owner, from within the events above.
  void answer(distribution::Status status) { std::get<distribution::Acceptor>(engine_).answer(status); }
  void answer_named(distribution::Identity invented) {
    std::get<distribution::Acceptor>(engine_).answer_named(invented);
  }
  void open(distribution::Channel::Config config);  // from on_proved
  void close(Error reason) { closing_ = std::move(reason); }
  void abandon();  // the owner drops it by itself: no more events

  Outcome write(const SignalBody& signal);  // precondition: is_up(); written at the next flush()
  bool flush();          // false: there is no memory for it; the owner has to end the connection
  void finish_output();  // the end of the stream behind all that was written; input is still read
  std::size_t pending_output() const;  // bytes not yet with the kernel, without large messages that wait
  std::size_t waiting_output() const;  // bytes of these
  bool holds_back(const std::optional<Pid>& sender) const;  // it sent one of these
  std::size_t held_bytes() const;  // of messages that have not arrived whole, and of all output

 private:
  void start();
  void on_read(Bytes input);
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
  std::unique_ptr<net::TcpStream> stream_;
  net::Timer timer_;
  std::variant<distribution::Initiator, distribution::Acceptor, distribution::Channel> engine_;
  bool incoming_;
  Atom node_;
  bool over_ = false, finished_ = false;
  std::optional<Error> closing_;
  std::optional<distribution::Channel::Config> opening_;
};

}  // namespace noderuntime
