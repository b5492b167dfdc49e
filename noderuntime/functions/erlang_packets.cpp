// decode_packet/3: takes one packet from the front of a binary.
// Source: erlang(3), decode_packet; the formats as OTP accepts them (packet_parser.c).
#include <algorithm>
#include <cstring>

#include "common/wire/endian.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/searcher.h"
#include "noderuntime/functions/sub_binary.h"
#include "noderuntime/term/bits.h"

namespace noderuntime::erlang {

namespace {

enum class Packet { raw, one, two, four, asn1, sunrm, cdr, fcgi, line, tpkt, http, httph, ssl_tls };

struct Form {
  std::string_view name;
  Packet packet;
  bool binaries = false;  // return texts of HTTP as binaries
};
constexpr Form forms[] = {
    {"raw", Packet::raw},
    {"asn1", Packet::asn1},
    {"sunrm", Packet::sunrm},
    {"cdr", Packet::cdr},
    {"fcgi", Packet::fcgi},
    {"line", Packet::line},
    {"tpkt", Packet::tpkt},
    {"http", Packet::http},
    {"httph", Packet::httph},
    {"http_bin", Packet::http, true},
    {"httph_bin", Packet::httph, true},
    {"ssl_tls", Packet::ssl_tls},
};

std::optional<Form> form_of(Term type) {
  if (type == Term::small(0)) return Form{"", Packet::raw};
  if (type == Term::small(1)) return Form{"", Packet::one};
  if (type == Term::small(2)) return Form{"", Packet::two};
  if (type == Term::small(4)) return Form{"", Packet::four};
  if (!type.is_atom()) return std::nullopt;
  for (auto& form : forms)
    if (form.name == type.as_atom().text()) return form;
  return std::nullopt;
}

struct PacketOptions {
  std::uint64_t packet_size = 0, line_length = 0;  // 0: no limit
  char delimiter = '\n';
};

std::optional<PacketOptions> options_of(Term list, Packet packet) {
  PacketOptions options;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    if (!option.is_tuple(2) || !option.element(0).is_atom()) return std::nullopt;
    auto value = to_uint64(option.element(1));
    auto name = option.element(0).as_atom().text();
    if (!value || *value > UINT32_MAX) return std::nullopt;
    if (name == "packet_size")
      options.packet_size = *value;
    else if (name == "line_length")
      options.line_length = *value;
    else if (name == "line_delimiter" && packet == Packet::line && *value <= 255)
      options.delimiter = static_cast<char>(*value);
    else
      return std::nullopt;
  }
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

// The length of the packet. 0: not known yet; nullopt: not a packet.
using Length = std::optional<std::uint64_t>;

std::uint64_t number(std::string_view text, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(text[at + i]);
  return value;
}

Length with_header(std::uint64_t header, std::uint64_t body, const PacketOptions& options) {
  if (options.packet_size != 0 && body > options.packet_size) return std::nullopt;
  if (header + body > INT32_MAX) return std::nullopt;
  return header + body;
}

Length line_length(std::string_view text, const PacketOptions& options) {
  auto end = find_byte(text, options.delimiter, 0);
  auto size = end == text.npos ? text.size() : end + 1;
  if (options.packet_size != 0 && size > options.packet_size) return std::nullopt;
  if (options.line_length != 0 &&
      (end == text.npos ? size >= options.line_length : size > options.line_length))
    return options.line_length;
  return end == text.npos ? 0 : size;
}

Length asn1_length(std::string_view text, const PacketOptions& options) {
  if (text.size() < 2) return 0;
  std::size_t at = 1;
  if ((text[0] & 0x1f) == 0x1f) {  // a tag of several bytes
    for (Rounds rounds; at < text.size() && (text[at] & 0x80); rounds.next()) ++at;
    if (text.size() - at < 2) return 0;
    ++at;
  }
  auto length = static_cast<std::size_t>(text[at] & 0x7f);
  if (!(text[at] & 0x80)) return with_header(at + 1, length, options);
  ++at;
  if (text.size() - at < length) return 0;
  if (length > 4) return std::nullopt;
  return with_header(at + length, number(text, at, length), options);
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

// A header may continue in the next line, so the first byte of that line must be known.
Length http_length(std::string_view text, const PacketOptions& options, bool header) {
  if (text == "\n" || text == "\r\n") return text.size();
  auto most = options.packet_size ? options.packet_size : options.line_length;
  Rounds rounds;
  for (std::size_t from = 0;; rounds.next()) {
    auto end = find_byte(text, '\n', from);
    if (end == text.npos) return most != 0 && text.size() >= most ? Length{} : Length{0};
    auto size = end + 1;
    bool known = !header || size < text.size();
    if (known && header && is_space(text[size]) && size > 2) {
      from = size;
      continue;
    }
    if (most != 0 && size > most) return std::nullopt;
    return known ? size : 0;
  }
}

Length tls_length(std::string_view text, const PacketOptions& options) {
  if (text.size() < 5) return 0;
  if ((text[0] & 0x80) && text[2] == 1)  // a hello in the format of version 2
    return with_header(5, (number(text, 0, 2) & 0x7fff) - 3, options);
  return with_header(5, number(text, 3, 2), options);
}

Length cdr_length(std::string_view text, const PacketOptions& options) {
  if (text.size() < 12) return 0;
  if (!text.starts_with("GIOP")) return std::nullopt;
  auto size = static_cast<std::uint32_t>(number(text, 8, 4));
  return with_header(12, text[6] & 1 ? byte_swapped(size) : size, options);
}

Length length_of_packet(Packet packet, std::string_view text, const PacketOptions& options) {
  auto prefixed = [&](std::size_t bytes, std::uint64_t mask = UINT64_MAX) {
    return text.size() < bytes ? Length{0} : with_header(bytes, number(text, 0, bytes) & mask, options);
  };
  switch (packet) {
    case Packet::raw: return text.size();
    case Packet::one: return prefixed(1);
    case Packet::two: return prefixed(2);
    case Packet::four: return prefixed(4);
    case Packet::sunrm: return prefixed(4, 0x7fffffff);
    case Packet::asn1: return asn1_length(text, options);
    case Packet::cdr: return cdr_length(text, options);
    case Packet::line: return line_length(text, options);
    case Packet::http: return http_length(text, options, false);
    case Packet::httph: return http_length(text, options, true);
    case Packet::ssl_tls: return tls_length(text, options);
    case Packet::fcgi:
      if (text.size() < 8) return 0;
      if (text[0] != 1) return std::nullopt;
      return with_header(8, number(text, 4, 2) + number(text, 6, 1), options);
    case Packet::tpkt:
      if (text.size() < 4) return 0;
      if (text[0] != 3 || number(text, 2, 2) < 4) return std::nullopt;
      return with_header(4, number(text, 2, 2) - 4, options);
  }
  return std::nullopt;
}

// --- HTTP

constexpr std::string_view header_names[] = {"Cache-Control",
                                             "Connection",
                                             "Date",
                                             "Pragma",
                                             "Transfer-Encoding",
                                             "Upgrade",
                                             "Via",
                                             "Accept",
                                             "Accept-Charset",
                                             "Accept-Encoding",
                                             "Accept-Language",
                                             "Authorization",
                                             "From",
                                             "Host",
                                             "If-Modified-Since",
                                             "If-Match",
                                             "If-None-Match",
                                             "If-Range",
                                             "If-Unmodified-Since",
                                             "Max-Forwards",
                                             "Proxy-Authorization",
                                             "Range",
                                             "Referer",
                                             "User-Agent",
                                             "Age",
                                             "Location",
                                             "Proxy-Authenticate",
                                             "Public",
                                             "Retry-After",
                                             "Server",
                                             "Vary",
                                             "Warning",
                                             "Www-Authenticate",
                                             "Allow",
                                             "Content-Base",
                                             "Content-Encoding",
                                             "Content-Language",
                                             "Content-Length",
                                             "Content-Location",
                                             "Content-Md5",
                                             "Content-Range",
                                             "Content-Type",
                                             "Etag",
                                             "Expires",
                                             "Last-Modified",
                                             "Accept-Ranges",
                                             "Set-Cookie",
                                             "Set-Cookie2",
                                             "X-Forwarded-For",
                                             "Cookie",
                                             "Keep-Alive",
                                             "Proxy-Connection"};
constexpr std::string_view methods[] = {"OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"};

bool is_token(char c) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={} \t";
  return c > 32 && c < 127 && separators.find(c) == separators.npos;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// Takes parts off the front of a line.
class Line {
 public:
  explicit Line(std::string_view text) : text_{text} {}
  bool empty() const { return text_.empty(); }
  std::string_view rest() const { return text_; }
  bool skip_spaces() {
    auto before = text_.size();
    for (Rounds rounds; !text_.empty() && is_space(text_[0]); rounds.next()) text_.remove_prefix(1);
    return text_.size() != before;
  }
  template <class Accepts>
  std::string_view take_while(Accepts accepts) {
    Rounds rounds;
    std::size_t size = 0;
    while (size < text_.size() && accepts(text_[size])) ++size, rounds.next();
    return take(size);
  }
  std::string_view take(std::size_t size) {
    auto taken = text_.substr(0, size);
    text_.remove_prefix(taken.size());
    return taken;
  }
  bool take_if(std::string_view prefix) {
    if (!text_.starts_with(prefix)) return false;
    text_.remove_prefix(prefix.size());
    return true;
  }
  std::optional<std::int64_t> integer() {
    auto digits = take_while(is_digit);
    if (digits.empty() || digits.size() > 9) return std::nullopt;
    std::int64_t value = 0;
    for (char digit : digits) value = value * 10 + (digit - '0');
    return value;
  }

 private:
  std::string_view text_;
};

class Http {
 public:
  Http(Heap& heap, bool binaries) : heap_{heap}, binaries_{binaries} {}

  // The packet as a term; http_error if it is malformed.
  Term parse(std::string_view packet, bool header) {
    auto line = packet;
    line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
    auto parsed = header ? header_line(line) : start_line(line);
    return parsed ? *parsed : make_tuple(heap_, {name("http_error"), text(packet)});
  }

 private:
  static Term name(std::string_view text) { return Term::atom(Atom::of(text)); }
  Term text(std::string_view bytes) {
    return binaries_ ? make_binary(heap_, bytes) : make_bytes(heap_, bytes);
  }

  // HTTP/Major.Minor, from behind "HTTP/".
  std::optional<Term> version(Line& line) {
    auto major = line.integer();
    if (!major || !line.take_if(".")) return std::nullopt;
    auto minor = line.integer();
    if (!minor) return std::nullopt;
    return make_tuple(heap_, {Term::small(*major), Term::small(*minor)});
  }

  std::optional<Term> start_line(std::string_view text_of_line) {
    Line line{text_of_line};
    return line.take_if("HTTP/") ? response(line) : request(line);
  }

  std::optional<Term> response(Line& line) {
    auto protocol = version(line);
    if (!protocol || !line.skip_spaces()) return std::nullopt;
    auto status = line.integer();
    if (!status) return std::nullopt;
    line.skip_spaces();
    return make_tuple(heap_, {name("http_response"), *protocol, Term::small(*status), text(line.rest())});
  }

  std::optional<Term> request(Line& line) {
    auto method = line.take_while(is_token);
    if (method.empty() || !line.skip_spaces()) return std::nullopt;
    auto where = line.take_while([](char c) { return !is_space(c); });
    if (where.empty()) return std::nullopt;
    line.skip_spaces();
    Term protocol = make_tuple(heap_, {Term::small(0), Term::small(9)});
    if (!line.empty()) {
      if (!line.take_if("HTTP/")) return std::nullopt;
      auto said = version(line);
      if (!said) return std::nullopt;
      protocol = *said;
    }
    bool known = std::find(std::begin(methods), std::end(methods), method) != std::end(methods);
    return make_tuple(heap_,
                      {name("http_request"), known ? name(method) : text(method), uri(where), protocol});
  }

  Term uri(std::string_view where) {
    if (where == "*") return name("*");
    if (where.size() <= 1 || where[0] == '/') return make_tuple(heap_, {name("abs_path"), text(where)});
    for (std::string_view scheme : {"http", "https"}) {
      auto prefix = std::string{scheme} + "://";
      if (where.size() >= prefix.size() && strncasecmp(where.data(), prefix.c_str(), prefix.size()) == 0)
        return absolute(scheme, where.substr(prefix.size()));
    }
    auto colon = find_byte(where, ':', 0);
    if (colon == where.npos) return text(where);
    return make_tuple(heap_, {name("scheme"), text(where.substr(0, colon)), text(where.substr(colon + 1))});
  }

  // Host[:Port][/Path]
  Term absolute(std::string_view scheme, std::string_view rest) {
    auto slash = std::min(find_byte(rest, '/', 0), rest.size());
    auto host = rest.substr(0, slash), path = rest.substr(slash);
    Term port = Term::atom(atoms::undefined);
    if (auto colon = find_byte(host, ':', 0); colon != host.npos) {
      Line digits{host.substr(colon + 1)};
      if (auto value = digits.integer(); value && digits.empty()) port = Term::small(*value);
      host = host.substr(0, colon);
    }
    return make_tuple(heap_, {name("absoluteURI"), name(scheme), text(host), port,
                              text(path.empty() ? std::string_view{"/"} : path)});
  }

  static std::string capitalised(std::string_view field) {
    std::string result{field};
    bool up = true;
    for (char& c : result) {
      if (up && is_lower(c)) c = static_cast<char>(c - 32);
      if (!up && is_upper(c)) c = static_cast<char>(c + 32);
      up = c == '-' && !up;  // as on OTP: the second of two dashes is itself made upper case
    }
    return result;
  }

  std::optional<Term> header_line(std::string_view text_of_line) {
    if (text_of_line.empty()) return name("http_eoh");
    Line line{text_of_line};
    auto field = line.take_while(is_token);
    if (!line.take_if(":")) return std::nullopt;
    line.skip_spaces();
    auto value = line.rest();
    constexpr std::size_t longest = 50;  // longer names keep their spelling
    auto nice = field.size() <= longest ? capitalised(field) : std::string{field};
    auto known = std::find(std::begin(header_names), std::end(header_names), nice);
    bool is_known = known != std::end(header_names);
    return make_tuple(heap_,
                      {name("http_header"), Term::small(is_known ? known - std::begin(header_names) + 1 : 0),
                       is_known ? name(nice) : text(nice), text(field), text(value)});
  }

  Heap& heap_;
  bool binaries_;
};

// {ssl_tls, [], Type, {Major, Minor}, Body}; a hello of version 2 has a type of its own.
Term tls_record(Heap& heap, Term binary, std::string_view packet) {
  bool old = (packet[0] & 0x80) && packet[2] == 1;
  constexpr int handshake = 22, client_hello = 1;
  auto byte = [&](std::size_t at) { return Term::small(static_cast<unsigned char>(packet[at])); };
  Term body;
  if (old) {
    std::string hello{static_cast<char>(client_hello)};
    auto size = packet.size() - 5;
    for (int shift : {16, 8, 0}) hello.push_back(static_cast<char>((size + 2) >> shift));
    hello.append(packet.substr(3));
    body = make_binary(heap, hello);
  } else {
    body = part_of(heap, binary, 5 * 8, (packet.size() - 5) * 8);
  }
  Term version = old ? make_tuple(heap, {byte(3), byte(4)}) : make_tuple(heap, {byte(1), byte(2)});
  return make_tuple(heap, {Term::atom(Atom::of("ssl_tls")), Term::nil(),
                           old ? Term::small(handshake) : byte(0), version, body});
}

// The returned part of the packet: without the length field, where that is only a length.
Term body_of(Heap& heap, Term binary, Packet packet, std::string_view text) {
  std::size_t from = 0, end = text.size();
  if (packet == Packet::one) from = 1;
  if (packet == Packet::two) from = 2;
  if (packet == Packet::four) from = 4;
  if (packet == Packet::fcgi) end -= static_cast<unsigned char>(text[6]);
  return part_of(heap, binary, from * 8, (end - from) * 8);
}

}  // namespace

NativeResult decode_packet_3(Context& context, const Term* a) {
  auto form = form_of(a[0]);
  if (!form || !a[1].is_bitstring() || !a[2].is_list()) return badarg();
  auto options = options_of(a[2], form->packet);
  if (!options) return badarg();
  auto& heap = context.heap;
  MayPause here;
  auto bits = bits_of(a[1]).bit_size, bytes = bits / 8 * 8;
  // A bitstring ends with bits that belong to no packet.
  BinaryView view{bits == bytes ? a[1] : part_of(heap, a[1], 0, bytes)};
  auto text = view.text();
  auto length = length_of_packet(form->packet, text, *options);
  if (!length) return make_tuple(heap, {Term::atom(atoms::error), Term::atom(Atom::of("invalid"))});
  if (*length == 0 || *length > text.size()) {
    Term wanted =
        *length == 0 ? Term::atom(atoms::undefined) : Term::small(static_cast<std::int64_t>(*length));
    return make_tuple(heap, {Term::atom(Atom::of("more")), wanted});
  }
  auto packet = text.substr(0, *length);
  Term body;
  if (form->packet == Packet::http || form->packet == Packet::httph)
    body = Http{heap, form->binaries}.parse(packet, form->packet == Packet::httph);
  else if (form->packet == Packet::ssl_tls)
    body = tls_record(heap, a[1], packet);
  else
    body = body_of(heap, a[1], form->packet, packet);
  Term rest = part_of(heap, a[1], *length * 8, bits - *length * 8);
  return make_tuple(heap, {Term::atom(atoms::ok), body, rest});
}

}  // namespace noderuntime::erlang
