// Explains external terms. Source: erl_ext_dist, which also has the names.
#include "noderuntime/external_format/hex_view.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "common/wire/reader.h"
#include "common/wire/utf8.h"
#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/tags.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/text.h"

namespace noderuntime {
namespace {

constexpr std::size_t bytes_per_line = 8, most_bytes = 64, most_indentation = 40, most_characters = 100,
                      most_inflated = std::size_t{64} << 20, most_ratio = 1032;  // of zlib

std::string hexadecimal(std::size_t value, std::size_t width) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (; value > 0; value >>= 4) out.insert(out.begin(), digits[value & 15]);
  return out.size() < width ? std::string(width - out.size(), '0') + out : out;
}

std::string count_of(std::size_t count, std::string_view what) {
  return std::to_string(count) + ' ' + std::string{what} + (count == 1 ? "" : "s");
}

std::string shortened(std::string_view utf8_text) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < most_characters && end < utf8_text.size(); ++i)
    if (!utf8::next(utf8_text, end)) break;
  return std::string{utf8_text.substr(0, end)} + (end < utf8_text.size() ? "..." : "");
}

class Viewer {
 public:
  Viewer(Bytes etf, std::string mark)
      : in_{etf}, start_{etf.data()}, end_{etf.data() + etf.size()}, mark_{mark} {}

  void version_and_term() {
    if (in_.peek() != version_byte) return invalid("the version byte 131 is missing");
    (void)in_.u8();
    line("version 131");
    whole_term();
  }

  // One term, then the end of the input.
  void whole_term() {
    open_.push_back({.terms = 1});
    while (!open_.empty() && !failed_) {
      if (open_.back().terms > 0) {
        --open_.back().terms;
        term();
        continue;
      }
      Open closed = open_.back();
      open_.pop_back();
      if (closed.then != 0) closing_fields(closed);
    }
    if (!failed_ && !in_.at_end()) invalid(count_of(in_.remaining(), "byte") + " behind the term");
  }
  std::string& text() { return out_; }
  bool failed() const { return failed_; }

 private:
  // The terms still to come inside a term; then, for some tags, more fields.
  struct Open {
    std::size_t terms;
    Byte then = 0;
    std::size_t words = 0;  // of a reference
  };

  // --- lines

  std::size_t offset(const Byte* at) const { return static_cast<std::size_t>(at - start_); }

  // Writes a line for what was read since the last one.
  void line(std::string_view meaning) {
    const Byte* from = line_start_ ? line_start_ : start_;
    Bytes read{from, in_.position()};
    line_start_ = in_.position();
    std::size_t indentation = open_.size() > 1 ? 2 * (open_.size() - 1) : 0;
    write(offset(from), read.first(std::min(read.size(), bytes_per_line)),
          std::string(std::min(indentation, most_indentation), ' ') + std::string{meaning});
    std::size_t shown = std::min(read.size(), most_bytes);
    for (std::size_t at = bytes_per_line; at < shown; at += bytes_per_line)
      write(offset(from) + at, read.subspan(at, std::min(bytes_per_line, shown - at)), "");
    if (read.size() > shown) out_ += "      ... " + count_of(read.size() - shown, "more byte") + '\n';
  }

  void write(std::size_t at, Bytes bytes, const std::string& meaning) {
    std::string row = mark_ + hexadecimal(at, 4) + ' ';
    for (Byte byte : bytes) row += ' ' + hexadecimal(byte, 2);
    if (!meaning.empty()) {
      std::size_t column = mark_.size() + 5 + 3 * bytes_per_line + 2;
      row.resize(std::max(row.size(), column), ' ');
      row += meaning;
    }
    out_ += row + '\n';
  }

  // Reports an error at what was read last, with the next bytes.
  void invalid(const std::string& why) {
    failed_ = true;
    const Byte* from = line_start_ ? line_start_ : start_;
    write(offset(from), Bytes{from, end_}.first(std::min<std::size_t>(bytes_per_line, end_ - from)),
          "invalid: " + why);
  }

  // Takes an announced number of bytes; nullopt: there are not so many.
  std::optional<Bytes> take(std::size_t count) {
    if (count <= in_.remaining()) return in_.bytes(count);
    invalid(count_of(count, "byte") + " announced, " + std::to_string(in_.remaining()) + " left");
    return std::nullopt;
  }

  // --- terms

  void term() {
    Byte tag = in_.u8();
    if (!in_.ok()) return invalid("the end, where a term should be");
    leaf_or_inside(tag);
    if (!failed_ && !in_.ok()) invalid("the end, inside of a term");
  }

