#include "common/epmd_protocol/messages.h"

#include <charconv>
#include <type_traits>

#include "common/wire/reader.h"
#include "common/wire/utf8.h"
#include "common/wire/writer.h"

namespace noderuntime::epmd {
namespace {
enum class Tag : Byte {
#define EPMD_TAG(name, tag, text, remote) name = tag,
  EPMD_REQUESTS(EPMD_TAG)
#undef EPMD_TAG
};
constexpr Byte refused = 1;
constexpr std::uint16_t refused_creation = 99;  // the value that OTP sends
constexpr std::size_t min_alive2 = 14;          // an empty name and no extra take one byte less: malformed

Result<Request> decode_alive2(Bytes body, Reader in) {
  if (body.size() < min_alive2) return Error{Errc::truncated, "ALIVE2_REQ"};
  auto node = read_entry(in);
  if (!in.ok()) return Error{Errc::truncated, "ALIVE2_REQ"};  // bytes behind the extra are ignored
  if (node.name.find('\0') != node.name.npos) return Error{Errc::unexpected, "NUL in a name"};
  return Request{Alive2{std::move(node)}};
}

Result<Request> decode_port_please2(std::string_view name) {
  if (name.ends_with('\0')) name.remove_suffix(1);
  if (name.empty()) return Error{Errc::truncated, "PORT_PLEASE2_REQ"};
  if (name.find('\0') != name.npos) return Error{Errc::unexpected, "NUL in a name"};
  auto characters = utf8::length(name);
  if (!characters) return Error{Errc::unexpected, "name that is not UTF-8"};
  if (*characters > max_name_characters) return Error{Errc::too_large, "name"};
  return Request{PortPlease2{std::string{name}}};
}

Result<Request> decode_stop(std::string_view name) {
  if (name.empty()) return Error{Errc::truncated, "STOP_REQ"};
  return Request{Stop{std::string{name.substr(0, name.find('\0'))}}};
}

struct BodyWriter {
  Writer& out;
  void operator()(const Alive2& request) { write_entry(out, request.node); }
  void operator()(const PortPlease2& request) { out.string(request.name); }
  void operator()(const Stop& request) { out.string(request.name); }
  template <class Empty>
  void operator()(const Empty&) {}
};

struct Row {
  Tag tag;
  std::string_view name;
  bool from_other_hosts;
};
template <class Kind>
Row row_of(const Kind&) {
#define EPMD_ROW(kind, tag, text, remote) \
  if constexpr (std::is_same_v<Kind, kind>) return Row{Tag::kind, text, remote};
  EPMD_REQUESTS(EPMD_ROW)
#undef EPMD_ROW
}
Row row_of(const Request& request) {
  return std::visit([](const auto& kind) { return row_of(kind); }, request);
}

bool is_control(char32_t character) { return character < 0x20 || (character >= 0x7f && character < 0xa0); }
}  // namespace

void write_entry(Writer& out, const NodeEntry& node) {
  out.u16(node.port.value()).u8(node.node_type).u8(node.protocol).u16(node.highest).u16(node.lowest);
  out.u16(static_cast<std::uint16_t>(node.name.size())).string(node.name);
  out.u16(static_cast<std::uint16_t>(node.extra.size())).string(node.extra);
}

NodeEntry read_entry(Reader& in) {
  NodeEntry node;
  node.port = Port{in.u16()};
  node.node_type = in.u8();
  node.protocol = in.u8();
  node.highest = in.u16();
  node.lowest = in.u16();
  node.name = in.string(in.u16());
  node.extra = in.string(in.u16());
  return node;
}

std::string_view request_name(const Request& request) { return row_of(request).name; }
bool allowed_from_other_hosts(const Request& request) { return row_of(request).from_other_hosts; }

Buffer encode(const Request& request) {
  Writer body;
  body.u8(static_cast<Byte>(row_of(request).tag));
  std::visit(BodyWriter{body}, request);
  return std::move(Writer{}.u16(static_cast<std::uint16_t>(body.size())).bytes(body.buffer())).buffer();
}

Result<Request> decode_request(Bytes body) {
  Reader in{body};
  auto tag = in.u8();
  if (!in.ok()) return Error{Errc::truncated, "request"};
  switch (static_cast<Tag>(tag)) {
    case Tag::Alive2: return decode_alive2(body, in);
    case Tag::PortPlease2: return decode_port_please2(as_text(in.rest()));
    case Tag::Names: return Request{Names{}};  // bytes behind the tag of these and of Details are ignored
    case Tag::Dump: return Request{Dump{}};
    case Tag::Kill: return Request{Kill{}};
    case Tag::Stop: return decode_stop(as_text(in.rest()));
    case Tag::Details: return Request{Details{}};
  }
  return Error{Errc::unexpected, "tag " + std::to_string(tag)};
}

bool is_acceptable(const NodeEntry& node) {
  if (node.name.size() > max_name_bytes || node.extra.size() > max_extra) return false;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < node.name.size(); ++characters) {
    auto character = utf8::next(node.name, at);
    if (!character || is_control(*character)) return false;
  }
  return characters <= max_name_characters;
}

