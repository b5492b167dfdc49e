// What remains to be written is a stack of frames. A list's count is filled in at its end, so that a long
// list is walked once; only the test for STRING_EXT looks ahead.
#include "noderuntime/external_format/encode.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <utility>

#include "common/wire/endian.h"
#include "common/wire/utf8.h"
#include "noderuntime/external_format/tags.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime {
namespace {

constexpr std::size_t most_in_string = 65535, most_counted = 0xFFFFFFFF;
constexpr std::size_t fixed_room = 32;  // more than any term needs that the loop writes itself
constexpr std::size_t bytes_per_step = Pace::copied_bytes;
constexpr std::uint64_t old_port_limit = 1u << 28;

Byte* put_u16(Byte* at, std::size_t value) {
  return store_big_endian<std::uint16_t>(at, static_cast<std::uint16_t>(value));
}
Byte* put_u32(Byte* at, std::size_t value) {
  return store_big_endian<std::uint32_t>(at, static_cast<std::uint32_t>(value));
}
Byte* put_u64(Byte* at, std::uint64_t value) { return store_big_endian<std::uint64_t>(at, value); }

Byte* put_atom(Byte* at, std::string_view text) {
  if (text.size() <= 255) {
    at[0] = tag::small_atom_utf8, at[1] = static_cast<Byte>(text.size());
    at += 2;
  } else {
    at[0] = tag::atom_utf8;
    at = put_u16(at + 1, text.size());
  }
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// Whether the next cell follows in memory, as in most lists. A branch takes the next cell's address out
// of the chain of loads.
bool lies_behind(const Term* cell) { return cell[1] == list_at(cell + 2); }

// A small integer's word is 16 n + 15.
bool is_byte(Term term) { return (word_of(term) & ~Word{0xFF0}) == 0xF; }

// Writes the integers of 32 bits and the floats of a list from `cell` on, at most `most`, while there is room
// for any term. The result begins at the first cell that is not written; the last cell of the list never is.
struct Numbers {
  const Term* cell;
  Byte* at;
  std::size_t count;
};
[[gnu::noinline]] Numbers put_numbers(const Term* cell, Byte* at, const Byte* end, std::size_t most,
                                      bool floats) {
  std::size_t count = 0;
  for (; cell[1].is_cons() && count < most && static_cast<std::size_t>(end - at) >= fixed_room; ++count) {
    Term term = cell[0];
    if (term.is_small() && term.as_small() == static_cast<std::int32_t>(term.as_small())) {
      bool byte = static_cast<std::uint64_t>(term.as_small()) <= 255;
      at[0] = byte ? tag::small_integer : tag::integer;
      put_u32(at + 1, static_cast<std::size_t>(byte ? term.as_small() << 24 : term.as_small()));
      at += byte ? 2 : 5;
    } else if (floats && is_kind(term, Kind::floating)) {
      at[0] = tag::new_float;
      at = put_u64(at + 1, box_of(term)[1]);
    } else {
      break;
    }
    if (lies_behind(cell))
      cell += 2;
    else
      cell = cell_of(cell[1]);
  }
  return {cell, at, count};
}

}  // namespace

void Segments::keep(RefcBinary* bytes, std::size_t offset, std::size_t size) {
  kept_.push_back({own_.size(), bytes, offset, size});
  RefcBinary::keep(bytes);
  kept_size_ += size;
}

void Segments::clear() {
  for (auto& kept : kept_) RefcBinary::release(kept.bytes);
  kept_.clear();
  own_.clear();
  kept_size_ = 0;
}

void Segments::swap(Segments& other) noexcept {
  own_.swap(other.own_);
  kept_.swap(other.kept_);
  std::swap(kept_size_, other.kept_size_);
}

Buffer Segments::flatten() const {
  Buffer flat;
  flat.reserve(size());
  for_each([&](Bytes piece) { append(flat, piece); });
  return flat;
}

void Pieces::add(Segments&& piece) {
  auto own = piece.own().size(), all = piece.size(), capacity = piece.own().capacity();
  pieces_.push_back({own_size_, std::move(piece)});
  own_size_ += own, size_ += all, own_capacity_ += capacity;
}

Byte* Pieces::own_at(std::size_t at) {
  auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), at,
                                 [](std::size_t place, const Piece& piece) { return place < piece.at; });
  auto& piece = *std::prev(behind);
  return piece.bytes.own().data() + (at - piece.at);
}

