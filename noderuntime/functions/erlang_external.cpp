// The external term format: term_to_binary, binary_to_term and so on.

#include "noderuntime/external_format/decode.h"
#include "noderuntime/external_format/encode.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/bits.h"
#include "noderuntime/term/pace.h"
#include "noderuntime/term/scratch.h"

namespace noderuntime::erlang {

namespace {

struct Options {
  EncodeOptions encode;
  int level = 0;  // of compression; 0: none
};

std::optional<Options> encode_options(Context& context, Term list) {
  Options options;
  options.encode.self = context.processes.self();
  options.encode.version = true;
  for (; list.is_cons(); list = list.tail()) {
    Term option = list.head();
    bool pair = option.is_tuple(2) && option.element(0).is_atom() && option.element(1).is_small();
    if (!pair && !option.is_atom()) return std::nullopt;
    auto name = (pair ? option.element(0) : option).as_atom().text();
    auto value = pair ? option.element(1).as_small() : 0;
    constexpr int usual_level = 6;
    if (!pair && name == "compressed")
      options.level = usual_level;
    else if (!pair && name == "deterministic")
      options.encode.deterministic = true;
    else if (pair && name == "compressed" && value >= 0 && value <= 9)
      options.level = static_cast<int>(value);
    else if (pair && name == "minor_version" && value >= 0 && value <= 2)
      options.encode.text_floats = value == 0, options.encode.latin1_atoms = value < 2;
    else if (pair || name != "local")
      return std::nullopt;
  }
  return list.is_nil() ? std::optional{options} : std::nullopt;
}

NativeResult encode(Context& context, Term term, Term option_list) {
  auto options = encode_options(context, option_list);
  if (!options) return badarg();
  MayPause may_pause;
  auto plain = encode_in_pieces(term, options->encode);
  if (!plain) return error(atoms::system_limit);
  Pieces shorter;
  if (options->level > 0) shorter = compressed(*plain, options->level);
  return make_binary(context.heap, std::move(shorter.empty() ? *plain : shorter));
}

}  // namespace

NativeResult term_to_binary_2(Context& context, const Term* a) { return encode(context, a[0], a[1]); }
NativeResult term_to_binary_1(Context& context, const Term* a) { return encode(context, a[0], Term::nil()); }

NativeResult term_to_iovec_2(Context& context, const Term* a) {
  auto binary = encode(context, a[0], a[1]);
  return binary.status == NativeResult::Status::value ? make_list(context.heap, {binary.value}) : binary;
}
NativeResult term_to_iovec_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return term_to_iovec_2(context, arguments);
}

NativeResult external_size_2(Context& context, const Term* a) {
  auto options = encode_options(context, a[1]);
  if (!options) return badarg();
  MayPause may_pause;
  auto size = encoded_size(a[0], options->encode);
  return size ? NativeResult{Term::small(static_cast<std::int64_t>(*size))} : error(atoms::system_limit);
}
NativeResult external_size_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return external_size_2(context, arguments);
}

// `safe` forbids new atoms; `used` also returns the number of bytes.
NativeResult binary_to_term_2(Context& context, const Term* a) {
  if (!a[0].is_bitstring() || !bits_of(a[0]).whole_bytes()) return badarg();
  bool used = false;
  AtomAllowance none{0};
  DecodeOptions how;
  how.self = context.processes.self();
  Term options = a[1];
  for (; options.is_cons(); options = options.tail()) {
    if (!options.head().is_atom()) return badarg();
    auto name = options.head().as_atom().text();
    if (name == "safe")
      how.allowance = &none;
    else if (name == "used")
      used = true;
    else
      return badarg();
  }
  if (!options.is_nil()) return badarg();
  MayPause may_pause;
  auto bytes = aligned_bytes(a[0]);
  std::optional<Scratch<Byte>> aligned;
  if (!bytes) {
    auto view = bits_of(a[0]);
    aligned.emplace(view.bit_size / 8);
    bits::copy_to_front(view.data, view.bit_offset, aligned->data(), view.bit_size);
    bytes.emplace(aligned->data(), aligned->size());
  }
  auto decoded = decode_with_version(context.heap, *bytes, how);
  if (!decoded) return badarg();
  if (!used) return decoded->term;
  return make_tuple(context.heap, {decoded->term, Term::small(static_cast<std::int64_t>(decoded->consumed))});
}

NativeResult binary_to_term_1(Context& context, const Term* a) {
  Term arguments[] = {a[0], Term::nil()};
  return binary_to_term_2(context, arguments);
}

}  // namespace noderuntime::erlang
