// The native part of module crypto: what the prelude's crypto.erl builds the documented functions of. Names of algorithms
// are those of the library, as binaries.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/crypto_library.h"
#include "noderuntime/functions/in_background.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

namespace crypto_natives {
namespace {

constexpr std::size_t counted_below =
    std::numeric_limits<std::size_t>::max();                // bytes for a step of for_each_piece()
constexpr std::size_t ciphered_bytes = 1;                   // for a step: the slowest ciphers
constexpr std::size_t most_at_once = std::size_t{4} << 10;  // bytes that are worked on without a pause
constexpr std::size_t bytes_of_state = 1024;                // about: of a digest or a cipher in the library
constexpr std::size_t most_block = 32;                      // bytes; no cipher has larger blocks

// The state of hash_init/1, mac_init/2 or crypto_init/3, which a reference owns. A process may be paused in it, so it is
// busy until that goes on.
class CryptoState final : public MagicObject {
 public:
  enum class Padding : std::uint8_t { undefined, none, pkcs, zero, random };

  std::size_t bytes() const override { return bytes_of_state; }

  std::unique_ptr<CryptoLibrary::Digest> digest;
  bool is_mac = false;
  std::unique_ptr<CryptoLibrary::Cipher> cipher;
  Padding padding = Padding::undefined;
  bool encrypts = true, is_busy = false, failed = false;
  std::size_t block_size = 1;
  std::uint64_t taken = 0;         // bytes of input
  std::int64_t padding_size = -1;  // of the last block; -1: not known
};

struct PaddingName {
  std::string_view text;
  CryptoState::Padding padding;
};
constexpr PaddingName paddings[] = {{"undefined", CryptoState::Padding::undefined},
                                    {"none", CryptoState::Padding::none},
                                    {"pkcs_padding", CryptoState::Padding::pkcs},
                                    {"zero", CryptoState::Padding::zero},
                                    {"random", CryptoState::Padding::random}};

struct Busy {
  explicit Busy(CryptoState& state) : state{state} { MagicObject::keep(&state), state.is_busy = true; }
  ~Busy() { state.is_busy = false, MagicObject::release(&state); }
  CryptoState& state;
};

Term name_of(const char* text) { return Term::atom(Atom::of(text)); }

// The error of a node that has no library: {notsup, {File, Line}, Text}, as crypto raises errors.
NativeResult not_supported(Context& context, const std::string& why) {
  Term place = make_tuple(context.heap, {make_string(context.heap, "crypto.erl"), Term::small(0)});
  return error(make_tuple(context.heap, {name_of("notsup"), place, make_string(context.heap, why)}));
}

// A native that needs the library. Whoever calls first waits until it is loaded, in the background.
template <NativeResult native(Context&, CryptoLibrary&, const Term*)>
NativeResult with_library(Context& context, const Term* arguments) {
  auto* crypto = context.node.system.crypto();
  if (!crypto) return not_supported(context, "no cryptography");
  return in_background(context, [&]() -> Prepared {
    if (crypto->is_loaded()) return native(context, *crypto, arguments);
    return background_work([crypto] { return crypto->load(); },
                           [](Context& later, const Outcome& loaded) {
                             return loaded ? NativeResult{Term::nil(), NativeResult::Status::again}
                                           : not_supported(later, loaded.error().message());
                           });
  });
}

Term state_reference(Context& context, std::unique_ptr<CryptoState> state) {
  Term reference =
      make_magic_reference(context.heap, context.processes.this_node().make_reference(), state.get());
  state.release();
  return reference;
}

CryptoState* state_of(Term reference) {
  if (!is_kind(reference, Kind::magic_reference)) return nullptr;
  auto* state = dynamic_cast<CryptoState*>(box_as<MagicReference>(reference)->object);
  return state && !state->is_busy ? state : nullptr;
}
CryptoState* digest_of(Term reference, bool is_mac) {
  auto* state = state_of(reference);
  return state && state->digest && state->is_mac == is_mac ? state : nullptr;
}
CryptoState* cipher_of(Term reference) {
  auto* state = state_of(reference);
  return state && state->cipher ? state : nullptr;
}

bool is_size(Term term) { return term.is_small() && term.as_small() >= 0 && term.as_small() <= INT32_MAX; }

bool are_binaries(std::span<const Term> terms) { return std::all_of(terms.begin(), terms.end(), is_binary); }

// The name of an algorithm, as the library has it; empty, which is none: it is too long for one.
std::string text_of(Term binary) {
  constexpr std::size_t longest_name = 64;  // bytes
  if (bits_of(binary).bit_size / 8 > longest_name) return {};
  BinaryView view{binary};
  return std::string{view.text()};
}

void update(CryptoLibrary::Digest& digest, Bytes bytes) {
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), most_at_once))) {
    auto now = bytes.first(std::min(bytes.size(), most_at_once));
    digest.update(now);
    pace.spend(static_cast<std::int64_t>(now.size() / Pace::converted_bytes));
  }
}