Segments Pieces::take_first() {
  Segments first = std::move(pieces_[taken_++].bytes);
  size_ -= first.size(), own_capacity_ -= first.own().capacity();
  return first;
}

Encoder::Encoder(Segments& out, Term term, const EncodeOptions& options)
    : out_{out}, options_{options}, root_{term}, now_{Frame::terms, &root_, nullptr, 1} {}

Byte* Encoder::room(std::size_t bytes) {
  if (static_cast<std::size_t>(end_ - at_) < bytes) {
    Buffer& own = out_.own();
    auto used = static_cast<std::size_t>(at_ - own.data());
    own.resize(used + bytes +
               std::clamp<std::size_t>(used / 2, 64, 4096));  // a vector clears the bytes it grows by
    at_ = own.data() + used, end_ = own.data() + own.size();
  }
  return at_;
}

void Encoder::push(const Frame& inner) {
  if (now_.kind != Frame::terms || now_.left > 0) open_.push(now_);
  copy_words_apart(now_, inner);
}

Result<bool> Encoder::run(std::size_t budget) {
  Buffer& own = out_.own();
  at_ = own.data() + own.size(), end_ = at_;
  if (!started_ && options_.version) *room(1) = version_byte, ++at_;
  started_ = true;
  auto outcome = run_on(budget);
  own.resize(static_cast<std::size_t>(at_ - own.data()));
  return outcome;
}

void Encoder::move_to(Pieces& pieces) {
  pieces_ = &pieces;
  moved_ += out_.own().size(), moved_kept_ += out_.kept_size();
  pieces.add(std::exchange(out_, Segments{}));
}

std::size_t Encoder::count() {
  std::size_t size = out_.size() + std::exchange(skipped_, 0);
  moved_ += out_.own().size();
  out_.clear();
  return size;
}

void Encoder::fill_in(std::size_t place, std::size_t value) {
  if (place >= moved_)
    put_u32(out_.own().data() + (place - moved_), value);
  else if (pieces_)
    put_u32(pieces_->own_at(place), value);
}

// The state of run() as one local object, whose members the compiler keeps in registers. Therefore each
// member function is inlined, and the encoder has its own copy around calls of other functions: save(),
// load().
struct Encoder::Loop {
  // What the frame gives next.
  enum class Next { term, nothing, end, too_long };

  Loop(Encoder& owner, std::size_t steps) : encoder{owner}, budget{steps} { load(); }

  ALWAYS_INLINE void save() { encoder.at_ = at, copy_words_apart(encoder.now_, now); }
  ALWAYS_INLINE void load() { at = encoder.at_, end = encoder.end_, copy_words_apart(now, encoder.now_); }
  ALWAYS_INLINE Byte* start() const { return encoder.out_.own().data(); }
  ALWAYS_INLINE void spend(std::size_t steps) { budget -= steps < budget ? steps : budget; }
  ALWAYS_INLINE void ensure(std::size_t bytes) {
    if (static_cast<std::size_t>(end - at) < bytes) save(), encoder.room(bytes), load();
  }
  ALWAYS_INLINE void push(const Frame& inner) {
    if (now.kind != Frame::terms || now.left > 0) encoder.open_.push(now);
    now = inner;
  }
  ALWAYS_INLINE void close() { now.kind = Frame::terms, now.left = 0; }

  ALWAYS_INLINE Next next(Term& term);
  ALWAYS_INLINE Next next_of_list(Term& term);
  ALWAYS_INLINE void next_of_flat_map(Term& term);
  ALWAYS_INLINE Next next_of_trie(Term& term);
  ALWAYS_INLINE void fill_in_size();

