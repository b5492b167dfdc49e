// A socket of a bench, in plain or with TLS, with blocking calls. TLS is OpenSSL and nothing else, so that a bench
// shows what our node adds to it.
#pragma once

#include <span>

#include <noderuntime/bytes.h>

struct ssl_st;

namespace noderuntime::bench {

// The environment variable BENCH_TLS: a directory with node.pem, node.key and ca.pem; without it there is no TLS.
bool with_tls();

// Owns the socket. Whatever goes wrong ends the program with a message.
class Wire {
 public:
  enum class Role { client, server };
  Wire(int socket, Role role);  // does the handshake of TLS
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool write(Bytes bytes);                  // all of them; false: the other side has closed
  std::size_t read(std::span<Byte> place);  // at least one byte; 0: the other side has closed
  int descriptor() const { return socket_; }

 private:
  int socket_;
  ssl_st* session_ = nullptr;  // null: plain
};

}  // namespace noderuntime::bench
