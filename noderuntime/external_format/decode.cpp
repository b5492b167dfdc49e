// Every open tuple, list or map is a range of slots to fill, kept on our own stack. An element needs at least
// one byte, its tag; that byte is promised to it when its parent is opened. So one number, the bytes not yet
// promised, bounds what may be allocated, and shows at once that an input is too short.
#include "noderuntime/external_format/decode.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/wire/endian.h"
#include "common/wire/utf8.h"
#include "noderuntime/external_format/tags.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {
namespace {

constexpr std::size_t heap_binary_bytes = 64;
constexpr std::uint32_t old_creations = 4, old_reference_words = 1u << 18;

std::uint32_t read_u32(const Byte* at) { return load_big_endian<std::uint32_t>(at); }

// Copies bytes to whole words, with zeros at the end. For short copies a loop is cheaper than a call.
void copy_words(Word* to, const Byte* from, std::size_t size, std::size_t readable) {
  std::size_t words = (size + 7) / 8;
  if (words == 0) return;
  if (readable < 8 * words) {
    to[words - 1] = 0;
    std::memcpy(to, from, size);
    return;
  }
  for (std::size_t i = 0; i < words; ++i) std::memcpy(to + i, from + 8 * i, 8);
  auto unused = static_cast<unsigned>(8 * (8 * words - size));
  if constexpr (is_little_endian)
    to[words - 1] &= ~Word{0} >> unused;
  else
    to[words - 1] &= ~Word{0} << unused;
}

}  // namespace

// A compressed term, inflated in steps. Memory grows with the output, never with the announced size.
struct Decoder::Inflater {
  z_stream stream{};
  Byte* output = nullptr;
  std::size_t announced = 0, room = 0, filled = 0;
  bool whole = false;

  Inflater(Bytes compressed, std::size_t size) : announced{size} {
    inflateInit(&stream);
    stream.next_in = const_cast<Byte*>(compressed.data());
    stream.avail_in = static_cast<uInt>(std::min<std::size_t>(compressed.size(), 0xFFFFFFFF));
  }
  ~Inflater() {
    inflateEnd(&stream);
    held_memory.free(output, room);
  }
  Inflater(const Inflater&) = delete;

  // False: malformed, or not of the announced size. Throws HeapLimitExceeded.
  bool step() {
    constexpr std::size_t smallest = 16 * 1024, largest = 64 * 1024;
    if (filled == room) {
      std::size_t wanted = filled + std::min(announced + 1 - filled, std::max(filled, smallest));
      auto* larger = static_cast<Byte*>(held_memory.reallocate(output, room, wanted));
      if (!larger) throw HeapLimitExceeded{};
      output = larger, room = wanted;
    }
    auto piece = static_cast<uInt>(std::min(room - filled, largest));
    stream.next_out = output + filled;
    stream.avail_out = piece;
    int status = ::inflate(&stream, Z_NO_FLUSH);
    filled += piece - stream.avail_out;
    whole = status == Z_STREAM_END;
    if (whole) return filled == announced;
    return status == Z_OK && filled <= announced && (stream.avail_in > 0 || stream.avail_out == 0);
  }
};

Decoder::Decoder(Heap& heap, Bytes input, const DecodeOptions& options)
    : heap_{heap},
      input_{input},
      options_{options},
      at_{input.data()},
      spare_{input.empty() ? 0 : input.size() - 1},
      now_{&result_, 1, 1} {}

Decoder::~Decoder() = default;

std::size_t Decoder::consumed() const {
  if (inflater_) return 5 + inflater_->stream.total_in;
  return static_cast<std::size_t>(at_ - input_.data());
}

Result<bool> Decoder::run(std::size_t budget) {
  if (input_.empty()) return malformed();
  if (!inflater_ && at_ == input_.data() && *at_ == tag::compressed && options_.max_inflated > 0) {
    if (input_.size() < 5) return malformed();
    std::size_t size = read_u32(at_ + 1);
    if (size > options_.max_inflated) return Error{Errc::too_large, std::to_string(size)};
    inflater_ = std::make_unique<Inflater>(input_.subspan(5), size);
  }
  if (inflater_ && !inflater_->whole) {
    auto inflated = inflate(budget);
    if (!inflated || !*inflated) return inflated;
  }
  return decode_on(budget);
}

