// Sockets without a stream around them: for servers with very many connections that say little. What
// TcpStream does with callbacks is done here when DescriptorSet says that it can be.
#pragma once

#include <optional>
#include <span>

#include "common/net/address.h"
#include "common/net/descriptor.h"

namespace noderuntime::net {

// IPv6 addresses take no IPv4 connections. Errors: see is_address_in_use() and is_missing_family() of tcp.h.
Result<Descriptor> open_listening_socket(const Address& on);
Outcome listen_on_passed_socket(int descriptor);  // bound by somebody else

enum class SocketKind { listening, connected, not_a_socket };
SocketKind kind_of(int descriptor);

struct AcceptedSocket {
  Descriptor socket;
  Address peer;
};
Result<std::optional<AcceptedSocket>> accept_from(int listener);  // nullopt: nobody waits
bool is_out_of_descriptors(const Error& error);

Result<std::optional<Bytes>> receive(int socket,
                                     std::span<Byte> into);       // nullopt: nothing yet; empty: the end
Result<std::size_t> send(int socket, Bytes first, Bytes second);  // in one piece; how much the kernel took
bool has_news(int socket);        // input, an end of stream or an error waits to be read
void end_connection(int socket);  // for the peer, even when another process has the socket too
Result<Address> local_address(int socket);
Result<Address> peer_address(int socket);

}  // namespace noderuntime::net
