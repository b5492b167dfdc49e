// TLS on a connection of TCP.
//
//     TcpStream ◄── records ──► tls::Session ◄── plain bytes ──► Connection
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/net/pool_task.h"
#include "common/net/tcp.h"
#include "noderuntime/term/memory.h"
#include "noderuntime/tls/session.h"

namespace noderuntime {

// Runs the steps of TLS handshakes on threads of the pool, few at once: a processor stays free for the loop,
// and a thread for who asks name servers. Loop thread only.
class TlsSteps {
 public:
  explicit TlsSteps(net::Loop& loop);
  ~TlsSteps();
  // Runs `work` on a thread of the pool, in the order of the calls, and then `finished` on the loop thread,
  // unless `owner` is gone. `work` owns what it needs, and throws nothing.
  void run(std::weak_ptr<void> owner, std::function<void()> work, std::function<void()> finished);

 private:
  struct Step;
  void start_next();
  net::Loop& loop_;
  const std::size_t most_;  // at once
  std::deque<std::unique_ptr<Step>> waiting_;
  std::vector<std::unique_ptr<Step>> running_;
};

// What the streams of a node have in common. They share it, because some outlive the node for a turn of the loop.
struct TlsShared {
  explicit TlsShared(net::Loop& loop) : steps{loop} {}
  static constexpr std::size_t scratch_size =
      64 << 10;  // bytes: some records, which stay in the processor's cache
  TlsSteps steps;
  std::function<void()>
      over_bound;  // called in the next turn, when streams hold more and the program too much
  std::unique_ptr<Byte[]> scratch =
      std::make_unique_for_overwrite<Byte[]>(scratch_size);  // for decrypted bytes
};

// Output is encrypted in slices, so that no step takes long and few records wait: the next slice follows when the
// kernel has taken the records of the last one, in another turn of the loop.
//
// First secure(), then, when that has succeeded, the functions of net::Stream. Loop thread only; the steps of
// the TLS handshake run on threads of the pool, because each takes up to some milliseconds of a processor.
class TlsStream final : public net::Stream {
 public:
  // `host`: of a client, what the server's certificate must name; of a server, "".
  TlsStream(net::Loop& loop, std::shared_ptr<TlsShared> shared, std::unique_ptr<net::TcpStream> tcp,
            std::shared_ptr<const tls::Context> context, std::string host);
  ~TlsStream() override;

  // Begins the TLS handshake. Calls `secured` once, not from inside, unless the stream is destroyed first.
  // The caller limits the time. Errors: those of tls::Session::handshake(), system.
  void secure(std::function<void(Outcome)> secured);
  // After secure() has failed: waits for the peer to read the alert that says why. Drops input meanwhile,
  // because unread input would make the kernel reset the connection, and the alert might be lost. Calls
  // `gone` once when the peer has closed, unless the stream is destroyed first. The caller limits the time.
  void part(std::function<void()> gone);
  std::string description() const;  // version and cipher. Precondition: it is secured

  void start(Events events) override;
  void stop_reading() override;
  void read_on() override;
  using Stream::write;
  void write(std::vector<net::Segment> segments) override;
  std::size_t pending_output() const override;
  std::size_t held_bytes() const override;
  void finish_output() override;
  void set_no_delay(bool on) override { tcp_->set_no_delay(on); }
  Result<net::Address> peer() const override { return tcp_->peer(); }
  Outcome vouches_for(const std::string& host) const override;

 private:
  struct Handshake;
  bool step();
  void on_step();
  Buffer take_whole_records();
  void on_early_input(Bytes records);
  void on_early_end(Error error);
  void finish(Outcome outcome);
  void on_records(Bytes records);
  void read_kept();
  void decrypt();
  void encrypt();
  void encrypt_more();
  void on_drained();
  Bytes front();
  void consume(std::size_t bytes);
  void send_records();
  void finish_if_written();
  void count();  // brings the account up to date
  void end(Error error);
  void later(std::function<void()> action);  // in the next turn, if the stream still exists

  net::Loop& loop_;
  std::shared_ptr<TlsShared> shared_;
  std::unique_ptr<net::TcpStream> tcp_;
  std::shared_ptr<const tls::Context> context_;
  std::string host_;
  std::shared_ptr<Handshake> handshake_;  // shared with the pool during a step; null: it is over
  bool stepping_ = false;
  std::function<void(Outcome)> secured_;
  std::function<void()> gone_;      // part() was called
  Buffer early_;                    // input that no step has taken
  std::optional<Error> early_end_;  // the connection ended during a step

  std::optional<tls::Session> session_;  // when it is secured
  Events events_;
  std::deque<net::Segment> plain_output_;  // not encrypted yet
  std::size_t plain_bytes_ = 0, front_done_ = 0;
  bool resting_ = false;   // the rest is encrypted when the kernel has taken the records, or in the next turn
  bool finishes_ = false;  // finish_output() was called
  Buffer gathered_;
  bool reads_ = false, ended_ = false;
  HeldShare share_;
  std::shared_ptr<void> life_ = std::make_shared<char>();
};

}  // namespace noderuntime