Result<bool> Decoder::inflate(std::size_t& budget) {
  constexpr std::size_t bytes_per_step = 1024;
  while (!inflater_->whole) {
    if (budget == 0) return false;
    auto before = inflater_->filled;
    if (!inflater_->step()) return malformed();
    auto more = inflater_->filled - before;
    budget -= std::min(budget, 1 + more / bytes_per_step);
    pace.spend(static_cast<std::int64_t>(more));
  }
  if (inflater_->filled == 0) return malformed();
  at_ = inflater_->output;
  spare_ = inflater_->filled - 1;
  return true;
}

bool Decoder::start(Frame frame) {
  if (now_.left > 0) {
    if (open_.size() >= options_.max_depth) return false;
    open_.push(now_);
  }
  now_ = frame;
  return true;
}

bool Decoder::finish_map(Frame frame) {
  auto map = map::finish(heap_, cell_of(*frame.slot), frame.left, map::Duplicates::refuse);
  if (map) *frame.slot = *map;
  return map.has_value();
}

// The state of run() as one local object, whose members the compiler keeps in registers. Therefore each
// member function is inlined, and the decoder has its own copy around calls of other functions: save(),
// load().
struct Decoder::Loop {
  // What a function made of the bytes behind the tag: the term or its beginning; nothing, because the tag or
  // its size is one for Decoder::other(); an error.
  enum class Step { done, rare, malformed, too_deep };

  Loop(Decoder& owner, std::size_t steps) : decoder{owner}, budget{steps} { load(); }

  ALWAYS_INLINE void save() { decoder.at_ = at, decoder.spare_ = spare, copy_words_apart(decoder.now_, now); }
  ALWAYS_INLINE void load() { at = decoder.at_, spare = decoder.spare_, copy_words_apart(now, decoder.now_); }
  ALWAYS_INLINE void spend(std::size_t steps) { budget -= steps < budget ? steps : budget; }
  ALWAYS_INLINE void skip(std::size_t bytes) { spare -= bytes, at += bytes; }
  ALWAYS_INLINE bool start(const Frame& frame) {
    if (now.left > 0) {
      if (decoder.open_.size() >= decoder.options_.max_depth) return false;
      decoder.open_.push(now);
    }
    now = frame;
    return true;
  }

  // Goes back to the innermost frame with free slots; without one, `now` stays full. False: a malformed map.
  ALWAYS_INLINE bool close_full_frames();
  ALWAYS_INLINE Step read(Byte tag, Term* slot);
  ALWAYS_INLINE Step small_integer(Term* slot);
  ALWAYS_INLINE Step integer(Term* slot);
  ALWAYS_INLINE Step cached_atom(Term* slot);
  ALWAYS_INLINE Step small_atom(Term* slot);
  ALWAYS_INLINE Step tuple(Term* slot, std::size_t width);
  ALWAYS_INLINE Step list(Term* slot);
  ALWAYS_INLINE void link(Term* cells, std::size_t count);
  ALWAYS_INLINE Step string(Term* slot);
  ALWAYS_INLINE Step map(Term* slot);
  ALWAYS_INLINE Step new_float(Term* slot);
  ALWAYS_INLINE Step heap_binary(Term* slot);
  ALWAYS_INLINE Step pid(Term* slot);
  ALWAYS_INLINE Step reference(Term* slot);
  ALWAYS_INLINE Outcome other(Term* slot, Byte tag);

  struct KnownAtom {
    Atom atom;
    std::size_t size = 0;
  };
  ALWAYS_INLINE KnownAtom known_atom(const Byte* from, std::size_t behind) const;

