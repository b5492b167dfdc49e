// The handshake of two nodes, version 6, in both roles, without I/O.
// Source: erl_dist_protocol, "The Handshake in Detail".
//
//     Initiator (A)                    Acceptor (B)
//     'N' flags creation name  ──────►
//                              ◄──────  's' ok | ok_simultaneous | nok | not_allowed | alive | named:
//     's' true | false         ──────►  only after alive
//                              ◄──────  'N' flags challenge creation name
//     'r' challenge digest     ──────►
//                              ◄──────  'a' digest
//
// Both machines work alike: feed() takes any cut of the stream; then next() is called until it gives
// NeedInput, a Peer (it has proved the cookie: the machine is finished) or an error (close the
// connection). A question among the events is answered by answer() before the next next(). take_output()
// gives bytes to write, after an error too: the peer is told what it may know. take_rest() gives the
// input that follows the handshake. Time is any steady clock's; each step has its own limit: call
// on_time() when deadline() is reached.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "common/wire/md5.h"
#include "common/wire/packets.h"
#include "common/wire/writer.h"
#include "noderuntime/distribution/connections.h"
#include "noderuntime/distribution/flags.h"

namespace noderuntime::distribution {

using Milliseconds = std::chrono::milliseconds;
using Challenge = Strong<struct ChallengeTag, std::uint32_t>;

inline constexpr Milliseconds default_step_limit{7000};  // OTP's net_setuptime
inline constexpr std::size_t max_handshake_packet = 2048;

// What proves a cookie: MD5 of its text and the challenge in decimal digits. It is compared in one way only,
// in a time that does not tell where two differ.
class Proof {
 public:
  static constexpr std::size_t size = std::tuple_size_v<Digest>;
  explicit Proof(const Digest& digest) : digest_{digest} {}
  Bytes bytes() const { return digest_; }
  bool is(Bytes received) const;
  bool operator==(const Proof&) const = delete;

 private:
  Digest digest_;
};

struct Cookie {
  std::string text;
  Proof proof(Challenge challenge) const;
};

struct Identity {
  NodeName name;
  Creation creation;
};

// Who is at the other end, proved by the cookie.
struct Peer {
  NodeName name;
  Creation creation;
  Flags flags;    // what both sides offer: decides frames and control messages
  Flags offered;  // what the peer offers
  Identity self;  // who we are to this peer: given by it when we had asked for a name
  bool visible() const { return flags.has(flag::PUBLISHED); }
};

struct NeedInput {};

// What both roles share: packets, time, output.
class Handshake {
 public:
  void feed(Bytes input) { packets_.feed(input); }
  Buffer take_output() { return std::exchange(output_, {}); }
  Buffer take_rest() { return std::move(packets_).rest(); }

  Milliseconds deadline() const { return deadline_; }
  Outcome on_time(Milliseconds now) const;  // error timeout: the step's limit is over; context: peer and step
  // The peer closed the connection before it was proved: what that most likely means.
  Error on_end() const;

 protected:
  Handshake(Milliseconds step_limit, Milliseconds now)
      : step_limit_{step_limit}, deadline_{now + step_limit} {}
  void send(const Writer& message);
  void send_status(std::string_view text);
  Error fail(Errc code, std::string_view detail) const;  // context: "peer: detail"
  void restart_clock(Milliseconds now) { deadline_ = now + step_limit_; }
  // next() of both machines, in handshake_steps.h.
  template <class Machine>
  static Result<typename Machine::Event> next_event(Machine& machine, Milliseconds now);
  template <class Machine>
  static Result<typename Machine::Event> run_steps(Machine& machine, Milliseconds now);
  // The next whole packet: nullopt when more input is needed.
  Result<std::optional<Bytes>> packet();

  std::string peer_text_ = "a peer";  // for messages: its name once it is known
  const char* step_ = "";             // what is awaited, for messages
  std::optional<Error> failure_;      // of an earlier next(): it stays
  bool offered_digest_ = false;       // a peer that closes now does not like it