Buffer encode_registered(Creation creation, std::uint16_t highest) {
  if (has_wide_creation(highest))
    return std::move(Writer{}.u8(alive2_wide_answer).u8(accepted).u32(creation.value())).buffer();
  return std::move(Writer{}.u8(alive2_answer).u8(accepted).u16(static_cast<std::uint16_t>(creation.value())))
      .buffer();
}

Buffer encode_refused(std::uint16_t highest) {
  if (has_wide_creation(highest))
    return std::move(Writer{}.u8(alive2_wide_answer).u8(refused).u32(refused_creation)).buffer();
  return std::move(Writer{}.u8(alive2_answer).u8(refused).u16(refused_creation)).buffer();
}

Buffer encode_port2(const NodeEntry* found) {
  Writer out;
  out.u8(port2_answer).u8(found ? accepted : refused);
  if (found) write_entry(out, *found);
  return std::move(out).buffer();
}

void append_details_line(std::string& text, const Registered& row) {
  auto field = [&](const std::string& value) { text.append(value.empty() ? "-" : value).append(" "); };
  auto& node = row.node;
  for (unsigned number : {unsigned{node.port.value()}, unsigned{node.node_type}, unsigned{node.protocol},
                          unsigned{node.lowest}, unsigned{node.highest}})
    field(std::to_string(number));
  field(row.creation ? std::to_string(row.creation->value()) : "");
  field(row.since ? std::to_string(*row.since) : "");
  field(row.connection);
  text.append(node.name).append("\n");
}

std::optional<Registered> read_details_line(std::string_view line) {
  bool valid = true;
  auto field = [&] {
    auto end = line.find(' ');
    auto text = line.substr(0, end);
    valid = valid && end != line.npos && !text.empty();
    line.remove_prefix(valid ? end + 1 : 0);
    return text;
  };
  auto number = [&]<class Number>(Number most) -> std::optional<Number> {
    auto text = field();
    if (text == "-") return std::nullopt;
    Number value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    valid = valid && error == std::errc{} && end == text.data() + text.size() && value >= 0 && value <= most;
    return value;
  };
  Registered row;
  auto small = [&]<class Number>(Number most) { return number(most).value_or(Number{0}); };
  row.node.port = Port{small(std::uint16_t{UINT16_MAX})};
  row.node.node_type = small(std::uint8_t{UINT8_MAX});
  row.node.protocol = small(std::uint8_t{UINT8_MAX});
  row.node.lowest = small(std::uint16_t{UINT16_MAX});
  row.node.highest = small(std::uint16_t{UINT16_MAX});
  if (auto creation = number(std::uint32_t{UINT32_MAX})) row.creation = Creation{*creation};
  row.since = number(std::int64_t{1} << 40);
  row.connection = field();
  if (row.connection == "-") row.connection.clear();
  row.node.name = line;
  return valid && !line.empty() ? std::optional{row} : std::nullopt;
}

void append_names_line(std::string& text, const NodeEntry& node) {
  text.append("name ")
      .append(node.name)
      .append(" at port ")
      .append(std::to_string(node.port.value()))
      .append("\n");
}

// epmd ends each DUMP line with a zero byte (epmd_srv.c, EPMD_DUMP_REQ); so does this.
void append_dump_line(std::string& text, const NodeEntry& node, int descriptor) {
  text.append("active name     <")
      .append(node.name)
      .append("> at port ")
      .append(std::to_string(node.port.value()));
  text.append(", fd = ").append(std::to_string(descriptor)).append("\n").push_back('\0');
}

void append_dump_old_line(std::string& text, std::string_view name, Port port, int descriptor) {
  text.append("old/unused name <").append(name).append(">, port = ").append(std::to_string(port.value()));
  text.append(", fd = ").append(std::to_string(descriptor)).append(" \n").push_back('\0');
}

Buffer encode_listing(std::uint32_t epmd_port, std::string_view text) {
  return std::move(Writer{}.u32(epmd_port).string(text)).buffer();
}

}  // namespace noderuntime::epmd