  Decoder& decoder;
  std::size_t budget;
  const Byte* at;
  std::size_t spare;
  Frame now;
};

bool Decoder::Loop::close_full_frames() {
  while (now.left == 0 && !decoder.open_.empty()) {
    decoder.open_.pop(now);
    if (now.stride == 0) {
      if (!decoder.finish_map(now)) return false;
      spend(now.left / 8);
      now.left = 0;
    } else if (now.stride == rest_of_list) {
      link(now.slot, now.left);
    }
  }
  return true;
}

Decoder::Loop::Step Decoder::Loop::read(Byte tag, Term* slot) {
  switch (tag) {
    case tag::small_integer: return small_integer(slot);
    case tag::integer: return integer(slot);
    case tag::nil: return *slot = Term::nil(), Step::done;
    case tag::atom_cache_reference: return cached_atom(slot);
    case tag::small_tuple: return tuple(slot, 1);
    case tag::large_tuple: return tuple(slot, 4);
    case tag::list: return list(slot);
    case tag::string: return string(slot);
    case tag::map: return map(slot);
    case tag::new_float: return new_float(slot);
    case tag::small_atom_utf8: return small_atom(slot);
    case tag::binary: return heap_binary(slot);
    case tag::new_pid: return pid(slot);
    case tag::newer_reference: return reference(slot);
    default: return Step::rare;
  }
}

Decoder::Loop::Step Decoder::Loop::small_integer(Term* slot) {
  if (spare < 1) return Step::malformed;
  --spare;
  *slot = Term::small(*at++);
  return Step::done;
}

Decoder::Loop::Step Decoder::Loop::integer(Term* slot) {
  if (spare < 4) return Step::malformed;
  *slot = Term::small(static_cast<std::int32_t>(read_u32(at)));
  skip(4);
  return Step::done;
}

Decoder::Loop::Step Decoder::Loop::cached_atom(Term* slot) {
  if (spare < 1 || *at >= decoder.options_.cached_atoms.size()) return Step::malformed;
  --spare;
  *slot = Term::atom(decoder.options_.cached_atoms[*at++]);
  return Step::done;
}

// rare: an atom that does not exist yet.
Decoder::Loop::Step Decoder::Loop::small_atom(Term* slot) {
  if (spare < 1 || spare - 1 < *at) return Step::malformed;
  auto known = Atom::find({reinterpret_cast<const char*>(at + 1), *at});
  if (!known) return Step::rare;
  *slot = Term::atom(*known);
  skip(1u + *at);
  return Step::done;
}

Decoder::Loop::Step Decoder::Loop::tuple(Term* slot, std::size_t width) {
  if (spare < width) return Step::malformed;
  std::size_t count = width == 1 ? *at : read_u32(at);
  skip(width);
  if (spare < count) return Step::malformed;
  spare -= count;
  Word* box = decoder.heap_.allocate(1 + count);
  box[0] = box_header(Kind::tuple, count);
  *slot = box_at(box);
  if (count > 0 && !start({reinterpret_cast<Term*>(box + 1), count, 1})) return Step::too_deep;
  return Step::done;
}

// Makes a list of the cells from the slot `cells` on, at most so many that a budget counts, and lets them be filled.
void Decoder::Loop::link(Term* cells, std::size_t count) {
  constexpr std::size_t most = 1024;
  std::size_t here = std::min(count, most);
  for (std::size_t i = 1; i < here; ++i) cells[2 * i - 1] = list_at(cells + 2 * i);
  if (here < count) {
    cells[2 * here - 1] = list_at(cells + 2 * here);
    decoder.open_.push({cells + 2 * here, count - here, rest_of_list});
  }
  now = {cells, here, 2};
}