 private:
  Packets packets_{2, max_handshake_packet};
  Milliseconds step_limit_;
  Milliseconds deadline_;
  Buffer output_;
};

// The connecting side.
class Initiator : public Handshake {
 public:
  struct Config {
    std::optional<Identity> self;  // empty: ask the peer for a name
    std::string host;              // our host, when we ask for a name
    NodeName peer;                 // who must answer
    Flags flags = visible_flags;
    Cookie cookie;        // the one for this peer
    Challenge challenge;  // random, new for each connection
    Milliseconds step_limit = default_step_limit;
  };

  // Question: the peer still has a connection in our name. answer(true): it is dead, go on; false: it is in
  // use, and this one ends (error other_connection).
  struct PeerSaysAlive {};
  using Event = std::variant<NeedInput, PeerSaysAlive, Peer>;

  Initiator(Config config, Milliseconds now);  // queues 'N'

  // errors  other_connection  the peer prefers its own attempt: wait for it to call us
  //         names_nobody      it cannot give us a name
  //         not_allowed, bad_cookie, bad_flags, wrong_node, bad_node_name, truncated, unexpected, too_large
  Result<Event> next(Milliseconds now);
  void answer(bool old_connection_is_dead);

 private:
  friend class Handshake;
  enum class Awaiting { status, answer, challenge, challenge_ack, nothing };
  Result<Awaiting> on_answer();
  Result<Awaiting> on_packet(Reader in);  // a handler returns what is awaited after it
  Result<Awaiting> on_status(Reader in);
  Result<Awaiting> on_named(Reader in);
  Result<Awaiting> on_challenge(Reader in);
  Result<Awaiting> on_challenge_ack(Reader in);
  Event question() const { return PeerSaysAlive{}; }  // awaits answer()
  void send_name();
  void await(Awaiting what);

  Config config_;
  Awaiting awaiting_ = Awaiting::status;
  std::optional<bool> answer_;
  std::optional<Peer> peer_;
};

// The listening side.
class Acceptor : public Handshake {
 public:
  struct Config {
    Identity self;
    Flags flags = visible_flags;
    std::function<Cookie(const NodeName&)> cookie_of;  // which cookie to use for this peer
    Challenge challenge;                               // random, new for each connection
    Milliseconds step_limit = default_step_limit;
  };

  // Question: who calls, not proved. Answer with answer() or answer_named().
  struct Caller {
    std::optional<NodeName> name;  // empty: it asks us for a name
    std::string host;
    Creation creation;  // 0 when it is not known yet (version 5) or wanted from us
    Flags offered;
  };
  using Event = std::variant<NeedInput, Caller, Peer>;

  Acceptor(Config config, Milliseconds now);

  // errors  bad_cookie, bad_flags, bad_node_name, truncated, unexpected, too_large
  //         other_connection  we answered nok, or the peer keeps its old connection
  //         not_allowed       we answered so
  Result<Event> next(Milliseconds now);
  void answer(Status status);            // to a Caller with a name (not Status::named); not_allowed: to any
  void answer_named(Identity invented);  // to a Caller without one

 private:
  friend class Handshake;
  enum class Awaiting { name, answer, alive_answer, complement, challenge_reply, nothing };
  Result<Awaiting> on_packet(Reader in);
  Result<Awaiting> on_name(Reader in);
  Result<Awaiting> on_name_6(Reader in);
  Result<Awaiting> on_name_5(Reader in);
  Result<Awaiting> on_alive_answer(Reader in);
  Result<Awaiting> on_complement(Reader in);
  Result<Awaiting> on_challenge_reply(Reader in);
  Result<Awaiting> on_caller(std::string_view latin1, Flags offered, Creation creation);
  Result<Awaiting> on_answer();
  Event question() const { return caller_; }  // awaits answer()
  Result<Awaiting> send_challenge();
  void await(Awaiting what);

  Config config_;
  Awaiting awaiting_ = Awaiting::name;
  bool version_5_ = false;
  Caller caller_;
  std::optional<Status> answer_;
  std::optional<Identity> invented_;
  std::optional<Peer> peer_;
};

}  // namespace noderuntime::distribution
