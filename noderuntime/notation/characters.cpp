#include "noderuntime/notation/characters.h"

#include <algorithm>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"

namespace noderuntime::notation {

std::optional<std::u32string> characters_of_list(Term list, IsPrintable printable) {
  std::u32string out;
  for (; list.is_cons(); list = list.tail()) {
    Term head = list.head();
    if (!head.is_small() || head.as_small() < 0 || head.as_small() > 0x10FFFF) return std::nullopt;
    auto c = static_cast<char32_t>(head.as_small());
    if (!printable(c)) return std::nullopt;
    out += c;
  }
  return list.is_nil() ? std::optional{std::move(out)} : std::nullopt;
}

std::optional<std::u32string> characters_of_binary(Term binary, IsPrintable printable) {
  if (!bits_of(binary).whole_bytes()) return std::nullopt;
  std::string bytes = bytes_of(binary);
  std::u32string out;
  for (std::size_t at = 0; at < bytes.size();) {
    auto c = utf8::next(bytes, at);
    if (!c || !printable(*c)) return std::nullopt;
    out += *c;
  }
  return out;
}

std::string bytes_of(Term bitstring) {
  BitView view = bits_of(bitstring);
  std::string out((view.bit_size + 7) / 8, '\0');
  bits::copy_to_front(view.data, view.bit_offset, reinterpret_cast<std::uint8_t*>(out.data()), view.bit_size);
  return out;
}

std::optional<char> escape_letter(const Escapes& escapes, char32_t c) {
  auto found = escapes.controls.find(c);
  return found == std::u32string_view::npos ? std::nullopt : std::optional{escapes.letters[found]};
}

void write_bytes(std::string& out, Term bitstring, std::string_view separator,
                 std::string (*rest)(unsigned value, unsigned bits)) {
  BitView view = bits_of(bitstring);
  for (std::uint64_t at = 0; at < view.bit_size; at += 8) {
    if (at > 0) out += separator;
    auto here = static_cast<unsigned>(std::min<std::uint64_t>(8, view.bit_size - at));
    auto value = static_cast<unsigned>(bits::read(view.data, view.bit_offset + at, here));
    out += here == 8 ? std::to_string(value) : rest(value, here);
  }
}

}  // namespace noderuntime::notation