  // These write the term, or begin it. False: it is one for Encoder::other().
  ALWAYS_INLINE bool write(Term term);
  ALWAYS_INLINE bool immediate(Term term);
  ALWAYS_INLINE void small_integer(std::int64_t value);
  ALWAYS_INLINE void atom(Atom atom);
  ALWAYS_INLINE void list(Term term);
  ALWAYS_INLINE bool boxed(Term term);
  ALWAYS_INLINE void tuple(Term term);
  ALWAYS_INLINE void flat_map(Term term);
  ALWAYS_INLINE void new_float(Term term);
  ALWAYS_INLINE bool heap_binary(Term term);
  ALWAYS_INLINE std::optional<Error> other(Term term);

  Encoder& encoder;
  std::size_t budget;
  Byte *at, *end;
  Frame now;
};

Encoder::Loop::Next Encoder::Loop::next(Term& term) {
  switch (now.kind) {
    case Frame::terms:
      if (now.left == 0) {
        if (encoder.open_.empty()) return Next::end;
        encoder.open_.pop(now);
        return Next::nothing;
      }
      term = *now.at++;
      --now.left;
      return Next::term;
    case Frame::list: return next_of_list(term);
    case Frame::flat_map: return next_of_flat_map(term), Next::term;
    case Frame::trie: return next_of_trie(term);
    case Frame::sorted_map: return encoder.sorted_.pop_back(), close(), Next::nothing;
    case Frame::fun_end: return fill_in_size(), close(), Next::nothing;
  }
  return Next::nothing;
}

Encoder::Loop::Next Encoder::Loop::next_of_list(Term& term) {
  if (now.at[0].is_small() || is_kind(now.at[0], Kind::floating)) {
    auto numbers = put_numbers(now.at, at, end, budget, !encoder.options_.text_floats);
    at = numbers.at, now.at = numbers.cell, now.left += numbers.count, budget -= numbers.count;
  }
  term = now.at[0];
  ++now.left;
  if (now.at[1].is_cons()) {
    now.at = cell_of(now.at[1]);
  } else {
    if (now.left > most_counted) return Next::too_long;
    encoder.fill_in(now.blank, now.left);
    now = {Frame::terms, now.at + 1, nullptr, 1};
  }
  return Next::term;
}

// The keys and the values in turn.
void Encoder::Loop::next_of_flat_map(Term& term) {
  if (now.left-- % 2 == 0) {
    term = *now.at++;
  } else {
    term = *now.values++;
    if (now.left == 0) now.kind = Frame::terms;
  }
}

// A child is a pair, whose key comes before its value, or a node.
Encoder::Loop::Next Encoder::Loop::next_of_trie(Term& term) {
  if (now.values) {
    term = *now.values;
    now.values = nullptr;
    if (now.left == 0) now.kind = Frame::terms;
    return Next::term;
  }
  term = *now.at++;
  --now.left;
  if (term.is_cons()) {
    now.values = cell_of(term) + 1;
    term = term.head();
    return Next::term;
  }
  if (now.left == 0) now.kind = Frame::terms;
  push({Frame::trie, box_as<TrieNode>(term)->children, nullptr, box_size(term) - 1});
  return Next::nothing;
}

// The size of a fun, whose last term is written.
void Encoder::Loop::fill_in_size() {
  encoder.fill_in(now.blank,
                  encoder.place_of(at) + encoder.moved_kept_ + encoder.out_.kept_size() - now.start);
}

bool Encoder::Loop::write(Term term) {
  enum : Word { cons = 1, box = 2, immediate_value = 3 };
  ensure(fixed_room);
  switch (word_of(term) & 3) {
    case immediate_value: return immediate(term);
    case cons: return list(term), true;
    case box: return boxed(term);
    default: return false;
  }
}