  void leaf_or_inside(Byte tag) {
    switch (tag) {
      case tag::small_integer: return leaf("SMALL_INTEGER_EXT " + std::to_string(in_.u8()));
      case tag::integer: return leaf("INTEGER_EXT " + std::to_string(static_cast<std::int32_t>(in_.u32())));
      case tag::new_float: return new_float();
      case tag::float_text: return float_text();
      case tag::atom: return atom("ATOM_EXT ", in_.u16(), true);
      case tag::small_atom: return atom("SMALL_ATOM_EXT ", in_.u8(), true);
      case tag::atom_utf8: return atom("ATOM_UTF8_EXT ", in_.u16(), false);
      case tag::small_atom_utf8: return atom("SMALL_ATOM_UTF8_EXT ", in_.u8(), false);
      case tag::atom_cache_reference: return leaf("ATOM_CACHE_REF " + std::to_string(in_.u8()));
      case tag::nil: return leaf("NIL_EXT");
      case tag::string: return string(in_.u16());
      case tag::binary: return binary("BINARY_EXT ", in_.u32(), 8);
      case tag::bit_binary: {
        std::size_t size = in_.u32();
        return binary("BIT_BINARY_EXT ", size, in_.u8());
      }
      case tag::small_big: return big("SMALL_BIG_EXT ", in_.u8());
      case tag::large_big: return big("LARGE_BIG_EXT ", in_.u32());
      case tag::small_tuple: return counted("SMALL_TUPLE_EXT ", in_.u8(), "element", 1);
      case tag::large_tuple: return counted("LARGE_TUPLE_EXT ", in_.u32(), "element", 1);
      case tag::map: return counted("MAP_EXT ", in_.u32(), "pair", 2);
      case tag::list: return counted("LIST_EXT ", in_.u32(), "element", 1, 1);
      case tag::pid: return identifier("PID_EXT", tag, 0);
      case tag::new_pid: return identifier("NEW_PID_EXT", tag, 0);
      case tag::port: return identifier("PORT_EXT", tag, 0);
      case tag::new_port: return identifier("NEW_PORT_EXT", tag, 0);
      case tag::v4_port: return identifier("V4_PORT_EXT", tag, 0);
      case tag::reference: return identifier("REFERENCE_EXT", tag, 1);
      case tag::new_reference: return identifier("NEW_REFERENCE_EXT", tag, in_.u16());
      case tag::newer_reference: return identifier("NEWER_REFERENCE_EXT", tag, in_.u16());
      case tag::export_fun: return inside("EXPORT_EXT, then module, function, arity", {3});
      case tag::new_fun: return new_fun();
      case tag::record: return record();
      case tag::compressed: return compressed();
      default: return invalid("no tag " + std::to_string(tag) + " is known");
    }
  }

  void leaf(const std::string& meaning) {
    if (in_.ok()) line(meaning);
  }
  void inside(const std::string& meaning, Open open) {
    leaf(meaning);
    if (in_.ok()) open_.push_back(open);
  }
  // `tail`: one more term follows the counted ones.
  void counted(const std::string& name, std::size_t count, std::string_view what, std::size_t terms_each,
               std::size_t tail = 0) {
    if (in_.ok() && count > in_.remaining() / terms_each)
      return invalid(count_of(count, what) + " announced, " + count_of(in_.remaining(), "byte") + " left");
    inside(name + count_of(count, what), {count * terms_each + tail});
  }

  void new_float() {
    auto value = std::bit_cast<double>(in_.u64());
    if (!in_.ok()) return;
    bool finite = value - value == 0;
    finite ? line("NEW_FLOAT_EXT " + float_to_text(value)) : invalid("the float is not finite");
  }
  void float_text() {
    if (auto bytes = take(31))
      leaf("FLOAT_EXT " + std::string{as_text(*bytes).substr(0, as_text(*bytes).find('\0'))});
  }

  void atom(const std::string& name, std::size_t size, bool latin1) {
    auto bytes = in_.ok() ? take(size) : std::nullopt;
    if (!bytes) return;
    auto text = latin1 ? utf8::from_latin1(as_text(*bytes)) : std::string{as_text(*bytes)};
    auto length = utf8::length(text);
    if (!length) return invalid("the atom is not UTF-8");
    if (*length > 255) return invalid("an atom has at most 255 characters");
    line(name + name_text(text));
  }
  static std::string name_text(const std::string& text) {
    bool plain = !text.empty() && text[0] >= 'a' && text[0] <= 'z' &&
                 std::all_of(text.begin(), text.end(),
                             [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '@'; });
    return plain ? text : "'" + printable_text(text) + "'";
  }
  static std::string printable_text(std::string_view utf8_text) {
    std::string out;
    for (std::size_t at = 0; at < utf8_text.size();) {
      char32_t c = *utf8::next(utf8_text, at);
      c >= 0x20 && is_printable(c, true) ? utf8::append(out, c) : static_cast<void>(out += '.');
    }
    return shortened(out);
  }

