// erlang:phash/2 and phash2/1,2. The values are OTP's, because other nodes look up
// terms that are hashed here.
#include "noderuntime/term/hash.h"

#include <bit>
#include <span>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime::erlang {

namespace {

constexpr std::uint32_t prime_1 = 268440163, prime_2 = 268439161, prime_3 = 268435459, prime_4 = 268436141,
                        prime_5 = 268438633, prime_6 = 268437017, prime_8 = 268437511, prime_9 = 268439627,
                        prime_10 = 268440479, prime_11 = 268440577, prime_12 = 268440581,
                        prime_13 = 268440593, prime_14 = 268440611;

// PJW's hash of a name; characters of Latin-1 count as one byte.
std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(name[i]);
    if (i + 1 < name.size() && (byte & 0xFE) == 0xC2)
      byte = static_cast<std::uint8_t>(byte << 6 | (static_cast<std::uint8_t>(name[++i]) & 0x3F));
    hash = (hash << 4) + byte;
    if (auto high = hash & 0xF0000000u) hash ^= high >> 24, hash ^= high;
  }
  return hash;
}

std::uint32_t with_word(std::uint32_t hash, std::uint64_t word, std::uint32_t prime) {
  for (int shift = 0; shift < 32; shift += 8) hash = hash * prime + (word >> shift & 0xFF);
  return hash;
}

bool is_byte(Term term) { return term.is_small() && term.as_small() >= 0 && term.as_small() <= 255; }

// The hash of erlang:phash/2: one number, carried through the term from left to right.
class OldHash {
 public:
  std::uint32_t of(Term term) {
    push(Step::term, term);
    while (!steps_.empty()) {
      rounds_.next();
      auto [step, what, rest] = steps_.pop();
      if (step == Step::list_end) {
        hash_ *= prime_8;
      } else if (step == Step::tuple) {
        on_tuple(what, rest);
      } else if (step == Step::tail && !what.is_cons()) {
        push(Step::list_end, Term::nil());
        push(Step::term, what);
      } else if (what.is_cons()) {
        on_list(what);
      } else {
        on_leaf(what);
      }
    }
    return hash_;
  }

 private:
  enum class Step : std::uint8_t { term, tail, list_end, tuple };
  struct Row {
    Step step;
    Term term;
    std::uint32_t next;
  };
  void push(Step step, Term term, std::uint32_t next = 0) { steps_.push({step, term, next}); }

  // Leading bytes, as in strings, are counted on their own.
  void on_list(Term list) {
    while (is_byte(list.head())) {
      rounds_.next();
      hash_ = hash_ * prime_2 + static_cast<std::uint32_t>(list.head().as_small());
      list = list.tail();
      if (list.is_cons()) continue;
      push(Step::list_end, Term::nil());
      return push(Step::term, list);
    }
    push(Step::tail, list.tail());
    push(Step::term, list.head());
  }

  void on_tuple(Term tuple, std::uint32_t next) {
    auto size = static_cast<std::uint32_t>(tuple.arity());
    if (next == size) {
      hash_ = hash_ * prime_9 + size;
      return;
    }
    push(Step::tuple, tuple, next + 1);
    push(Step::term, tuple.element(next));
  }

  void on_bits(const BitView& view) {
    auto bytes = view.bit_size / 8;
    auto more = static_cast<unsigned>(view.bit_size % 8);
    in_pieces(bytes, Pace::converted_bytes, [&](std::size_t at, std::size_t size) {
      for (auto i = at; i < at + size; ++i)
        hash_ =
            hash_ * prime_1 + static_cast<std::uint32_t>(bits::read(view.data, view.bit_offset + 8 * i, 8));
    });
    if (more > 0) {
      auto last = static_cast<std::uint32_t>(bits::read(view.data, view.bit_offset + 8 * bytes, more));
      hash_ = (hash_ * prime_1 + last) * prime_12 + more;
    }
    hash_ = hash_ * prime_4 + static_cast<std::uint32_t>(bytes);
  }

