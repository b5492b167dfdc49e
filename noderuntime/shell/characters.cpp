#include "noderuntime/shell/characters.h"

#include <cstdint>
#include <vector>

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/heap.h"

namespace noderuntime::shell {

namespace {

bool is_character_of(std::int64_t number, Encoding encoding) {
  if (encoding == Encoding::latin1) return number >= 0 && number <= 0xFF;
  return (number >= 0 && number < 0xD800) || (number > 0xDFFF && number <= 0x10FFFF);
}

// False: not whole bytes.
bool append_binary(std::string& text, Term binary, Encoding encoding) {
  BitView view = bits_of(binary);
  if (!view.whole_bytes()) return false;
  std::string bytes(view.bit_size / 8, '\0');  // a slice may begin inside a byte
  bits::copy_to_front(view.data, view.bit_offset, reinterpret_cast<std::uint8_t*>(bytes.data()),
                      view.bit_size);
  text += encoding == Encoding::latin1 ? utf8::from_latin1(bytes) : bytes;
  return true;
}

}  // namespace

// A binary may end inside of a character if another one goes on with it, so the text is checked as a whole.
std::optional<std::string> text_of(Term characters, Encoding encoding) {
  std::string text;
  std::vector<Term> tails;  // what follows the lists that are open
  for (Term rest = characters;;) {
    if (rest.is_cons()) {
      Term head = rest.head();
      if (head.is_list()) {
        tails.push_back(rest.tail());
        rest = head;
        continue;
      }
      if (head.is_small() && is_character_of(head.as_small(), encoding))
        utf8::append(text, static_cast<char32_t>(head.as_small()));
      else if (!head.is_bitstring() || !append_binary(text, head, encoding))
        return std::nullopt;
      rest = rest.tail();
      continue;
    }
    if (!rest.is_nil() && (!rest.is_bitstring() || !append_binary(text, rest, encoding))) return std::nullopt;
    if (tails.empty()) break;
    rest = tails.back();
    tails.pop_back();
  }
  if (encoding == Encoding::unicode && !utf8::length(text)) return std::nullopt;
  return text;
}

std::optional<Term> characters_of(Terms& terms, std::string_view text, Encoding encoding, bool binary) {
  if (encoding == Encoding::unicode) return binary ? terms.binary(text) : terms.string(text);
  auto latin1 = utf8::to_latin1(text);
  if (!latin1) return std::nullopt;
  return binary ? terms.binary(std::string_view{*latin1}) : terms.string(text);
}

std::size_t bytes_of_characters(std::string_view text, std::uint64_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) utf8::next(text, at);
  return at;
}

std::string valid_text(std::string_view bytes) {
  if (utf8::length(bytes)) return std::string{bytes};
  constexpr char32_t replacement = 0xFFFD;
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    auto character = utf8::next(bytes, at);
    if (!character) ++at;
    utf8::append(text, character.value_or(replacement));
  }
  return text;
}

}  // namespace noderuntime::shell