  void string(std::size_t size) {
    auto bytes = in_.ok() ? take(size) : std::nullopt;
    if (bytes) line("STRING_EXT " + count_of(size, "byte") + quoted(*bytes));
  }
  void binary(const std::string& name, std::size_t size, unsigned last_bits) {
    auto bytes = in_.ok() ? take(size) : std::nullopt;
    if (!bytes) return;
    if (last_bits > 8 || (last_bits == 0 && size > 0))
      return invalid(std::to_string(last_bits) + " bits of the last byte");
    auto bits = last_bits == 8 || size == 0 ? "" : ", " + count_of(last_bits, "bit") + " of the last";
    line(name + count_of(size, "byte") + bits + quoted(*bytes));
  }
  // The bytes in quotes, if they are text.
  static std::string quoted(Bytes bytes) {
    auto text = as_text(bytes);
    if (text.empty() || !utf8::length(text)) return "";
    for (std::size_t at = 0; at < text.size();)
      if (!is_printable(*utf8::next(text, at), true)) return "";
    return " \"" + printable_text(text) + '"';
  }

  void big(const std::string& name, std::size_t size) {
    bool negative = in_.u8() != 0;
    auto bytes = in_.ok() ? take(size) : std::nullopt;
    if (!bytes) return;
    Heap heap;
    auto value = size <= most_bytes ? integer::from_little_endian(heap, *bytes, negative) : std::nullopt;
    line(name + count_of(size, "byte") +
         (value      ? " " + integer::to_text(*value)
          : negative ? ", negative"
                     : ""));
  }

  void identifier(const std::string& name, Byte tag, std::size_t words) {
    if (words > 5) return invalid(count_of(words, "word") + " of a reference");
    inside(name + (words > 0 ? " " + count_of(words, "word") : ""), {1, tag, words});
  }
  // The fields behind the node's name.
  void closing_fields(const Open& open) {
    auto number = [this](std::string_view name, std::size_t width) {
      auto value = width == 8 ? in_.u64() : width == 4 ? in_.u32() : in_.u8();
      return std::string{name} + ' ' + std::to_string(value);
    };
    bool short_creation = open.then == tag::pid || open.then == tag::port || open.then == tag::reference ||
                          open.then == tag::new_reference;
    std::size_t creation = short_creation ? 1 : 4;
    bool references = open.words > 0, ids_first = open.then == tag::reference;
    std::string text;
    if (!references || ids_first) text = number("id", open.then == tag::v4_port ? 8 : 4) + ", ";
    if (open.then == tag::pid || open.then == tag::new_pid) text += number("serial", 4) + ", ";
    text += number("creation", creation);
    for (std::size_t i = 0; references && !ids_first && i < open.words; ++i)
      text += number(i == 0 ? ", words" : "", 4);
    open_.push_back({0});  // they are indented like the name
    in_.ok() ? line(text) : invalid("the end, inside of a term");
    open_.pop_back();
  }

  void new_fun() {
    std::size_t size = in_.u32();
    unsigned arity = in_.u8();
    (void)in_.bytes(16);
    auto index = in_.u32();
    std::size_t free_count = in_.u32();
    if (in_.ok() && free_count > in_.remaining())
      return invalid(count_of(free_count, "free variable") + " announced");
    inside("NEW_FUN_EXT " + count_of(size, "byte") + ", arity " + std::to_string(arity) + ", MD5, index " +
               std::to_string(index) + ", " + count_of(free_count, "free variable") +
               "; then module, old index, old uniq, creator, variables",
           {4 + free_count});
  }

  void record() {
    std::size_t count = in_.u32();
    unsigned flags = in_.u8();
    if (in_.ok() && count > in_.remaining() / 2) return invalid(count_of(count, "field") + " announced");
    inside("RECORD_EXT " + count_of(count, "field") + (flags & 1 ? ", exported" : "") +
               "; then module, name, names, values",
           {2 + 2 * count});
  }

  void compressed() {
    std::size_t announced = in_.u32();
    Reader rest = in_;
    Bytes deflated = rest.rest();
    Buffer inflated(std::min({announced, most_inflated, deflated.size() * most_ratio}));
    auto size = static_cast<uLongf>(inflated.size());
    auto used = static_cast<uLong>(deflated.size());
    if (!in_.ok()) return;
    if (::uncompress2(inflated.data(), &size, deflated.data(), &used) != Z_OK || size != announced)
      return invalid("what is compressed does not inflate to " + count_of(announced, "byte"));
    (void)in_.bytes(used);
    line("COMPRESSED " + count_of(announced, "byte") + " when inflated:");
    Viewer inner{inflated, "z"};
    inner.whole_term();
    out_ += inner.text();
    failed_ = inner.failed();
  }

  Reader in_;
  const Byte* start_;
  const Byte* end_;
  const Byte* line_start_ = nullptr;
  std::string mark_, out_;
  std::vector<Open> open_;
  bool failed_ = false;
};

}  // namespace

std::string hex_view(Bytes etf) {
  Viewer viewer{etf, ""};
  viewer.version_and_term();
  std::string out = std::move(viewer.text());
  if (viewer.failed()) return out;
  // Finds what the lines cannot show: duplicate keys, contradictory sizes.
  Heap heap;
  auto decoded = decode_with_version(heap, etf, {});
  return decoded ? out : out + "invalid: " + decoded.error().message() + '\n';
}

}  // namespace noderuntime
