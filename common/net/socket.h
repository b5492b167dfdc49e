// Sockets without streams, for servers with very many connections that send little. The calls that TcpStream
// makes in callbacks are made by the caller, when DescriptorSet reports that they are possible.
#pragma once

#include <optional>
#include <span>

#include "common/net/address.h"
#include "common/net/descriptor.h"

namespace noderuntime::net {

// Listens on an address; an IPv6 address does not accept IPv4 connections. Errors: see is_address_in_use()
// and is_missing_family() in tcp.h.
Result<Descriptor> open_listening_socket(const Address& on);
Outcome listen_on_passed_socket(int descriptor);  // bound by another process

enum class SocketKind { listening, connected, not_a_socket };
SocketKind kind_of(int descriptor);

struct AcceptedSocket {
  Descriptor socket;
  Address peer;
};
Result<std::optional<AcceptedSocket>> accept_from(int listener);  // nullopt: no connection waits
bool is_out_of_descriptors(const Error& error);

Result<std::optional<Bytes>> receive(int socket,
                                     // nullopt: nothing yet; empty: end of stream
                                     std::span<Byte> into);
// in one piece; returns what the kernel took
Result<std::size_t> send(int socket, Bytes first, Bytes second);
bool has_news(int socket);  // input, an end of stream or an error is pending
// Ends the connection when the peer's host has not answered for 6 minutes: the kernel asks it after 60 s
// without input, and then 10 times every 30 s. Best effort.
void keep_alive(int socket);
void end_connection(int socket);  // for the peer, even if another process has the socket too
Result<Address> local_address(int socket);
Result<Address> peer_address(int socket);

}  // namespace noderuntime::net