// HMAC takes the digest of a key that is longer than a block of the digest. Here it is computed at the pace of the process.
std::optional<std::vector<Byte>> shorter_key(CryptoLibrary& library, const std::string& digest_name,
                                             Bytes key) {
  auto digest = library.digest(digest_name);
  if (!digest) return std::nullopt;
  MayPause here;
  update(*digest, key);
  return digest->finish();
}

Term bytes_term(Heap& heap, Bytes bytes) { return make_binary(heap, as_text(bytes)); }

// '$version'(): {Number, Text}
NativeResult version_0(Context& context, CryptoLibrary& library, const Term*) {
  Term text = make_binary(context.heap, library.version());
  return make_tuple(context.heap, {make_unsigned(context.heap, library.version_number()), text});
}

// '$digest'(Name): {Type, Size, BlockSize} | false
NativeResult digest_1(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(is_binary(a[0]))) return badarg();
  auto facts = library.digest_facts(text_of(a[0]));
  if (!facts) return yes_or_no(false);
  auto size = [](std::size_t bytes) { return Term::small(static_cast<std::int64_t>(bytes)); };
  return make_tuple(context.heap, {Term::small(facts->type), size(facts->size), size(facts->block_size)});
}

// '$cipher'(Name): {Type, KeyLength, IvLength, BlockSize, Mode, IsAead} | false
NativeResult cipher_1(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(is_binary(a[0]))) return badarg();
  auto facts = library.cipher_facts(text_of(a[0]));
  if (!facts) return yes_or_no(false);
  auto size = [](std::size_t bytes) { return Term::small(static_cast<std::int64_t>(bytes)); };
  Term type = facts->type == 0 ? Term::atom(atoms::undefined) : Term::small(facts->type);
  return make_tuple(context.heap,
                    {type, size(facts->key_length), size(facts->iv_length), size(facts->block_size),
                     Term::atom(Atom::of(facts->mode)), Term::boolean(facts->aead)});
}

// '$hash_init'(Name): Reference | false
NativeResult hash_init_1(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(is_binary(a[0]))) return badarg();
  auto state = std::make_unique<CryptoState>();
  state->digest = library.digest(text_of(a[0]));
  if (!state->digest) return yes_or_no(false);
  return state_reference(context, std::move(state));
}

// '$mac_init'(Kind, Part, Key): Reference | false
NativeResult mac_init_3(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(are_binaries({a, 3}))) return badarg();
  auto state = std::make_unique<CryptoState>();
  BinaryView key{a[2]};
  state->is_mac = true;
  auto kind = text_of(a[0]), part = text_of(a[1]);
  constexpr std::size_t long_key = std::size_t{4} << 10;  // bytes; longer than a block of each digest
  auto shorter =
      kind == "HMAC" && key.size() > long_key ? shorter_key(library, part, key.bytes()) : std::nullopt;
  state->digest = library.mac(kind, part, shorter ? Bytes{*shorter} : key.bytes());
  if (!state->digest) return yes_or_no(false);
  return state_reference(context, std::move(state));
}

