// Checksums of iodata, of data that continue others, and of two parts combined.
#include <zlib.h>

#include "common/wire/md5.h"
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"

namespace noderuntime::erlang {

namespace {

using Update = uLong (*)(uLong, const Bytef*, z_size_t);
using Combine = uLong (*)(uLong, uLong, z_off_t);

std::optional<std::uint64_t> checksum_of(Term term) {
  auto value = to_uint64(term);
  return value && *value <= UINT32_MAX ? value : std::nullopt;
}

NativeResult update(Context& context, Update update, Term start, Term data) {
  auto from = checksum_of(start);
  if (!from) return badarg();
  MayPause here;
  uLong sum = *from;
  bool whole = for_each_piece(data, Pace::converted_bytes,
                              [&](Bytes piece) { sum = update(sum, piece.data(), piece.size()); });
  return whole ? NativeResult{make_unsigned(context.heap, sum)} : badarg();
}

NativeResult combine(Context& context, Combine combine, const Term* a) {
  auto first = checksum_of(a[0]), second = checksum_of(a[1]);
  auto size = checksum_of(a[2]);  // as OTP: of 32 bits
  if (!first || !second || !size) return badarg();
  return make_unsigned(context.heap, combine(*first, *second, static_cast<z_off_t>(*size)));
}

NativeResult binary(Context& context, Bytes bytes) { return make_binary(context.heap, bytes); }

// False: it is not an iolist.
bool add(Md5& sum, Term iolist) {
  MayPause here;
  return for_each_piece(iolist, Pace::converted_bytes, [&](Bytes piece) { sum.update(piece); });
}

}  // namespace

NativeResult crc32_2(Context& context, const Term* a) { return update(context, crc32_z, a[0], a[1]); }
NativeResult crc32_1(Context& context, const Term* a) {
  return update(context, crc32_z, Term::small(0), a[0]);
}
NativeResult crc32_combine_3(Context& context, const Term* a) { return combine(context, ::crc32_combine, a); }

NativeResult adler32_2(Context& context, const Term* a) { return update(context, adler32_z, a[0], a[1]); }
NativeResult adler32_1(Context& context, const Term* a) {
  return update(context, adler32_z, Term::small(1), a[0]);
}
NativeResult adler32_combine_3(Context& context, const Term* a) {
  bool nothing = a[2] == Term::small(0) && checksum_of(a[0]) && checksum_of(a[1]);
  return nothing ? NativeResult{a[0]} : combine(context, ::adler32_combine, a);
}

NativeResult md5_1(Context& context, const Term* a) {
  Md5 sum;
  return add(sum, a[0]) ? binary(context, sum.finish()) : badarg();
}

// The context between md5_init and md5_final is a binary: Md5::Saved.
NativeResult md5_init_0(Context& context, const Term*) { return binary(context, Md5{}.save()); }

namespace {

std::optional<Md5> md5_context(Term term) {
  if (!is_binary(term) || bits_of(term).bit_size != 8 * sizeof(Md5::Saved)) return std::nullopt;
  return Md5::restore(BinaryView{term}.bytes());
}

}  // namespace

NativeResult md5_update_2(Context& context, const Term* a) {
  auto sum = md5_context(a[0]);
  return sum && add(*sum, a[1]) ? binary(context, sum->save()) : badarg();
}

NativeResult md5_final_1(Context& context, const Term* a) {
  auto sum = md5_context(a[0]);
  return sum ? binary(context, sum->finish()) : badarg();
}

}  // namespace noderuntime::erlang
