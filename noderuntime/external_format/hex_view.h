// Explains bytes of the external term format, line by line.
#pragma once

#include <string>

#include <noderuntime/bytes.h>

namespace noderuntime {

// One line per term or group of fields: offset, bytes (long ones are cut) and meaning, indented by nesting. A
// compressed term is inflated; its offsets are marked with z. Malformed bytes, and bytes behind the term, end
// in a line with the place and the reason.
//
//     0000  83                       version 131
//     0001  68 02                    SMALL_TUPLE_EXT 2 elements
//     0003  77 02 6f 6b                SMALL_ATOM_UTF8_EXT ok
//     0007  61 05                      SMALL_INTEGER_EXT 5
std::string hex_view(Bytes etf);

}  // namespace noderuntime
