#include "noderuntime/beam/chunks.h"

#include <zlib.h>

#include <algorithm>

#include "common/wire/reader.h"
#include "noderuntime/term/pieces.h"

namespace noderuntime {

namespace {

constexpr std::size_t inflate_step = 1 << 16;
constexpr std::size_t fun_row = 24, fun_uniq = 20;

// `window` is zlib's windowBits. The buffer grows with the output, not with the announced size: `expected` is only the
// address space that is reserved, so that what is there is not copied.
Result<Buffer> inflate_all(Bytes deflated, int window, std::size_t maximum, std::size_t expected) {
  struct Stream : z_stream {
    ~Stream() { inflateEnd(this); }
  } stream{};
  if (inflateInit2(&stream, window) != Z_OK) return Error{Errc::bad_module, "zlib"};
  stream.next_in = const_cast<Byte*>(deflated.data());
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(deflated.size(), UINT32_MAX));
  Buffer out;
  out.reserve(expected);
  int status = Z_OK;
  while (status == Z_OK && out.size() <= maximum) {
    std::size_t at = out.size();
    out.resize(at + inflate_step);
    stream.next_out = out.data() + at;
    stream.avail_out = inflate_step;
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_OK && stream.avail_out == inflate_step) status = Z_BUF_ERROR;
    pace.spend(inflate_step / Pace::converted_bytes);
  }
  if (out.size() > maximum) return Error{Errc::too_large, std::to_string(maximum)};
  if (status != Z_STREAM_END) return Error{Errc::bad_module, "zlib"};
  return out;
}

}  // namespace

Result<Buffer> inflate_exactly(Bytes deflated, std::size_t size, std::size_t max_inflated) {
  if (size > max_inflated) return Error{Errc::too_large, std::to_string(size)};
  constexpr std::size_t most_of_a_byte = 1032;  // what zlib's format can express
  auto out =
      inflate_all(deflated, MAX_WBITS, size, std::min(size, most_of_a_byte * deflated.size()) + inflate_step);
  if (out && out->size() != size) return Error{Errc::bad_module, "literals"};
  return out;
}

Result<Chunks> read_chunks(Bytes file, std::size_t max_inflated) {
  Chunks result;
  if (file.size() >= 2 && file[0] == 0x1F && file[1] == 0x8B) {
    auto inflated = inflate_all(file, MAX_WBITS + 16, max_inflated, 4 * file.size());
    if (!inflated) return inflated.error();
    result.inflated = std::move(*inflated);
    file = result.inflated;
  }
  Reader in{file};
  auto form = in.string(4);
  auto size = in.u32();
  auto kind = in.string(4);
  if (!in.ok() || form != "FOR1" || kind != "BEAM" || size < 4 || size - 4 > in.remaining())
    return Error{Errc::bad_module, "not a BEAM file"};
  Reader body{in.bytes(size - 4)};
  while (!body.at_end()) {
    auto name = body.string(4);
    auto contents = body.bytes(body.u32());
    if (!body.ok()) return Error{Errc::bad_module, "chunk " + std::string{name}};
    body.bytes(std::min<std::size_t>(body.remaining(), (4 - contents.size() % 4) % 4));
    result.chunks.push_back({name, contents});
  }
  return result;
}

std::optional<Bytes> Chunks::find(std::string_view name) const {
  for (auto& chunk : chunks)
    if (chunk.name == name) return chunk.contents;
  return std::nullopt;
}

Digest Chunks::md5() const {
  Md5 sum;
  auto add = [&](Bytes bytes) {
    in_pieces(bytes.size(), Pace::converted_bytes,
              [&](std::size_t at, std::size_t size) { sum.update(bytes.subspan(at, size)); });
  };
  for (auto* names : {"AtU8\0Atom", "Code\0", "StrT\0", "ImpT\0", "ExpT\0", "FunT\0", "LitT\0", "Meta\0"}) {
    auto contents = find(std::string_view{names, 4});
    if (!contents && names[5] != '\0') contents = find(std::string_view{names + 5, 4});
    if (!contents) continue;
    if (std::string_view{names, 4} != "FunT") {
      add(*contents);
      continue;
    }
    Buffer funs{contents->begin(), contents->end()};
    for (std::size_t at = 4 + fun_uniq; at + 4 <= funs.size(); at += fun_row)
      std::fill_n(funs.begin() + static_cast<std::ptrdiff_t>(at), 4, Byte{0});
    add(funs);
  }
  return sum.finish();
}

}  // namespace noderuntime
