// TCP: connections and listeners.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/net/address.h"
#include "common/net/loop.h"
#include "common/net/stream.h"

namespace noderuntime::net {

// A connection of TCP. One with unread input is reset when it is destroyed. Loop thread only.
class TcpStream final : public Stream {
 public:
  static constexpr std::size_t most_at_once = std::size_t{1}
                                              << 20;  // bytes read before others have their turn

  explicit TcpStream(Loop& loop);
  static Result<std::unique_ptr<TcpStream>> adopt(Loop& loop, int descriptor);  // a connected socket
  ~TcpStream() override;
  void close();  // what dropping does, also inside its own callback: nothing is called any more, the stream
                 // is dead
  // Calls `connected` once, unless the stream is destroyed first. The caller limits the time.
  void connect(const Address& to, std::function<void(Outcome)> connected);

  void start(Events events) override;  // after stop_reading() it reads again
  void stop_reading() override;        // what arrives stays in the kernel
  void read_on() override;

  using Stream::write;
  void write(std::vector<Segment> segments) override;
  std::size_t pending_output() const override;
  std::size_t held_bytes() const override { return 0; }
  void finish_output() override;

  // Whether input, an end of stream or an error is pending.
  bool has_news() const;

  void set_no_delay(bool on) override;
  // On: sets SO_RCVLOWAT to 1 MiB, so that small input does not wake the loop; the kernel then
  // acknowledges input when it arrives instead of when it is read (socket(7), and __tcp_ack_snd_check of
  // Linux). Off by default.
  void await_much(bool on);
  Result<Address> peer() const override;
  Outcome vouches_for(const std::string&) const override { return done; }
  Result<Address> local() const;
  int descriptor() const;  // -1: not open

 private:
  friend class TcpListener;
  struct WriteRequest;
  void on_connected(int status);
  void on_written(int status);
  void end(Error error);
  void start_reading();
  void note_read(std::size_t bytes, bool more_waits);
  template <class Callback, class... Arguments>
  void call(const Callback& callback, Arguments&&... arguments);

  Loop& loop_;
  Handle<uv_tcp_s> handle_;
  std::function<void(Outcome)> connected_;
  Events events_;
  std::shared_ptr<void> life_ = std::make_shared<char>();  // ends with close()
  std::size_t read_at_once_ = 0;  // since the last read that left nothing in the kernel
  bool reads_ = false;
  bool has_place_ = false;  // the current read goes to Events::space
  bool ended_ = false;
  bool write_failed_ = false;
  int calls_ = 0;  // callbacks in progress
};

class TcpListener {
 public:
  static constexpr int most_at_once = 64;  // connections accepted before others have their turn

  using Accepted = std::function<void(std::unique_ptr<TcpStream>)>;
  struct Options {
    bool only_ipv6 = true;  // [::] does not accept IPv4 connections
    int backlog = 4096;     // the kernel lowers it to somaxconn
    bool no_delay = false;  // of accepted connections, which inherit it from the listening socket
  };

  // Errors: see is_address_in_use() and is_missing_family().
  static Result<std::unique_ptr<TcpListener>> open(Loop& loop, const Address& on, Options options,
                                                   Accepted accepted);
  // Listens on the first free port of first..last.
  static Result<std::unique_ptr<TcpListener>> open_in_range(Loop& loop, const Address& on, Port first,
                                                            Port last, Options options, Accepted accepted);
  // Takes over a socket that listens already. `options`: backlog and no_delay.
  static Result<std::unique_ptr<TcpListener>> adopt(Loop& loop, int descriptor, Options options,
                                                    Accepted accepted);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  Result<Address> local() const;
  int descriptor() const;
  // `failed` is called when the system refuses an accept, for instance when descriptors are used up.
  void on_failure(std::function<void(Error)> failed) { failed_ = std::move(failed); }

 private:
  TcpListener(Loop& loop, Accepted accepted) : loop_{loop}, accepted_{std::move(accepted)} {}
  Outcome listen(int backlog);
  void on_connection(int status);
  void accept(int status);

  Loop& loop_;
  Accepted accepted_;
  std::function<void(Error)> failed_;
  Handle<uv_tcp_s> handle_;
  std::uint64_t accepts_since_ = 0;  // the loop's time, ms
  int accepted_at_once_ = 0;         // since then
  std::shared_ptr<void> life_ = std::make_shared<char>();
};

// Reasons why a listener could not be opened.
bool is_address_in_use(const Error& error);
bool is_missing_family(const Error& error);  // the system has no IPv6, or no IPv4

}  // namespace noderuntime::net