bool Encoder::Loop::immediate(Term term) {
  if (term.is_small())
    small_integer(term.as_small());
  else if (term.is_atom())
    atom(term.as_atom());
  else if (term.is_nil())
    *at++ = tag::nil;
  else
    return false;
  return true;
}

void Encoder::Loop::small_integer(std::int64_t value) {
  if (static_cast<std::uint64_t>(value) <= 255) {
    at[0] = tag::small_integer, at[1] = static_cast<Byte>(value);
    at += 2;
  } else if (value == static_cast<std::int32_t>(value)) {
    at[0] = tag::integer;
    at = put_u32(at + 1, static_cast<std::size_t>(value));
  } else {
    save(), encoder.integer(Term::small(value)), load();
  }
}

void Encoder::Loop::atom(Atom atom) {
  if (encoder.options_.atoms || encoder.options_.latin1_atoms) {
    save(), encoder.atom(atom), load();
  } else {
    auto text = atom.text();
    ensure(3 + text.size());
    at = put_atom(at, text);
  }
}

void Encoder::Loop::list(Term term) {
  if (is_byte(term.head())) {
    save();
    auto before = at - start();
    bool is_string = encoder.string(term);
    load();
    spend(static_cast<std::size_t>(at - start() - before) / 16);
    if (is_string) return;
  }
  *at = tag::list;
  auto blank = encoder.place_of(at + 1);
  at = put_u32(at + 1, 0);
  push({Frame::list, cell_of(term), nullptr, 0, blank});
}

bool Encoder::Loop::boxed(Term term) {
  switch (kind_of(term)) {
    case Kind::tuple: return tuple(term), true;
    case Kind::flat_map: return flat_map(term), true;
    case Kind::floating: return !encoder.options_.text_floats && (new_float(term), true);
    case Kind::binary: return heap_binary(term);
    default: return false;
  }
}

void Encoder::Loop::tuple(Term term) {
  std::size_t arity = box_size(term);
  if (arity <= 255) {
    at[0] = tag::small_tuple, at[1] = static_cast<Byte>(arity);
    at += 2;
  } else {
    *at = tag::large_tuple;
    at = put_u32(at + 1, arity);
  }
  push({Frame::terms, elements_of(term), nullptr, arity});
}

void Encoder::Loop::flat_map(Term term) {
  auto* flat = box_as<FlatMap>(term);
  std::size_t count = box_size(term) - 1;
  *at = tag::map;
  at = put_u32(at + 1, count);
  if (count > 0) push({Frame::flat_map, elements_of(flat->keys), flat->values, 2 * count});
}

void Encoder::Loop::new_float(Term term) {
  *at = tag::new_float;
  at = put_u64(at + 1, box_of(term)[1]);
}

// Copies whole words; the room for them is there.
bool Encoder::Loop::heap_binary(Term term) {
  auto* binary = box_as<HeapBinary>(term);
  if (binary->bit_size % 8 != 0) return false;
  std::size_t size = binary->bit_size / 8;
  ensure(5 + 8 * box_size(term));
  *at = tag::binary;
  at = put_u32(at + 1, size);
  for (std::size_t i = 0; i + 1 < box_size(term); ++i) std::memcpy(at + 8 * i, binary->data + 8 * i, 8);
  at += size;
  return true;
}

std::optional<Error> Encoder::Loop::other(Term term) {
  save();
  auto before = at - start();
  if (auto error = encoder.other(term)) return error;
  load();
  spend(static_cast<std::size_t>(at - start() - before) / bytes_per_step);
  return std::nullopt;
}

Result<bool> Encoder::run_on(std::size_t budget) {
  using Next = Loop::Next;
  Loop loop{*this, budget};
  for (;;) {
    Term term;
    switch (loop.next(term)) {
      case Next::term: break;
      case Next::nothing: continue;
      case Next::end: return loop.save(), true;
      case Next::too_long: return loop.save(), Error{Errc::too_large, "list"};
    }
    if (!loop.write(term))
      if (auto error = loop.other(term)) return *error;
    if (loop.budget == 0) return loop.save(), false;
    --loop.budget;
  }
}