  void on_leaf(Term term) {
    if (term.is_nil()) {
      hash_ = hash_ * prime_3 + 1;
    } else if (term.is_atom()) {
      hash_ = hash_ * prime_1 + name_hash(term.as_atom().text());
    } else if (term.is_small()) {
      auto value = term.as_small();
      auto size = value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
      hash_ = with_word(hash_, size, prime_2);
      if (size >> 32) hash_ = with_word(hash_, size >> 32, prime_2);
      hash_ *= value < 0 ? prime_4 : prime_3;
    } else if (term.is_tuple()) {
      push(Step::tuple, term);
    } else if (term.is_bitstring()) {
      on_bits(bits_of(term));
    } else if (term.is_float()) {
      double value = to_double(term);
      auto bits = value == 0 ? 0 : std::bit_cast<std::uint64_t>(value);
      hash_ = hash_ * prime_6 + (static_cast<std::uint32_t>(bits) ^ static_cast<std::uint32_t>(bits >> 32));
    } else if (term.is_local_pid()) {
      hash_ = with_word(hash_, pid_slot(term), prime_5) * prime_6;
    } else if (term.is_integer()) {
      Buffer bytes(integer::magnitude_bytes(term));
      integer::to_little_endian(term, bytes.data());
      bytes.resize((bytes.size() + 3) / 4 * 4);
      in_pieces(bytes.size(), Pace::converted_bytes, [&](std::size_t at, std::size_t size) {
        for (auto byte : std::span{bytes}.subspan(at, size)) hash_ = hash_ * prime_2 + byte;
      });
      hash_ *= integer::is_negative(term) ? prime_4 : prime_3;
    } else if (term.is_map()) {
      hash_ = hash_ * prime_13 + prime_14 + portable_hash(term);
    } else if (is_kind(term, Kind::export_fun)) {
      auto* fun = box_as<ExportFun>(term);
      hash_ = hash_ * prime_11 + fun->arity;
      hash_ = hash_ * prime_1 + name_hash(fun->module.as_atom().text());
      hash_ = hash_ * prime_1 + name_hash(fun->function.as_atom().text());
    } else if (is_kind(term, Kind::fun)) {
      on_fun(box_as<FunObject>(term));
    } else if (is_kind(term, Kind::external_pid)) {
      hash_ = with_word(hash_, box_as<ExternalPid>(term)->id, prime_5) * prime_6;
    } else if (is_kind(term, Kind::external_reference)) {
      auto* reference = box_as<ExternalReference>(term);
      hash_ = with_word(hash_, reference->count > 0 ? reference->words[0] : 0, prime_9) * prime_10;
    } else if (is_kind(term, Kind::reference) || is_kind(term, Kind::magic_reference)) {
      hash_ = with_word(hash_, local_reference_words(term)[0], prime_9) * prime_10;
    } else {  // other releases have other numbers for these
      hash_ = with_word(hash_, portable_hash(term), prime_9) * prime_10;
    }
  }

  void on_fun(const FunObject* fun) {
    hash_ = hash_ * prime_10 + fun->free_count;
    hash_ = hash_ * prime_1 + name_hash(fun->module.as_atom().text());
    hash_ = hash_ * prime_2 + fun->index;
    hash_ = hash_ * prime_2 + static_cast<std::uint32_t>(to_int64(fun->old_uniq).value_or(0));
    for (std::size_t i = fun->free_count; i-- > 0;) push(Step::term, fun->free_variables[i]);
  }

  std::uint32_t hash_ = 0;
  DeepStack<Row> steps_;
  Rounds rounds_;
};

constexpr std::int64_t most_range = std::int64_t{1} << 32;

bool is_range(Term term) { return term.is_small() && term.as_small() > 0 && term.as_small() <= most_range; }

}  // namespace

NativeResult phash_2(Context&, const Term* a) {
  if (!is_range(a[1])) return badarg();
  MayPause here;
  return Term::small(1 + static_cast<std::int64_t>(OldHash{}.of(a[0])) % a[1].as_small());
}

NativeResult phash2_1(Context&, const Term* a) {
  constexpr std::uint32_t bits = (1u << 27) - 1;
  MayPause here;
  return Term::small(portable_hash(a[0]) & bits);
}

NativeResult phash2_2(Context&, const Term* a) {
  if (!is_range(a[1])) return badarg();
  MayPause here;
  return Term::small(static_cast<std::int64_t>(portable_hash(a[0])) % a[1].as_small());
}

}  // namespace noderuntime::erlang