// The cells lie one behind the other; the elements are read before the tail.
Decoder::Loop::Step Decoder::Loop::list(Term* slot) {
  if (spare < 4) return Step::malformed;
  std::size_t count = read_u32(at);
  skip(4);
  if (spare < count + 1) return Step::malformed;
  spare -= count + 1;
  Term* cells = slot;
  if (count > 0) {
    cells = reinterpret_cast<Term*>(decoder.heap_.allocate(2 * count));
    *slot = list_at(cells);
  }
  Term* tail = count > 0 ? cells + 2 * count - 1 : slot;
  if (!start({tail, 1, 1})) return Step::too_deep;
  if (count == 0) return Step::done;
  if (decoder.open_.size() >= decoder.options_.max_depth) return Step::too_deep;
  decoder.open_.push(now);
  link(cells, count);
  return Step::done;
}

Decoder::Loop::Step Decoder::Loop::string(Term* slot) {
  if (spare < 2) return Step::malformed;
  std::size_t count = std::size_t{at[0]} << 8 | at[1];
  skip(2);
  if (spare < count) return Step::malformed;
  *slot = make_string(decoder.heap_, as_text({at, count}));
  skip(count);
  return Step::done;
}

// The pairs are read, and then close_full_frames() makes the map of them.
Decoder::Loop::Step Decoder::Loop::map(Term* slot) {
  if (spare < 4) return Step::malformed;
  std::size_t count = read_u32(at);
  skip(4);
  if (spare < 2 * count) return Step::malformed;
  spare -= 2 * count;
  Term* pairs = map::begin(decoder.heap_, count);
  *slot = list_at(pairs);
  if (!start({slot, count, 0})) return Step::too_deep;
  if (count == 0) {
    if (!decoder.finish_map(now)) return Step::malformed;
    now.left = 0;
  } else {
    decoder.open_.push(now);
    now = {pairs, 2 * count, 1};
  }
  return Step::done;
}

Decoder::Loop::Step Decoder::Loop::new_float(Term* slot) {
  if (spare < 8) return Step::malformed;
  auto bits = load_big_endian<std::uint64_t>(at);
  skip(8);
  constexpr std::uint64_t exponent = 0x7FF0000000000000u;
  if ((bits & exponent) == exponent) return Step::malformed;
  Word* box = decoder.heap_.allocate(2);
  box[0] = box_header(Kind::floating, 1), box[1] = bits;
  *slot = box_at(box);
  return Step::done;
}

// rare: a long one, which may become a slice of the input.
Decoder::Loop::Step Decoder::Loop::heap_binary(Term* slot) {
  if (spare < 4) return Step::malformed;
  std::size_t size = read_u32(at);
  if (spare - 4 < size) return Step::malformed;
  if (size > heap_binary_bytes) return Step::rare;
  std::size_t words = (size + 7) / 8;
  Word* box = decoder.heap_.allocate(2 + words);
  box[0] = box_header(Kind::binary, 1 + words);
  box[1] = 8 * size;
  copy_words(box + 2, at + 4, size, spare - 4);
  *slot = box_at(box);
  skip(4 + size);
  return Step::done;
}

// An atom that exists already, in one of the usual encodings at `from`, of which `behind` bytes are there.
// The size is 0 if it is not that.
Decoder::Loop::KnownAtom Decoder::Loop::known_atom(const Byte* from, std::size_t behind) const {
  auto& cached = decoder.options_.cached_atoms;
  if (behind < 2) return {};
  if (from[0] == tag::atom_cache_reference)
    return from[1] < cached.size() ? KnownAtom{cached[from[1]], 2} : KnownAtom{};
  if (from[0] != tag::small_atom_utf8 || behind - 2 < from[1]) return {};
  auto found = Atom::find(as_text({from + 2, from[1]}));
  return found ? KnownAtom{*found, std::size_t{2} + from[1]} : KnownAtom{};
}

// rare: a node whose name is not known, or a malformed pid.
Decoder::Loop::Step Decoder::Loop::pid(Term* slot) {
  constexpr std::size_t fields = 12;
  auto [node, size] = known_atom(at, spare);
  if (size == 0 || spare < size + fields) return Step::rare;
  const Byte* field = at + size;
  *slot = make_pid(decoder.heap_, decoder.options_.self,
                   {{node, Creation{read_u32(field + 8)}}, read_u32(field), read_u32(field + 4)});
  skip(size + fields);
  return Step::done;
}

