// For tests: the cost of a look-up in the table of atoms.
#pragma once

#include <cstddef>
#include <string_view>

namespace noderuntime {

std::size_t atom_probes(std::string_view text);  // places that are looked at until `text` is found, or not

}  // namespace noderuntime
