// A peer that speaks the distribution protocol without a runtime. It sends frames that were made in advance,
// so that a benchmark measures the target and not the peer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "noderuntime/distribution/flags.h"
#include "noderuntime/distribution/handshake.h"
#include "test/bench/node/wire.h"

namespace noderuntime::bench {

struct Target {
  NodeName name;
  Port port;  // on the loopback interface
  std::string cookie;
  int process = 0;  // its id, for its CPU time; 0: unknown
};

// One connection, with blocking calls. Whatever goes wrong ends the program with a message.
class Client {
 public:
  Client(const Target& target, const std::string& own_name,
         distribution::Flags flags =
             distribution::hidden_flags.without(distribution::flag::DIST_HDR_ATOM_CACHE));
  void write(Bytes bytes);
  Bytes frame();  // the next one that is no tick, without its length; valid until the next call
  bool has_frame();
  const std::string& name() const { return name_; }
  int descriptor() const { return wire_->descriptor(); }

 private:
  void handshake(const Target& target, distribution::Flags flags);
  void fill();

  std::unique_ptr<Wire> wire_;
  std::string name_;
  Buffer input_;
  std::size_t at_ = 0;
};

// Functions that append the bytes of terms and frames.
void put_atom(Buffer& to, std::string_view text);
void put_tuple(Buffer& to, std::uint8_t size);
void put_small(Buffer& to, std::uint8_t value);
void put_binary(Buffer& to, Bytes bytes);
void put_pid(Buffer& to, std::string_view node, std::uint32_t number);
void put_reference(Buffer& to, std::string_view node, std::uint32_t number);
void put_frame(Buffer& to, Bytes control, Bytes payload);  // header layout, no cached atoms
void put_fragments(Buffer& to, std::uint64_t sequence, Bytes control, Bytes payload);

[[noreturn]] void give_up(const std::string& why);
double seconds();
double cpu_seconds(int process);  // user and system, of all threads

}  // namespace noderuntime::bench