// rare: a node whose name is not known, or a malformed reference.
Decoder::Loop::Step Decoder::Loop::reference(Term* slot) {
  constexpr std::size_t head = 2, creation = 4;
  std::size_t count = spare < head ? 0 : std::size_t{at[0]} << 8 | at[1];
  if (count < 1 || count > Reference::max_words) return Step::rare;
  auto [node, size] = known_atom(at + head, spare - head);
  std::size_t whole = head + size + creation + 4 * count;
  if (size == 0 || spare < whole) return Step::rare;
  const Byte* field = at + head + size;
  Reference reference{{node, Creation{read_u32(field)}}, static_cast<std::uint8_t>(count), {}};
  for (std::size_t i = 0; i < count; ++i) reference.words[i] = read_u32(field + creation + 4 * i);
  *slot = make_reference(decoder.heap_, decoder.options_.self, reference);
  skip(whole);
  return Step::done;
}

Outcome Decoder::Loop::other(Term* slot, Byte tag) {
  save();
  auto outcome = decoder.other(slot, tag);
  if (!outcome) return outcome;
  spend(static_cast<std::size_t>(decoder.at_ - at) / 1024);
  load();
  return done;
}

Result<bool> Decoder::decode_on(std::size_t budget) {
  using Step = Loop::Step;
  Loop loop{*this, budget};
  for (;;) {
    if (!loop.close_full_frames()) return loop.save(), malformed();
    if (loop.now.left == 0) return loop.save(), true;
    if (loop.budget == 0) return loop.save(), false;
    --loop.budget;
    Term* slot = loop.now.slot;
    loop.now.slot += loop.now.stride, --loop.now.left;
    Byte tag = *loop.at++;
    switch (loop.read(tag, slot)) {
      case Step::done: break;
      case Step::rare:
        if (auto outcome = loop.other(slot, tag); !outcome) return outcome.error();
        break;
      case Step::malformed: return loop.save(), malformed();
      case Step::too_deep: return Error{Errc::too_deep, ""};
    }
  }
}

bool Decoder::take(std::size_t bytes) {
  if (spare_ < bytes) return false;
  spare_ -= bytes;
  return true;
}

// Precondition: take() has succeeded.
std::uint64_t Decoder::number(std::size_t width) {
  std::uint64_t value = 0;
  while (width-- > 0) value = value << 8 | *at_++;
  return value;
}

Error Decoder::malformed() const {
  auto start = inflater_ && inflater_->whole ? inflater_->output : input_.data();
  return {Errc::bad_term, "at " + std::to_string(at_ - start)};
}

// Handles the rarer tags. Fields in fixed places (a node's name, a fun's module) are read at once; only
// elements are left to the loop.
Outcome Decoder::other(Term* slot, Byte tag) {
  auto checked = [&](bool good) -> Outcome { return good ? Outcome{done} : Outcome{malformed()}; };
  switch (tag) {
    case tag::atom:
    case tag::small_atom:
    case tag::atom_utf8:
    case tag::small_atom_utf8: {
      --at_, ++spare_;
      auto decoded = atom();
      if (!decoded) return decoded.error();
      *slot = Term::atom(*decoded);
      return done;
    }
    case tag::binary: return checked(binary(slot, false));
    case tag::bit_binary: return checked(binary(slot, true));
    case tag::small_big: return checked(big(slot, 1));
    case tag::large_big: return checked(big(slot, 4));
    case tag::float_text: return checked(float_text(slot));
    case tag::new_pid:
    case tag::pid: return pid(slot, tag);
    case tag::new_port:
    case tag::v4_port:
    case tag::port: return port(slot, tag);
    case tag::newer_reference:
    case tag::new_reference:
    case tag::reference: return reference(slot, tag);
    case tag::export_fun: return export_fun(slot);
    case tag::new_fun: return fun(slot);
    case tag::record: return record(slot);
    default: return malformed();
  }
}