// False: no iolist.
bool give(CryptoState& state, Term data) {
  MayPause here;
  Busy busy{state};
  return for_each_piece(data, counted_below, [&](Bytes piece) { update(*state.digest, piece); });
}

// '$hash_update'(Reference, Data): another reference | state | data, which says what is wrong. The old one stays as it is.
NativeResult hash_update_2(Context& context, const Term* a) {
  auto* before = digest_of(a[0], false);
  if (!before) return name_of("state");
  auto state = std::make_unique<CryptoState>();
  state->digest = before->digest->copy();
  if (!state->digest) throw HeapLimitExceeded{};
  auto* given = state.get();
  Term reference = state_reference(context, std::move(state));
  return give(*given, a[1]) ? NativeResult{reference} : NativeResult{name_of("data")};
}

// '$mac_update'(Reference, Data): ok | state | data
NativeResult mac_update_2(Context&, const Term* a) {
  auto* state = digest_of(a[0], true);
  if (!state) return name_of("state");
  return give(*state, a[1]) ? NativeResult{Term::atom(atoms::ok)} : NativeResult{name_of("data")};
}

NativeResult finish_digest(Context& context, CryptoState* state) {
  if (!state) return name_of("state");
  return bytes_term(context.heap, state->digest->finish());
}
// '$hash_final'(Reference), '$mac_final'(Reference): Binary | state
NativeResult hash_final_1(Context& context, const Term* a) {
  return finish_digest(context, digest_of(a[0], false));
}
NativeResult mac_final_1(Context& context, const Term* a) {
  return finish_digest(context, digest_of(a[0], true));
}

// '$cipher_init'(Name, Key, IV, Encrypts, Padding): Reference | false. Key and IV have the right sizes.
NativeResult cipher_init_5(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(are_binaries({a, 3}))) return badarg();
  auto state = std::make_unique<CryptoState>();
  BinaryView key{a[1]}, iv{a[2]};
  for (auto& row : paddings)
    if (a[4].is(Atom::of(row.text))) state->padding = row.padding;
  auto facts = library.cipher_facts(text_of(a[0]));
  if (!facts || key.size() != facts->key_length || iv.size() < facts->iv_length) return yes_or_no(false);
  state->encrypts = a[3].is(atoms::true_);
  state->block_size = facts->block_size;
  state->cipher = library.cipher(text_of(a[0]), key.bytes(), iv.bytes(), state->encrypts,
                                 state->padding == CryptoState::Padding::pkcs);
  if (!state->cipher) return yes_or_no(false);
  return state_reference(context, std::move(state));
}

// '$cipher_update'(Reference, Data): Binary | state | data | failed
NativeResult cipher_update_2(Context& context, const Term* a) {
  auto* state = cipher_of(a[0]);
  if (!state) return name_of("state");
  HeldBytes output;
  {
    MayPause here;
    Busy busy{*state};
    auto bits = bits_in(a[1], true);
    if (!bits) return name_of("data");
    output.reserve(*bits / 8 + most_block);
    for_each_piece(a[1], counted_below, [&](Bytes piece) {
      for (; !piece.empty() && !state->failed; piece = piece.subspan(std::min(piece.size(), most_at_once))) {
        auto now = piece.first(std::min(piece.size(), most_at_once));
        auto made = state->cipher->update(now, output.data() + output.size());
        state->failed = !made;
        state->taken += now.size();
        output.set_size(output.size() + made.value_or(0));
        pace.spend(static_cast<std::int64_t>(now.size() / ciphered_bytes));
      }
    });
  }
  if (state->failed) return name_of("failed");
  return std::move(output).to_binary(context.heap);
}