std::optional<Error> Encoder::other(Term term) {
  if (term.is_local_pid()) return pid(term), std::nullopt;
  if (!is_boxed(term)) return Error{Errc::bad_term, "mark"};
  switch (kind_of(term)) {
    case Kind::positive_integer:
    case Kind::negative_integer: integer(term); break;
    case Kind::floating: {
      if (options_.text_floats) {
        float_text(to_double(term));
        break;
      }
      Byte* at = room(9);
      at[0] = tag::new_float;
      at_ = put_u64(at + 1, box_of(term)[1]);
      break;
    }
    case Kind::reference:
    case Kind::magic_reference:
    case Kind::external_reference: reference(term); break;
    case Kind::external_pid: pid(term); break;
    case Kind::external_port: port(term); break;
    case Kind::fun: fun(term); break;
    case Kind::export_fun: {
      auto* fun = box_as<ExportFun>(term);
      *room(1) = tag::export_fun, ++at_;
      atom(fun->module.as_atom()), atom(fun->function.as_atom());
      integer(Term::small(static_cast<std::int64_t>(fun->arity)));
      break;
    }
    case Kind::binary:
    case Kind::slice: return bitstring(term);
    case Kind::trie_map: trie(term); break;
    case Kind::record: {
      auto* record = box_as<NativeRecord>(term);
      Byte* at = room(6);
      at[0] = tag::record;
      at = put_u32(at + 1, record->count);
      *at = static_cast<Byte>(record->exported);
      at_ = at + 1;
      push({Frame::terms, &record->module, nullptr, 2 + 2 * record->count});
      break;
    }
    case Kind::tuple:
    case Kind::flat_map: break;
    case Kind::trie_node:
    case Kind::match_context: return Error{Errc::bad_term, "no external form"};
  }
  return std::nullopt;
}

// Writes the list as STRING_EXT if possible: proper, only bytes, not too long. The attempt costs one walk.
bool Encoder::string(Term list) {
  constexpr std::size_t piece = 1024;
  std::size_t count = 0;
  const Term* cell = cell_of(list);
  auto start = at_ - out_.own().data();
  at_ = room(3 + piece) + 3;
  for (bool more = true; more;) {
    Byte* to = room(piece);
    std::size_t here = 0;
    while (here < piece) {
      if (!is_byte(cell[0])) return at_ = out_.own().data() + start, false;
      to[here++] = static_cast<Byte>(word_of(cell[0]) >> 4);
      if (lies_behind(cell)) {
        cell += 2;
        continue;
      }
      more = cell[1].is_cons();
      if (!more) break;
      cell = cell_of(cell[1]);
    }
    at_ = to + here, count += here;
    if (count > most_in_string) return at_ = out_.own().data() + start, false;
  }
  if (!cell[1].is_nil()) return at_ = out_.own().data() + start, false;
  Byte* head = out_.own().data() + start;
  head[0] = tag::string;
  put_u16(head + 1, count);
  return true;
}

void Encoder::atom(Atom atom) {
  if (options_.atoms) {
    if (int number = options_.atoms->number(atom); number >= 0) {
      Byte* at = room(2);
      at[0] = tag::atom_cache_reference, at[1] = static_cast<Byte>(number);
      at_ = at + 2;
      return;
    }
  }
  auto text = atom.text();
  if (options_.latin1_atoms)
    if (auto latin1 = utf8::to_latin1(text)) {
      Byte* at = room(3 + latin1->size());
      at[0] = tag::atom;
      at = put_u16(at + 1, latin1->size());
      at_ = std::copy(latin1->begin(), latin1->end(), at);
      return;
    }
  at_ = put_atom(room(3 + text.size()), text);
}