Result<Atom> Decoder::atom() {
  if (!take(1)) return malformed();
  switch (*at_++) {
    case tag::atom_cache_reference:
      if (!take(1) || *at_ >= options_.cached_atoms.size()) return malformed();
      return options_.cached_atoms[*at_++];
    case tag::small_atom_utf8: return take(1) ? atom_text(number(1), false) : malformed();
    case tag::atom_utf8: return take(2) ? atom_text(number(2), false) : malformed();
    case tag::small_atom: return take(1) ? atom_text(number(1), true) : malformed();
    case tag::atom: return take(2) ? atom_text(number(2), true) : malformed();
    default: return malformed();
  }
}

Result<Atom> Decoder::atom_text(std::size_t size, bool latin1) {
  if (!take(size)) return malformed();
  auto text = as_text({at_, size});
  at_ += size;
  if (latin1 && size > 255) return malformed();
  auto intern = [&](std::string_view utf8) {
    return options_.allowance ? options_.allowance->intern(utf8) : Atom::intern(utf8);
  };
  bool ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  auto decoded = latin1 && !ascii ? intern(utf8::from_latin1(text)) : intern(text);
  if (!decoded && decoded.error().code == Errc::bad_term) return malformed();
  return decoded;
}

std::optional<std::int64_t> Decoder::small_integer() {
  if (!take(1)) return std::nullopt;
  switch (*at_++) {
    case tag::small_integer: return take(1) ? std::optional<std::int64_t>(number(1)) : std::nullopt;
    case tag::integer:
      return take(4) ? std::optional<std::int64_t>(static_cast<std::int32_t>(number(4))) : std::nullopt;
    case tag::small_big: {
      Term value;
      if (!big(&value, 1) || !value.is_small()) return std::nullopt;
      return value.as_small();
    }
    default: return std::nullopt;
  }
}

Outcome Decoder::pid(Term* slot, Byte tag) {
  auto node = atom();
  if (!node) return node.error();
  std::size_t creation_width = tag == tag::new_pid ? 4 : 1;
  if (!take(8 + creation_width)) return malformed();
  Pid pid;
  pid.id = static_cast<std::uint32_t>(number(4)), pid.serial = static_cast<std::uint32_t>(number(4));
  auto creation = static_cast<std::uint32_t>(number(creation_width));
  if (tag == tag::pid && creation >= old_creations) return malformed();
  pid.node = {*node, Creation{creation}};
  *slot = make_pid(heap_, options_.self, pid);
  return done;
}

Outcome Decoder::port(Term* slot, Byte tag) {
  auto node = atom();
  if (!node) return node.error();
  std::size_t id_width = tag == tag::v4_port ? 8 : 4, creation_width = tag == tag::port ? 1 : 4;
  if (!take(id_width + creation_width)) return malformed();
  auto id = number(id_width);
  auto creation = static_cast<std::uint32_t>(number(creation_width));
  if (tag == tag::port && creation >= old_creations) return malformed();
  *slot = make_port(heap_, *node, creation, id);
  return done;
}

Outcome Decoder::reference(Term* slot, Byte tag) {
  std::size_t count = 1;
  if (tag != tag::reference) {
    if (!take(2)) return malformed();
    count = number(2);
    if (count < 1 || count > Reference::max_words) return malformed();
  }
  auto node = atom();
  if (!node) return node.error();
  bool old = tag != tag::newer_reference;
  std::size_t creation_width = old ? 1 : 4;
  if (!take(4 * count + creation_width)) return malformed();
  Reference reference;
  reference.count = static_cast<std::uint8_t>(count);
  std::uint32_t creation = 0;
  if (tag != tag::reference) creation = static_cast<std::uint32_t>(number(creation_width));
  for (std::size_t i = 0; i < count; ++i) reference.words[i] = static_cast<std::uint32_t>(number(4));
  if (tag == tag::reference) creation = static_cast<std::uint32_t>(number(1));
  if (old && (creation >= old_creations || reference.words[0] >= old_reference_words)) return malformed();
  reference.node = {*node, Creation{creation}};
  *slot = make_reference(heap_, options_.self, reference);
  return done;
}

