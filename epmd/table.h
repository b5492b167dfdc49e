// The table that survives a restart: what the registry held, as bytes that grow with each change.
//
//     magic:8 version:8 generation:32  record*          record: kind:8 length:16 body checksum:32
//
// A daemon that is killed may leave the last record unfinished; whatever stands in front of it counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "epmd/registry.h"

namespace noderuntime::epmd {

// The whole registry. Of several tables the one with the highest generation is the newest.
Buffer encode_table(const Registry& registry, std::uint32_t generation);

// What is appended when a registration has begun or ended.
Buffer encode_begin(const Registry::Record& record);
Buffer encode_end(Serial serial);

Result<std::uint32_t> generation_of(Bytes table);

// Brings `registry`, which is empty, to where the table ends. The owner of a restored registration is the
// connection with the number of its serial. The value: whether the table was whole to its last byte. Errors:
// unexpected: no table, or one of another version.
Result<bool> replay(Bytes table, Registry& registry);

// A serial as a name for the service manager: short, because it hands all names over in one string.
std::string name_of(Serial serial);
Result<Serial> parse_serial(std::string_view name);

}  // namespace noderuntime::epmd