// '$cipher_final'(Reference): Binary | state | unfilled | failed
NativeResult cipher_final_1(Context& context, CryptoLibrary& library, const Term* a) {
  using Padding = CryptoState::Padding;
  auto* state = cipher_of(a[0]);
  if (!state) return name_of("state");
  std::array<Byte, 2 * most_block> output{}, fill{};
  std::optional<std::size_t> size = 0;
  auto unfilled = static_cast<std::size_t>(state->taken % state->block_size);
  auto missing = unfilled == 0 ? 0 : state->block_size - unfilled;
  if (!state->encrypts && unfilled != 0 && state->padding != Padding::undefined) return name_of("failed");
  switch (state->padding) {
    case Padding::undefined: break;
    case Padding::none:
      if (unfilled != 0) return name_of("unfilled");
      state->padding_size = 0;
      break;
    case Padding::pkcs:
      size = state->cipher->finish(output.data());
      if (state->encrypts) state->padding_size = static_cast<std::int64_t>(state->block_size - unfilled);
      break;
    case Padding::zero:
    case Padding::random:
      if (!state->encrypts) break;
      if (state->padding == Padding::random) library.fill(std::span{fill}.first(missing));
      if (missing > 0) size = state->cipher->update(Bytes{fill}.first(missing), output.data());
      state->padding_size = static_cast<std::int64_t>(missing);
      break;
  }
  return size ? NativeResult{bytes_term(context.heap, Bytes{output}.first(*size))}
              : NativeResult{name_of("failed")};
}

// '$cipher_data'(Reference): {Size, PaddingSize, PaddingType, Encrypts} | state
NativeResult cipher_data_1(Context& context, const Term* a) {
  auto* state = cipher_of(a[0]);
  if (!state) return name_of("state");
  auto& padding = paddings[static_cast<std::size_t>(state->padding)];
  return make_tuple(context.heap,
                    {make_unsigned(context.heap, state->taken), Term::small(state->padding_size),
                     Term::atom(Atom::of(padding.text)), Term::boolean(state->encrypts)});
}

// What an AEAD cipher works on, apart from terms.
struct AeadWork {
  std::string name;
  HeldBytes key, iv, text, associated, tag, output;
  std::size_t tag_size = 0;
  bool encrypts = false;

  explicit AeadWork(const Term* a) : name{text_of(a[0])}, encrypts{a[6].is(atoms::true_)} {
    MayPause here;
    key = *bytes_of_iolist(a[1]), iv = *bytes_of_iolist(a[2]);
    text = *bytes_of_iolist(a[3]), associated = *bytes_of_iolist(a[4]);
    if (encrypts)
      tag_size = static_cast<std::size_t>(a[5].as_small());
    else
      tag = *bytes_of_iolist(a[5]);
    output.reserve(text.size() + most_block);
  }

  CryptoLibrary::AeadResult run(CryptoLibrary& crypto) {
    return crypto.aead({name, key, iv, text, associated, tag, tag_size, encrypts, output.data()});
  }

  NativeResult result(Context& context, const CryptoLibrary::AeadResult& made) {
    using Status = CryptoLibrary::AeadResult::Status;
    switch (made.status) {
      case Status::ok: break;
      case Status::bad_key: return name_of("key");
      case Status::bad_iv: return name_of("iv");
      case Status::bad_tag_size: return name_of("tag");
      case Status::failed: return name_of("failed");
    }
    output.set_size(made.size);
    Term written = std::move(output).to_binary(context.heap);
    if (!encrypts) return written;
    return make_tuple(context.heap, {written, bytes_term(context.heap, made.tag)});
  }
};

// '$aead'(Name, Key, IV, Text, Associated, Tag or its size, Encrypts): {Text, Tag} | Text | key | iv | tag | failed.
// Long texts are worked on by another thread.
NativeResult aead_7(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(are_binaries({a, 5}) && (a[6].is(atoms::true_) ? is_size(a[5]) : is_binary(a[5])))) return badarg();
  constexpr std::size_t short_text = std::size_t{64} << 10;  // bytes: sealed at once
  if (bits_of(a[3]).bit_size / 8 + bits_of(a[4]).bit_size / 8 <= short_text) {
    AeadWork work{a};
    return work.result(context, work.run(library));
  }
  return in_background(context, [&]() -> Prepared {
    auto work = std::make_shared<AeadWork>(a);
    return background_work(
        [work, &library] { return work->run(library); },
        [work](Context& later, const CryptoLibrary::AeadResult& made) { return work->result(later, made); });
  });
}