// %.20e in 31 bytes, padded with zeros.
void Encoder::float_text(double value) {
  constexpr std::size_t width = 31;
  char text[width + 1] = {};
  std::snprintf(text, sizeof text, "%.20e", value);
  Byte* at = room(1 + width);
  at[0] = tag::float_text;
  at_ = std::copy_n(text, width, at + 1);
}

void Encoder::integer(Term term) {
  if (term.is_small() && term.as_small() == static_cast<std::int32_t>(term.as_small())) {
    auto value = term.as_small();
    Byte* at = room(5);
    bool byte = value >= 0 && value <= 255;
    at[0] = byte ? tag::small_integer : tag::integer;
    if (byte)
      at[1] = static_cast<Byte>(value);
    else
      put_u32(at + 1, static_cast<std::size_t>(value));
    at_ = at + (byte ? 2 : 5);
    return;
  }
  std::size_t size = integer::magnitude_bytes(term);
  Byte* at = room(6 + size);
  if (size <= 255) {
    at[0] = tag::small_big, at[1] = static_cast<Byte>(size);
    at += 2;
  } else {
    at[0] = tag::large_big;
    at = put_u32(at + 1, size);
  }
  *at++ = integer::is_negative(term);
  integer::to_little_endian(term, at);
  at_ = at + size;
}

void Encoder::pid(Term term) {
  auto pid = to_pid(options_.self, term);
  *room(1) = tag::new_pid, ++at_;
  atom(pid.node.name);
  at_ = put_u32(put_u32(put_u32(room(12), pid.id), pid.serial), pid.node.creation.value());
}

void Encoder::port(Term term) {
  auto* port = box_as<ExternalPort>(term);
  bool old = port->id < old_port_limit;
  *room(1) = old ? tag::new_port : tag::v4_port, ++at_;
  atom(port->node.as_atom());
  Byte* at = room(12);
  at = old ? put_u32(at, port->id) : put_u64(at, port->id);
  at_ = put_u32(at, port->creation);
}

void Encoder::reference(Term term) {
  auto reference = to_reference(options_.self, term);
  Byte* at = room(3);
  at[0] = tag::newer_reference;
  at_ = put_u16(at + 1, reference.count);
  atom(reference.node.name);
  at = put_u32(room(4 + 4 * Reference::max_words), reference.node.creation.value());
  for (std::size_t i = 0; i < reference.count; ++i) at = put_u32(at, reference.words[i]);
  at_ = at;
}

void Encoder::fun(Term term) {
  auto* fun = box_as<FunObject>(term);
  Byte* at = room(30);
  *at++ = tag::new_fun;
  auto blank = place_of(at);
  at = put_u32(at, 0);
  *at++ = static_cast<Byte>(fun->arity);
  at = std::copy_n(fun->uniq, sizeof fun->uniq, at);
  at_ = put_u32(put_u32(at, fun->index), fun->free_count);
  atom(fun->module.as_atom());
  integer(Term::small(fun->old_index)), integer(fun->old_uniq);
  pid(fun->creator);
  push({Frame::fun_end, nullptr, nullptr, 0, blank, blank + moved_kept_ + out_.kept_size()});
  push({Frame::terms, fun->free_variables, nullptr, fun->free_count});
}

std::optional<Error> Encoder::bitstring(Term term) {
  auto view = bits_of(term);
  std::size_t size = (view.bit_size + 7) / 8, last_bits = view.bit_size % 8;
  if (size > most_counted) return Error{Errc::too_large, "binary"};
  Byte* at = room(6);
  at[0] = last_bits > 0 ? tag::bit_binary : tag::binary;
  at = put_u32(at + 1, size);
  if (last_bits > 0) *at++ = static_cast<Byte>(last_bits);
  at_ = at;
  if (options_.count_only) return skipped_ += size, std::nullopt;
  if (size >= options_.keep_from && is_kind(term, Kind::slice) && view.bit_offset % 8 == 0 &&
      last_bits == 0) {
    Buffer& own = out_.own();
    own.resize(static_cast<std::size_t>(at_ - own.data()));
    out_.keep(box_as<SubBinary>(term)->bytes, view.bit_offset / 8, size);
    at_ = end_ = own.data() + own.size();
    return std::nullopt;
  }
  if (size >= options_.keep_from) return keep_copy(view), std::nullopt;
  if (view.bit_offset % 8 == 0 && last_bits == 0) {
    Buffer& own = out_.own();
    const Byte* start = view.data + view.bit_offset / 8;
    own.resize(static_cast<std::size_t>(at_ - own.data()));
    own.insert(own.end(), start, start + size);
    at_ = end_ = own.data() + own.size();
    return std::nullopt;
  }
  bits::copy_to_front(view.data, view.bit_offset, room(size), view.bit_size);
  at_ += size;
  return std::nullopt;
}

