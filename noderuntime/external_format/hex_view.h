// Bytes of the external term format, explained for people.
#pragma once

#include <string>

#include "noderuntime/bytes.h"

namespace noderuntime {

// One line per term or group of fields: offset, bytes (long ones cut), and what they mean, indented by
// nesting. A compressed term is inflated, its offsets are marked with z. Bytes that are no term end with a
// line that says where and why; so do bytes behind the term.
//
//     0000  83                       version 131
//     0001  68 02                    SMALL_TUPLE_EXT 2 elements
//     0003  77 02 6f 6b                SMALL_ATOM_UTF8_EXT ok
//     0007  61 05                      SMALL_INTEGER_EXT 5
std::string hex_view(Bytes etf);

}  // namespace noderuntime
