// For the sources of this folder only: an Address as the system calls take it.
#pragma once

#include <sys/socket.h>

#include "common/net/address.h"

namespace noderuntime::net {

sockaddr_storage to_socket_address(const Address& address);

}  // namespace noderuntime::net