// A copy of its own, so that the bytes need not move again.
void Encoder::keep_copy(const BitView& view) {
  std::size_t size = (view.bit_size + 7) / 8;
  std::unique_ptr<RefcBinary, void (*)(RefcBinary*)> bytes{RefcBinary::create(size), RefcBinary::release};
  bits::copy_to_front(view.data, view.bit_offset, bytes->data, view.bit_size);
  bytes->used = size;
  Buffer& own = out_.own();
  own.resize(static_cast<std::size_t>(at_ - own.data()));
  out_.keep(bytes.get(), 0, size);
  at_ = end_ = own.data() + own.size();
}

void Encoder::trie(Term term) {
  std::size_t count = map::size(term);
  Byte* at = room(5);
  at[0] = tag::map;
  at_ = put_u32(at + 1, count);
  if (options_.deterministic) {
    sorted_.push_back(map::sorted(term));
    static_assert(sizeof(map::Entry) == 2 * sizeof(Term));
    push({Frame::sorted_map, nullptr, nullptr, 0});
    push({Frame::terms, &sorted_.back().front().key, nullptr, 2 * count});
  } else {
    auto* root = box_as<TrieNode>(box_as<TrieMap>(term)->root);
    push({Frame::trie, root->children, nullptr, box_size(box_as<TrieMap>(term)->root) - 1});
  }
}

Result<Buffer> encode(Term term, const EncodeOptions& options) {
  Segments out;
  Encoder encoder{out, term, options};
  for (;;) {
    auto whole = encoder.run(~std::size_t{0});
    if (!whole) return whole.error();
    if (*whole) break;
  }
  if (!out.kept().empty()) return out.flatten();
  return std::move(out.own());
}

namespace {

// At the pace of the process: what a call of run() may take, and its cost.
constexpr std::size_t paced_budget = 1024;
constexpr std::int64_t paced_steps = 4 * paced_budget;
constexpr std::size_t smallest_piece = std::size_t{64} << 10, kept_in_piece = std::size_t{16} << 10;

}  // namespace

Result<Pieces> encode_in_pieces(Term term, EncodeOptions options) {
  options.keep_from = kept_in_piece;
  Segments out;
  Pieces pieces;
  Encoder encoder{out, term, options};
  for (;;) {
    auto whole = encoder.run(paced_budget);
    if (!whole) return whole.error();
    if (*whole || out.size() >= smallest_piece) encoder.move_to(pieces);
    if (*whole) return pieces;
    pace.spend(paced_steps);
  }
}

Result<std::size_t> encoded_size(Term term, EncodeOptions options) {
  options.count_only = true;
  Segments out;
  Encoder encoder{out, term, options};
  for (std::size_t size = 0;;) {
    auto whole = encoder.run(paced_budget);
    if (!whole) return whole.error();
    size += encoder.count();
    if (*whole) return size;
    pace.spend(paced_steps);
  }
}

