// Which addresses to listen on.
#pragma once

#include <string_view>
#include <vector>

#include <noderuntime/result.h>
#include "common/net/address.h"

namespace noderuntime::epmd {

struct ListenAddress {
  net::Address address;
  bool asked_for;  // false: added by default; the daemon can do without it
};

// `list` has addresses separated by commas and blanks. An empty list means every address of both families.
// Otherwise the loopback of each family comes first, unless the list has it or the family's any-address. Each
// address is returned once. Errors have epmd's texts.
Result<std::vector<ListenAddress>> addresses_to_listen(std::string_view list, Port port);

}  // namespace noderuntime::epmd
