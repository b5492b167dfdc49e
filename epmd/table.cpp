#include "epmd/table.h"

#include <iterator>

#include "common/wire/reader.h"
#include "common/wire/writer.h"

namespace noderuntime::epmd {
namespace {
constexpr std::string_view magic = "epmdtbl";
constexpr std::uint8_t version = 1;
enum class Kind : std::uint8_t { begin = 1, end = 2, remembered = 3 };

// FNV-1a. It only distinguishes finished records from unfinished ones.
std::uint32_t checksum(Bytes bytes) {
  std::uint32_t sum = 2166136261u;
  for (auto byte : bytes) sum = (sum ^ byte) * 16777619u;
  return sum;
}

void append_record(Writer& out, Kind kind, const Writer& body) {
  Writer record;
  record.u8(static_cast<std::uint8_t>(kind))
      .u16(static_cast<std::uint16_t>(body.size()))
      .bytes(body.buffer());
  out.bytes(record.buffer()).u32(checksum(record.buffer()));
}

void append_full(Writer& out, Kind kind, const Registry::Record& record) {
  Writer body;
  body.u64(record.serial.value())
      .u32(static_cast<std::uint32_t>(record.descriptor))
      .u32(record.counter.value());
  write_entry(body, record.node);
  body.u64(static_cast<std::uint64_t>(record.since));  // absent in older tables
  append_record(out, kind, body);
}

struct Line {
  Kind kind;
  Reader body;
};

// The next record; nullopt: the table ends here, properly (nothing remains) or not.
std::optional<Line> take_line(Reader& in) {
  auto* start = in.position();
  auto kind = static_cast<Kind>(in.u8());
  auto body = in.bytes(in.u16());
  Bytes record{start, in.position()};
  if (auto sum = in.u32(); !in.ok() || sum != checksum(record)) return std::nullopt;
  return Line{kind, Reader{body}};
}

Registry::Record read_full(Reader& in) {
  Registry::Record record{{}, Creation{0}, ConnectionId{0}, Serial{in.u64()}, 0, 0};
  record.owner = ConnectionId{record.serial.value()};
  record.descriptor = static_cast<int>(in.u32());
  record.counter = Creation{in.u32()};
  record.node = read_entry(in);
  if (in.ok() && in.remaining() >= sizeof(std::uint64_t)) record.since = static_cast<std::int64_t>(in.u64());
  return record;
}

bool apply_end(Reader& in, Registry& registry) {
  auto* record = registry.owned_by(ConnectionId{in.u64()});
  if (!in.ok() || !record) return false;
  registry.remove(std::string{record->node.name}, record->owner);
  return true;
}

bool apply(Line line, Registry& registry) {
  if (line.kind == Kind::end) return apply_end(line.body, registry);
  if (line.kind != Kind::begin && line.kind != Kind::remembered) return false;
  auto record = read_full(line.body);
  if (!line.body.ok() || !is_acceptable(record.node)) return false;
  if (line.kind == Kind::begin) return registry.restore(std::move(record));
  return registry.remember(std::move(record.node), record.counter, record.descriptor);
}

Result<std::uint32_t> read_header(Reader& in) {
  auto read = in.string(magic.size());
  auto its_version = in.u8();
  auto generation = in.u32();
  if (!in.ok() || read != magic) return Error{Errc::unexpected, "no table"};
  if (its_version != version) return Error{Errc::unexpected, "version " + std::to_string(its_version)};
  return generation;
}

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
}  // namespace

Buffer encode_table(const Registry& registry, std::uint32_t generation) {
  Writer out;
  out.string(magic).u8(version).u32(generation);
  for (const auto& record : registry.remembered()) append_full(out, Kind::remembered, record);
  const auto& registered = registry.registered();
  for (auto record = registered.rbegin(); record != registered.rend(); ++record)
    append_full(out, Kind::begin, *record);
  return std::move(out).buffer();
}

Buffer encode_begin(const Registry::Record& record) {
  Writer out;
  append_full(out, Kind::begin, record);
  return std::move(out).buffer();
}

Buffer encode_end(Serial serial) {
  Writer out;
  append_record(out, Kind::end, Writer{}.u64(serial.value()));
  return std::move(out).buffer();
}

Result<std::uint32_t> generation_of(Bytes table) {
  Reader in{table};
  return read_header(in);
}

Result<bool> replay(Bytes table, Registry& registry) {
  Reader in{table};
  if (auto header = read_header(in); !header) return header.error();
  while (!in.at_end()) {
    auto line = take_line(in);
    if (!line || !apply(*line, registry)) return false;
  }
  return in.ok();
}

std::string name_of(Serial serial) {
  std::string name;
  for (auto rest = serial.value(); rest > 0 || name.empty(); rest /= digits.size())
    name.insert(name.begin(), digits[rest % digits.size()]);
  return name;
}

Result<Serial> parse_serial(std::string_view name) {
  constexpr std::size_t longest = 10;  // more would not fit 64 bits
  std::uint64_t value = 0;
  if (name.empty() || name.size() > longest) return Error{Errc::unexpected, std::string{name}};
  for (char letter : name) {
    auto digit = digits.find(letter);
    if (digit == digits.npos) return Error{Errc::unexpected, std::string{name}};
    value = value * digits.size() + digit;
  }
  return Serial{value};
}

}  // namespace noderuntime::epmd