Outcome Decoder::export_fun(Term* slot) {
  auto module = atom();
  if (!module) return module.error();
  auto function = atom();
  if (!function) return function.error();
  auto arity = small_integer();
  if (!arity || *arity < 0 || *arity > 255) return malformed();
  *slot = make_export(heap_, *module, *function, static_cast<std::uint32_t>(*arity));
  return done;
}

// The size field is not trusted: some releases send it too large.
Outcome Decoder::fun(Term* slot) {
  constexpr std::size_t most_free = 255, uniq_size = 16;
  if (!take(4 + 1 + uniq_size + 4 + 4)) return malformed();
  number(4);
  FunObject fixed{};
  fixed.arity = static_cast<std::uint16_t>(number(1));
  std::memcpy(fixed.uniq, at_, uniq_size);
  at_ += uniq_size;
  fixed.index = static_cast<std::uint32_t>(number(4));
  std::size_t free_count = number(4);
  if (free_count > most_free) return malformed();
  fixed.free_count = static_cast<std::uint16_t>(free_count);
  auto module = atom();
  if (!module) return module.error();
  auto old_index = small_integer(), old_uniq = old_index ? small_integer() : std::nullopt;
  if (!old_uniq || !take(1)) return malformed();
  Byte creator_tag = *at_++;
  if (creator_tag != tag::new_pid && creator_tag != tag::pid) return malformed();
  if (auto creator = pid(&fixed.creator, creator_tag); !creator) return creator;
  if (!take(free_count)) return malformed();

  constexpr std::size_t fixed_words = offsetof(FunObject, free_variables) / sizeof(Word);
  Word* box = heap_.allocate(fixed_words + free_count);
  fixed.header = box_header(Kind::fun, fixed_words + free_count - 1);
  fixed.module = Term::atom(*module);
  fixed.old_index = *old_index;
  fixed.old_uniq = make_integer(heap_, *old_uniq);
  std::memcpy(static_cast<void*>(box), &fixed, fixed_words * sizeof(Word));
  *slot = box_at(box);
  if (free_count > 0 && !start({reinterpret_cast<Term*>(box + fixed_words), free_count, 1}))
    return Error{Errc::too_deep, ""};
  return done;
}

Outcome Decoder::record(Term* slot) {
  if (!take(5)) return malformed();
  std::size_t count = number(4);
  auto flags = number(1);
  auto module = atom();
  if (!module) return module.error();
  auto name = atom();
  if (!name) return name.error();
  if (spare_ / 2 < count) return malformed();
  constexpr std::size_t fixed_words = offsetof(NativeRecord, fields) / sizeof(Word);
  auto* record = reinterpret_cast<NativeRecord*>(heap_.allocate(fixed_words + 2 * count));
  record->header = box_header(Kind::record, fixed_words + 2 * count - 1);
  record->exported = flags & 1, record->count = count;
  record->module = Term::atom(*module), record->name = Term::atom(*name);
  for (std::size_t i = 0; i < count; ++i) {
    auto field = atom();
    if (!field) return field.error();
    record->fields[i] = Term::atom(*field);
  }
  if (!take(count)) return malformed();
  *slot = box_at(&record->header);
  if (count > 0 && !start({record->fields + count, count, 1})) return Error{Errc::too_deep, ""};
  return done;
}

bool Decoder::big(Term* slot, std::size_t size_width) {
  if (!take(size_width + 1)) return false;
  std::size_t size = number(size_width);
  bool negative = *at_++ != 0;
  if (!take(size)) return false;
  auto value = integer::from_little_endian(heap_, {at_, size}, negative);
  at_ += size;
  if (value) *slot = *value;
  return value.has_value();
}

