#include "noderuntime/functions/bytes_of.h"

#include "common/wire/utf8.h"
#include "noderuntime/term/bits.h"

namespace noderuntime {

namespace {

void append_bits(BitBuffer& to, Term binary) {
  auto view = bits_of(binary);
  to.bytes.resize((to.bits + view.bit_size + 7) / 8);
  bits::copy(view.data, view.bit_offset, to.bytes.data(), to.bits, view.bit_size);
  to.bits += view.bit_size;
}

}  // namespace

std::optional<BitBuffer> bits_of_list(Term list, bool whole_bytes) {
  BitBuffer out;
  auto accepted = [&](Term part) {
    return part.is_bitstring() && (!whole_bytes || bits_of(part).whole_bytes());
  };
  std::vector<Term> rest{list};
  while (!rest.empty()) {
    Term at = rest.back();
    rest.pop_back();
    for (; at.is_cons(); at = at.tail()) {
      Term head = at.head();
      if (head.is_small() && head.as_small() >= 0 && head.as_small() <= 255) {
        if (out.bits % 8 == 0) {
          out.bytes.push_back(static_cast<Byte>(head.as_small()));
        } else {
          out.bytes.resize(out.bytes.size() + 1);
          bits::write(out.bytes.data(), out.bits, 8, static_cast<std::uint64_t>(head.as_small()));
        }
        out.bits += 8;
      } else if (accepted(head)) {
        append_bits(out, head);
      } else if (head.is_list()) {
        rest.push_back(at.tail());
        rest.push_back(head);
        at = Term::nil();
        break;
      } else {
        return std::nullopt;
      }
    }
    if (accepted(at))
      append_bits(out, at);
    else if (!at.is_nil())
      return std::nullopt;
  }
  return out;
}

std::optional<Buffer> bytes_of_iolist(Term iolist) {
  auto bits = bits_of_list(iolist, true);
  if (!bits) return std::nullopt;
  return std::move(bits->bytes);
}

std::optional<std::string> text_of_list(Term list) {
  std::string text;
  for (; list.is_cons(); list = list.tail()) {
    Term head = list.head();
    if (!head.is_small() || head.as_small() < 0 || head.as_small() > 0x10FFFF ||
        (head.as_small() >= 0xD800 && head.as_small() <= 0xDFFF))
      return std::nullopt;
    utf8::append(text, static_cast<char32_t>(head.as_small()));
  }
  if (!list.is_nil()) return std::nullopt;
  return text;
}

std::optional<std::size_t> length_of(Term list) {
  std::size_t length = 0;
  for (; list.is_cons(); list = list.tail()) ++length;
  return list.is_nil() ? std::optional{length} : std::nullopt;
}

Term make_characters(Heap& heap, std::string_view text) {
  std::vector<Term> characters;
  characters.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    auto point = utf8::next(text, at);
    characters.push_back(
        Term::small(point ? static_cast<std::int64_t>(*point) : static_cast<unsigned char>(text[at++])));
  }
  return make_list(heap, characters);
}

}  // namespace noderuntime