Term make_binary(Heap& heap, Pieces&& pieces) {
  constexpr std::size_t heap_binary_bytes = 64;
  if (pieces.size() <= heap_binary_bytes) {
    Buffer all;
    pieces.for_each([&](Bytes bytes) { append(all, bytes); });
    return make_binary(heap, Bytes{all});
  }
  std::size_t size = pieces.size();
  std::unique_ptr<RefcBinary, void (*)(RefcBinary*)> joined{RefcBinary::create(size), RefcBinary::release};
  while (!pieces.empty())
    pieces.take_first().for_each([&](Bytes bytes) {
      in_pieces(bytes.size(), Pace::copied_bytes, [&](std::size_t at, std::size_t count) {
        std::memcpy(joined->data + joined->used + at, bytes.data() + at, count);
      });
      joined->used += bytes.size();
    });
  return make_slice(heap, joined.get(), 0, 8 * std::uint64_t{size});
}

namespace {

// Compresses the body of a term. The result begins with 131 80 Size:32.
class Deflater {
 public:
  static constexpr std::size_t header = 6;

  // `size`: of the body.
  Deflater(std::size_t size, int level) : most_{size - header + 1}, piece_{piece_of(level)} {
    if (deflateInit(&stream_, level) != Z_OK) throw HeapLimitExceeded{};
    auto& own = room_.own();
    own.resize(header);
    own[0] = version_byte, own[1] = tag::compressed;
    put_u32(own.data() + 2, size);
    out_.add(std::exchange(room_, Segments{}));
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Nothing is compressed any more once the result is not shorter than the body.
  void add(Bytes bytes) {
    constexpr std::size_t steps_per_byte = 6;
    while (!bytes.empty() && is_shorter()) {
      auto piece = bytes.first(std::min(piece_, bytes.size()));
      bytes = bytes.subspan(piece.size());
      stream_.next_in = const_cast<Byte*>(piece.data());
      stream_.avail_in = static_cast<uInt>(piece.size());
      while (stream_.avail_in > 0 || stream_.avail_out == 0) deflate_some(Z_NO_FLUSH);
      pace.spend(static_cast<std::int64_t>(piece.size() * steps_per_byte));
    }
  }
  // Empty: the result is not shorter.
  Pieces finish() {
    while (is_shorter() && deflate_some(Z_FINISH) != Z_STREAM_END) {}
    if (!is_shorter()) return {};
    room_.own().resize(room_.own().size() - stream_.avail_out);
    out_.add(std::move(room_));
    return std::move(out_);
  }

 private:
  // The input of one call, so that it ends soon also when the level lets zlib compare much.
  static std::size_t piece_of(int level) {
    constexpr std::size_t usual = 4096, thorough = 512;
    return level <= 7 ? usual : thorough;
  }
  bool is_shorter() const { return stream_.total_out <= most_; }
  int deflate_some(int flush) {
    constexpr std::size_t room = std::size_t{64} << 10;
    if (stream_.avail_out == 0) {
      if (!room_.empty()) out_.add(std::exchange(room_, Segments{}));
      room_.own().resize(room);
      stream_.next_out = room_.own().data();
      stream_.avail_out = static_cast<uInt>(room);
    }
    return deflate(&stream_, flush);
  }

  z_stream stream_{};
  std::size_t most_, piece_;
  Segments room_;
  Pieces out_;
};

bool is_compressible(std::size_t body) { return body >= Deflater::header && body <= UINT32_MAX; }

}  // namespace

Pieces compressed(const Pieces& plain, int level) {
  std::size_t body = plain.size() - 1;
  if (!is_compressible(body)) return {};
  Deflater deflater{body, level};
  bool first = true;
  plain.for_each([&](Bytes bytes) { deflater.add(bytes.subspan(std::exchange(first, false) ? 1 : 0)); });
  return deflater.finish();
}

std::optional<Buffer> compressed(Bytes plain, int level) {
  auto body = plain.subspan(1);
  if (!is_compressible(body.size())) return std::nullopt;
  Deflater deflater{body.size(), level};
  deflater.add(body);
  auto pieces = deflater.finish();
  if (pieces.empty()) return std::nullopt;
  Buffer out;
  pieces.for_each([&](Bytes bytes) { append(out, bytes); });
  return out;
}

}  // namespace noderuntime
