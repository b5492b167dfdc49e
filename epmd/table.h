// The table that survives a restart: the contents of the registry as bytes, to which each change is appended.
//
//     magic:8 version:8 generation:32  record*          record: kind:8 length:16 body checksum:32
//
// A daemon that is killed may leave the last record unfinished; everything before it is valid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "epmd/registry.h"

namespace noderuntime::epmd {

// The whole registry. Of several tables, the one with the highest generation is the newest.
Buffer encode_table(const Registry& registry, std::uint32_t generation);

// Records to append when a registration has begun or ended.
Buffer encode_begin(const Registry::Record& record);
Buffer encode_end(Serial serial);

Result<std::uint32_t> generation_of(Bytes table);

// Applies the table to `registry`, which must be empty. The owner of a restored registration is the
// connection with the number of its serial. Value: whether the table is intact to its last byte. Error
// unexpected: not a table, or of another version.
Result<bool> replay(Bytes table, Registry& registry);

// A serial as a name for the service manager; short, because the manager passes all names in one string.
std::string name_of(Serial serial);
Result<Serial> parse_serial(std::string_view name);

}  // namespace noderuntime::epmd