// "%.20e" in 31 bytes, padded with zeros: digits, a point, digits, optionally an exponent.
bool Decoder::float_text(Term* slot) {
  constexpr std::size_t size = 31;
  if (!take(size)) return false;
  auto text = as_text({at_, size});
  at_ += size;
  text = text.substr(0, text.find('\0'));
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  auto digits = [&](std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    return end;
  };
  std::size_t start = !text.empty() && text[0] == '-', point = digits(start);
  if (point == start || point >= text.size() || text[point] != '.') return false;
  std::size_t fraction = digits(point + 1);
  if (fraction == point + 1) return false;
  bool tiny = false;
  if (fraction < text.size()) {
    std::size_t exponent = fraction + 1;
    if ((text[fraction] | 0x20) != 'e') return false;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-'))
      tiny = text[exponent++] == '-';
    if (exponent == text.size() || digits(exponent) != text.size()) return false;
  }
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && tiny)
    value = start ? -0.0 : 0.0;
  else if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return false;
  *slot = make_float(heap_, value);
  return true;
}

bool Decoder::binary(Term* slot, bool bits) {
  if (!take(bits ? 5 : 4)) return false;
  std::size_t size = number(4), last_bits = bits ? number(1) : 8;
  if (!take(size)) return false;
  bool empty = size == 0 && (last_bits == 0 || !bits);
  if (!empty && (size == 0 || last_bits < 1 || last_bits > 8)) return false;
  std::uint64_t bit_size = empty ? 0 : 8 * std::uint64_t{size - 1} + last_bits;
  RefcBinary* owner = inflater_ ? nullptr : options_.input_owner;
  if (size > heap_binary_bytes && owner && size >= owner->used / 2)
    *slot = make_slice(heap_, owner, 8 * static_cast<std::uint64_t>(at_ - owner->data), bit_size);
  else if (bit_size % 8 != 0)
    *slot = make_bitstring(heap_, at_, 0, bit_size);
  else
    *slot = make_binary(heap_, {at_, size});
  at_ += size;
  return true;
}

namespace {

// A short term without elements, which needs no Decoder. nullopt: anything else, or malformed.
std::optional<Decoded> decode_leaf(Heap& heap, Bytes input, const DecodeOptions& options) {
  if (input.size() < 5) return std::nullopt;
  const Byte* at = input.data() + 1;
  switch (input[0]) {
    case tag::small_integer: return Decoded{Term::small(*at), 2};
    case tag::integer: return Decoded{Term::small(static_cast<std::int32_t>(read_u32(at))), 5};
    case tag::atom_cache_reference:
      if (*at >= options.cached_atoms.size()) return std::nullopt;
      return Decoded{Term::atom(options.cached_atoms[*at]), 2};
    case tag::binary: {
      std::size_t size = read_u32(at);
      if (size > heap_binary_bytes || input.size() - 5 < size) return std::nullopt;
      return Decoded{make_binary(heap, Bytes{at + 4, size}), 5 + size};
    }
    default: return std::nullopt;
  }
}

}  // namespace

Result<Decoded> decode(Heap& heap, Bytes input, const DecodeOptions& options) {
  if (auto leaf = decode_leaf(heap, input, options)) return *leaf;
  constexpr std::size_t budget = 1024;
  constexpr std::int64_t steps = 4 * budget;  // a term takes about 12 ns
  Decoder decoder{heap, input, options};
  for (;;) {
    auto whole = decoder.run(budget);
    if (!whole) return whole.error();
    if (*whole) return Decoded{decoder.term(), decoder.consumed()};
    pace.spend(steps);
  }
}

Result<Decoded> decode_with_version(Heap& heap, Bytes input, const DecodeOptions& options) {
  if (input.empty() || input[0] != version_byte) return Error{Errc::bad_term, "version"};
  auto decoded = decode(heap, input.subspan(1), options);
  if (decoded) decoded->consumed += 1;
  return decoded;
}

}  // namespace noderuntime
