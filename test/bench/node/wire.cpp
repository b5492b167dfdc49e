#include "test/bench/node/wire.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "test/bench/node/client.h"

namespace noderuntime::bench {

namespace {

SSL_CTX* make_context(Wire::Role role) {
  std::string directory = std::getenv("BENCH_TLS");
  auto* context = SSL_CTX_new(role == Wire::Role::server ? TLS_server_method() : TLS_client_method());
  auto file = [&](const char* name) { return directory + '/' + name; };
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_read_ahead(context, 1);
  if (SSL_CTX_use_certificate_chain_file(context, file("node.pem").c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, file("node.key").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_load_verify_locations(context, file("ca.pem").c_str(), nullptr) != 1)
    give_up("BENCH_TLS has no node.pem, node.key and ca.pem");
  return context;
}

SSL_CTX* context_of(Wire::Role role) {
  static SSL_CTX* const contexts[] = {make_context(Wire::Role::client), make_context(Wire::Role::server)};
  return contexts[static_cast<int>(role)];
}

}  // namespace

bool with_tls() { return std::getenv("BENCH_TLS") != nullptr; }

Wire::Wire(int socket, Role role) : socket_{socket} {
  if (!with_tls()) return;
  session_ = SSL_new(context_of(role));
  SSL_set_fd(session_, socket_);
  int result = role == Role::server ? SSL_accept(session_) : SSL_connect(session_);
  if (result != 1) give_up(std::string{"TLS: "} + ERR_error_string(ERR_get_error(), nullptr));
}

Wire::~Wire() {
  if (session_) SSL_free(session_);
  close(socket_);
}

bool Wire::write(Bytes bytes) {
  while (!bytes.empty()) {
    std::size_t written = 0;
    if (session_) {
      if (SSL_write_ex(session_, bytes.data(), bytes.size(), &written) != 1) return false;
    } else {
      auto count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      written = static_cast<std::size_t>(count);
    }
    bytes = bytes.subspan(written);
  }
  return true;
}

std::size_t Wire::read(std::span<Byte> place) {
  std::size_t read = 0;
  if (session_) {
    // What has arrived is taken together, as recv() does it.
    do {
      std::size_t more = 0;
      if (SSL_read_ex(session_, place.data() + read, place.size() - read, &more) != 1) break;
      read += more;
    } while (read < place.size() && SSL_has_pending(session_));
    return read;
  }
  auto count = recv(socket_, place.data(), place.size(), 0);
  return static_cast<std::size_t>(std::max<ssize_t>(0, count));
}

}  // namespace noderuntime::bench