// '$derive'(Digest, Password, Salt, Iterations, Size): Binary | false. On another thread.
NativeResult derive_5(Context& context, CryptoLibrary& library, const Term* a) {
  if (!(are_binaries({a, 3}) && is_size(a[3]) && is_size(a[4]))) return badarg();
  return in_background(context, [&]() -> Prepared {
    struct Owned {
      std::string digest;
      HeldBytes password, salt, key;
    };
    auto size = static_cast<std::size_t>(a[4].as_small());
    auto own = std::make_shared<Owned>(
        Owned{text_of(a[0]), *bytes_of_iolist(a[1]), *bytes_of_iolist(a[2]), HeldBytes{size}});
    own->key.set_size(size);
    auto iterations = static_cast<std::uint64_t>(a[3].as_small());
    return background_work(
        [own, iterations, &library] {
          return library.derive(own->digest, own->password, own->salt, iterations,
                                {own->key.data(), own->key.size()});
        },
        [own](Context& later, bool made) {
          return made ? NativeResult{std::move(own->key).to_binary(later.heap)} : yes_or_no(false);
        });
  });
}

// strong_rand_bytes(Count)
NativeResult strong_rand_bytes_1(Context& context, const Term* a) {
  auto* crypto = context.node.system.crypto();
  if (!crypto || !is_size(a[0])) return badarg();
  HeldBytes bytes(static_cast<std::size_t>(a[0].as_small()));
  {
    MayPause here;
    bytes.set_size(static_cast<std::size_t>(a[0].as_small()));
    for (std::size_t at = 0; at < bytes.size(); at += most_at_once) {
      auto count = std::min(most_at_once, bytes.size() - at);
      crypto->fill({bytes.data() + at, count});
      pace.spend(static_cast<std::int64_t>(count / Pace::converted_bytes));
    }
  }
  return std::move(bytes).to_binary(context.heap);
}

// '$same'(Binary, Binary): compares bytes of one size in a time that does not depend on them.
NativeResult same_2(Context&, const Term* a) {
  if (!are_binaries({a, 2})) return badarg();
  BinaryView left{a[0]}, right{a[1]};
  if (left.size() != right.size()) return badarg();
  MayPause here;
  Byte difference = 0;
  for (std::size_t at = 0; at < left.size(); at += most_at_once) {
    auto count = std::min(most_at_once, left.size() - at);
    for (std::size_t i = at; i < at + count; ++i)
      difference = static_cast<Byte>(difference | (left.bytes()[i] ^ right.bytes()[i]));
    pace.spend(static_cast<std::int64_t>(count / Pace::converted_bytes));
  }
  return yes_or_no(difference == 0);
}

constexpr NativeRow crypto_functions[] = {
    {"$aead", 7, with_library<aead_7>, erlang_code},
    {"$cipher", 1, with_library<cipher_1>, erlang_code},
    {"$cipher_data", 1, cipher_data_1, erlang_code},
    {"$cipher_final", 1, with_library<cipher_final_1>, erlang_code},
    {"$cipher_init", 5, with_library<cipher_init_5>, erlang_code},
    {"$cipher_update", 2, cipher_update_2, erlang_code},
    {"$derive", 5, with_library<derive_5>, erlang_code},
    {"$digest", 1, with_library<digest_1>, erlang_code},
    {"$hash_final", 1, hash_final_1, erlang_code},
    {"$hash_init", 1, with_library<hash_init_1>, erlang_code},
    {"$hash_update", 2, hash_update_2, erlang_code},
    {"$mac_final", 1, mac_final_1, erlang_code},
    {"$mac_init", 3, with_library<mac_init_3>, erlang_code},
    {"$mac_update", 2, mac_update_2, erlang_code},
    {"$same", 2, same_2, erlang_code},
    {"$version", 0, with_library<version_0>, erlang_code},
    {"strong_rand_bytes", 1, strong_rand_bytes_1, erlang_code},
};

}  // namespace
}  // namespace crypto_natives

extern const NativeModule crypto_module;
const NativeModule crypto_module{"crypto", crypto_natives::crypto_functions, ""};

}  // namespace noderuntime
