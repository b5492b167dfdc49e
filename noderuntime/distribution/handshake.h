// The handshake of two nodes, version 6, in both roles, without I/O.
// Source: erl_dist_protocol, "The Handshake in Detail"; docs/protocol/distribution.md, "Handshake messages".
//
//     Initiator (A)                    Acceptor (B)
//     'N' flags creation name  ──────►
//                              ◄──────  's' ok | ok_simultaneous | nok | not_allowed | alive | named:
//     's' true | false         ──────►  only after alive
//                              ◄──────  'N' flags challenge creation name
//     'r' challenge digest     ──────►
//                              ◄──────  'a' digest
//
// Both engines are used alike: feed() any cut of the stream, then call next() until it returns NeedInput, a
// Peer (it has proved the cookie; the handshake is finished) or an error (close the connection). Some events
// are questions; call answer() before the next next(). take_output() returns bytes to write, also after an
// error, which the peer may be told. take_rest() returns the input behind the handshake. Times are of any
// monotonic clock. Each step has its own limit: call on_time() at deadline().
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

// The proof of a cookie: the MD5 of its text and the challenge in decimal digits. Proofs are compared only by
// is(), in a time that does not reveal where they differ.
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

// The peer, proved by the cookie.
struct Peer {
  NodeName name;
  Creation creation;
  Flags flags;    // offered by both sides: determine frames and control messages
  Flags offered;  // offered by the peer
  Identity self;  // this node, as the peer knows it: named by the peer if it was asked to
  bool visible() const { return flags.has(flag::PUBLISHED); }
};

struct NeedInput {};

// What both roles share: packets, deadlines, output.
class Handshake {
 public:
  static constexpr int length_size = 2;  // bytes in front of each message that hold its length
  void feed(Bytes input) { packets_.feed(input); }
  Buffer take_output() { return std::exchange(output_, {}); }
  Buffer take_rest() { return packets_.take_rest(); }

  Milliseconds deadline() const { return deadline_; }
  Outcome on_time(Milliseconds now) const;  // error timeout: the step took too long; context: peer and step
  // The peer closed the connection before the handshake was finished: the most likely reason.
  Error finish() const;

 protected:
  Handshake(int length_size, Milliseconds step_limit, Milliseconds now)
      : length_size_{length_size},
        packets_{length_size, max_handshake_packet},
        step_limit_{step_limit},
        deadline_{now + step_limit} {}
  void send(const Writer& message);
  void send_status(std::string_view text);
  Error fail(Errc code, std::string_view detail) const;  // context: "peer: detail"
  void restart_clock(Milliseconds now) { deadline_ = now + step_limit_; }
  // next() of both engines, in handshake_steps.h.
  template <class Machine>
  static Result<typename Machine::Event> next_event(Machine& machine, Milliseconds now);
  template <class Machine>
  static Result<typename Machine::Event> run_steps(Machine& machine, Milliseconds now);
  // The next whole packet; nullopt: needs more input.
  Result<std::optional<Bytes>> packet();

  std::string peer_text_ = "a peer";  // for messages: the peer's name, once known
  const char* step_ = "";             // for messages: what is awaited
  std::optional<Error> failure_;      // of an earlier next(), which is returned again
  bool offered_digest_ = false;       // a peer that closes now does not accept it

 private:
  int length_size_;
  Packets packets_;
  Milliseconds step_limit_;
  Milliseconds deadline_;
  Buffer output_;
};

// The engine of the connecting side.
class Initiator : public Handshake {
 public:
  struct Config {
    std::optional<Identity> self;  // empty: the peer shall name this node
    std::string host;              // of this node, for the peer to make a name with
    NodeName peer;                 // the node that must answer
    Flags flags = visible_flags;
    Cookie cookie;        // for this peer
    Challenge challenge;  // random, new for each connection
    Milliseconds step_limit = default_step_limit;
    int length_size = Handshake::length_size;  // 4 inside of TLS
  };

  // Question: the peer still has a connection from this node. answer(true): it is dead, continue;
  // answer(false): it is in use, and this one ends (error other_connection).
  struct PeerSaysAlive {};
  using Event = std::variant<NeedInput, PeerSaysAlive, Peer>;

  Initiator(Config config, Milliseconds now);  // queues the 'N' message

  // errors  tls_peer          the peer speaks TLS
  //         other_connection  the peer prefers its own attempt: wait for its call
  //         names_nobody      it cannot name this node
  //         not_allowed, bad_cookie, bad_flags, wrong_node, bad_node_name, truncated, unexpected, too_large
  Result<Event> next(Milliseconds now);
  void answer(bool old_connection_is_dead);

 private:
  friend class Handshake;
  enum class Awaiting { status, answer, challenge, challenge_ack, nothing };
  Result<Awaiting> on_answer();
  Result<Awaiting> on_packet(Reader in);  // returns what is awaited next
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

// The engine of the listening side.
class Acceptor : public Handshake {
 public:
  struct Config {
    Identity self;
    Flags flags = visible_flags;
    std::function<Cookie(const NodeName&)> cookie_of;  // the cookie for a peer
    Challenge challenge;                               // random, new for each connection
    Milliseconds step_limit = default_step_limit;
    int length_size = Handshake::length_size;  // 4 inside of TLS
  };

  // Question: a node calls that has not proved the cookie. Answer it with answer() or answer_named().
  struct Caller {
    std::optional<NodeName> name;  // empty: it asks for a name
    std::string host;
    Creation creation;  // 0 if it is not known yet (version 5) or asked for
    Flags offered;
  };
  using Event = std::variant<NeedInput, Caller, Peer>;

  Acceptor(Config config, Milliseconds now);

  // errors  tls_peer          the peer speaks TLS; the output is an alert that says so
  //         bad_cookie, bad_flags, bad_node_name, truncated, unexpected, too_large
  //         other_connection  answered nok, or the peer keeps its old connection
  //         not_allowed       answered so
  Result<Event> next(Milliseconds now);
  void answer(Status status);            // to a Caller with a name (not Status::named); not_allowed: to any
  void answer_named(Identity invented);  // to a Caller without a name

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
