// Which addresses to listen on.
#pragma once

#include <string_view>
#include <vector>

#include "common/net/address.h"
#include "noderuntime/result.h"

namespace noderuntime::epmd {

struct ListenAddress {
  net::Address address;
  bool asked_for;  // else added by us: the daemon can do without it
};

// `list` has addresses between commas and blanks. Without any: every address of both families. With some: the
// loopback of each family comes first, unless the list has it or the family's any-address; each address once.
// Errors carry epmd's texts.
Result<std::vector<ListenAddress>> addresses_to_listen(std::string_view list, Port port);

}  // namespace noderuntime::epmd
