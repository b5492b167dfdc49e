// The native part of module zlib: a stream that a reference owns. The prelude's module zlib has the functions that
// OTP documents, and runs a stream piece by piece.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

namespace {

// What zlib allocates belongs to the account, as the process makes the program hold it.
void* allocate_for_zlib(void*, uInt items, uInt size) {
  std::size_t bytes = std::size_t{items} * size;
  auto* memory = static_cast<std::size_t*>(held_memory.allocate(bytes + sizeof(std::max_align_t)));
  if (!memory) return nullptr;
  *memory = bytes;
  return reinterpret_cast<char*>(memory) + sizeof(std::max_align_t);
}
void free_for_zlib(void*, void* memory) {
  auto* begin = reinterpret_cast<std::size_t*>(static_cast<char*>(memory) - sizeof(std::max_align_t));
  held_memory.free(begin, *begin + sizeof(std::max_align_t));
}

// A stream of module zlib. It is not begun, or compresses, or decompresses. Used by one process at a time, which may
// be paused in it; so it is busy until that process goes on.
class ZlibStream final : public MagicObject {
 public:
  enum class Work : std::uint8_t { none, deflates, inflates };

  explicit ZlibStream(Term owner) : owner{owner} {
    stream.zalloc = allocate_for_zlib, stream.zfree = free_for_zlib;
  }
  ~ZlibStream() override { (void)end(); }
  std::size_t bytes() const override { return input_.size(); }

  int end() {
    auto work = std::exchange(this->work, Work::none);
    input_ = {}, kept = {}, at_ = 0, has_ended = false, sum = 0;
    if (work == Work::deflates) return deflateEnd(&stream);
    return work == Work::inflates ? inflateEnd(&stream) : Z_OK;
  }
  void feed(HeldBytes more) {
    if (at_ == input_.size()) {
      input_ = std::move(more), at_ = 0;
      return;
    }
    HeldBytes joined(input_.size() - at_ + more.size());
    joined.append(waiting());
    joined.append(more);
    input_ = std::move(joined), at_ = 0;
  }
  Bytes waiting() const { return input_.bytes().subspan(at_); }
  void took(std::size_t bytes) { at_ += bytes; }
  void drop_input() { input_ = {}, at_ = 0; }
  HeldBytes kept;  // output that belongs in front of what the next call makes

  z_stream stream{};
  Work work = Work::none;
  Term owner;  // the process that may use it: a local pid
  bool is_closed = false, is_busy = false;
  bool has_ended = false;    // the end of the compressed data was reached
  bool is_raw = false;       // the compressed data have no header and no sum
  uLong sum = 0;             // CRC of what was compressed or decompressed, of a raw stream
  std::size_t chunk = 4000;  // bytes that inflateChunk returns, as on OTP
  // What inflating does with input behind the end of the compressed data.
  enum class Behind : std::uint8_t { error, reset, cut };
  Behind behind = Behind::error;

 private:
  HeldBytes input_;
  std::size_t at_ = 0;
};

Atom not_initialized() {
  static const Atom name = Atom::of("not_initialized");
  return name;
}

struct FoundStream {
  ZlibStream* stream = nullptr;
  NativeResult why = badarg();  // if it is null
};

FoundStream zlib_stream(Context& context, Term reference, ZlibStream::Work work) {
  if (!is_kind(reference, Kind::magic_reference)) return {};
  auto* stream = dynamic_cast<ZlibStream*>(box_as<MagicReference>(reference)->object);
  if (!stream || stream->is_busy) return {};
  if (stream->owner != context.process.self())
    return {nullptr, error(Atom::of("not_on_controlling_process"))};
  if (stream->is_closed) return {nullptr, error(not_initialized())};
  if (work != ZlibStream::Work::none && stream->work != work) return {nullptr, error(not_initialized())};
  return {stream};
}

NativeResult result_of(int status) {
  switch (status) {
    case Z_OK:
    case Z_STREAM_END: return Term::atom(atoms::ok);
    case Z_MEM_ERROR: throw HeapLimitExceeded{};
    case Z_DATA_ERROR: return error(Atom::of("data_error"));
    case Z_BUF_ERROR: return error(Atom::of("buf_error"));
    case Z_STREAM_ERROR: return error(Atom::of("stream_error"));
  }
  return badarg();
}

std::optional<int> small_number(Term term) {
  if (!term.is_small() || term.as_small() < INT32_MIN || term.as_small() > INT32_MAX) return std::nullopt;
  return static_cast<int>(term.as_small());
}

std::optional<HeldBytes> paced_bytes_of(Term iolist) {
  MayPause here;
  return bytes_of_iolist(iolist);
}

// open()
NativeResult zlib_open_0(Context& context, const Term*) {
  auto stream = std::make_unique<ZlibStream>(context.process.self());
  Term reference =
      make_magic_reference(context.heap, context.processes.this_node().make_reference(), stream.get());
  stream.release();
  return reference;
}

// close(Stream)
NativeResult zlib_close_1(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  (void)found.stream->end();
  found.stream->is_closed = true;
  return Term::atom(atoms::ok);
}

// set_controlling_process(Stream, Pid)
NativeResult zlib_set_controlling_process_2(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  if (!a[1].is_local_pid()) return badarg();
  found.stream->owner = a[1];
  return Term::atom(atoms::ok);
}

// '$deflate'(Stream, Level, WindowBits, MemoryLevel, Strategy): begins.
NativeResult zlib_deflate_5(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  auto level = small_number(a[1]), bits = small_number(a[2]), memory = small_number(a[3]),
       strategy = small_number(a[4]);
  if (!level || !bits || !memory || !strategy) return badarg();
  if (found.stream->work != ZlibStream::Work::none) return error(Atom::of("already_initialized"));
  int status = deflateInit2(&found.stream->stream, *level, Z_DEFLATED, *bits, *memory, *strategy);
  if (status == Z_OK) found.stream->work = ZlibStream::Work::deflates, found.stream->is_raw = *bits < 0;
  return status == Z_STREAM_ERROR ? badarg() : result_of(status);
}

// '$inflate'(Stream, WindowBits, Behind): begins; Behind: 0 is error, 1 reset, 2 cut.
NativeResult zlib_inflate_3(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  auto bits = small_number(a[1]), behind = small_number(a[2]);
  if (!bits || !behind || *behind < 0 || *behind > 2) return badarg();
  if (found.stream->work != ZlibStream::Work::none) return error(Atom::of("already_initialized"));
  int status = inflateInit2(&found.stream->stream, *bits);
  if (status == Z_OK) found.stream->work = ZlibStream::Work::inflates, found.stream->is_raw = *bits < 0;
  found.stream->behind = static_cast<ZlibStream::Behind>(*behind);
  return status == Z_STREAM_ERROR ? badarg() : result_of(status);
}

ZlibStream::Work work_of(Term which) {
  return which.is(Atom::of("deflate")) ? ZlibStream::Work::deflates : ZlibStream::Work::inflates;
}

// '$feed'(Stream, deflate | inflate, Data): adds input.
NativeResult zlib_feed_3(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], work_of(a[1]));
  if (!found.stream) return found.why;
  auto bytes = paced_bytes_of(a[2]);
  if (!bytes) return badarg();
  found.stream->feed(std::move(*bytes));
  return Term::atom(atoms::ok);
}

// Runs the stream over its input, until that is used up, or `most` bytes of output are there, or the data end.
// `step`: one call of zlib.
template <class Step>
NativeResult run_zlib(Context& context, ZlibStream& own, std::size_t most, Step step) {
  constexpr std::size_t at_once = std::size_t{16} << 10;
  struct Busy {
    explicit Busy(ZlibStream& stream) : stream{stream} { MagicObject::keep(&stream), stream.is_busy = true; }
    ~Busy() { stream.is_busy = false, MagicObject::release(&stream); }
    ZlibStream& stream;
  };
  HeldBytes output = std::exchange(own.kept, {});
  most += output.size();
  int status = Z_OK;
  {
    MayPause here;
    Busy busy{own};
    while (output.size() < most) {
      std::size_t room = std::min(at_once, most - output.size());
      output.reserve(output.size() + room);
      auto input = own.waiting().first(std::min(at_once, own.waiting().size()));
      bool is_last = input.size() == own.waiting().size();
      own.stream.next_in = const_cast<Byte*>(input.data()),
      own.stream.avail_in = static_cast<uInt>(input.size());
      own.stream.next_out = output.data() + output.size(), own.stream.avail_out = static_cast<uInt>(room);
      status = step(is_last);
      std::size_t used = input.size() - own.stream.avail_in, made = room - own.stream.avail_out;
      auto plain = own.work == ZlibStream::Work::deflates ? input.first(used)
                                                          : Bytes{output.data() + output.size(), made};
      if (own.is_raw && !plain.empty())
        own.sum = crc32(own.sum, plain.data(), static_cast<uInt>(plain.size()));
      own.took(used);
      output.set_size(output.size() + made);
      pace.spend(static_cast<std::int64_t>((used + made) / Pace::converted_bytes));
      if (status == Z_BUF_ERROR) status = Z_OK;  // nothing more can be done now
      if (status != Z_OK || (used == 0 && made == 0) || (own.waiting().empty() && own.stream.avail_out > 0))
        break;
    }
  }
  if (status != Z_OK && status != Z_STREAM_END && status != Z_NEED_DICT) return result_of(status);
  Term made = std::move(output).to_binary(context.heap);
  static const Atom more = Atom::of("more"), finished = Atom::of("finished"),
                    need = Atom::of("need_dictionary");
  if (status == Z_NEED_DICT) {
    Term sum = make_unsigned(context.heap, own.stream.adler);
    return make_tuple(context.heap, {Term::atom(need), sum, made});
  }
  own.has_ended = status == Z_STREAM_END;
  bool goes_on = !own.waiting().empty() || own.stream.avail_out == 0;
  if (own.has_ended && own.work == ZlibStream::Work::deflates) goes_on = false;
  Term how = Term::atom(goes_on ? more : own.has_ended ? finished : atoms::ok);
  return make_tuple(context.heap, {how, made});
}

std::optional<std::size_t> most_output(Term term) {
  if (!term.is_small() || term.as_small() < 1) return std::nullopt;
  return static_cast<std::size_t>(term.as_small());
}

// '$run_deflate'(Stream, Flush, Most): {ok | more | finished, Output}
NativeResult zlib_run_deflate_3(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::deflates);
  if (!found.stream) return found.why;
  auto flush = small_number(a[1]);
  auto most = most_output(a[2]);
  if (!flush || !most) return badarg();
  auto* stream = &found.stream->stream;
  return run_zlib(context, *found.stream, *most,
                  [&](bool is_last) { return deflate(stream, is_last ? *flush : Z_NO_FLUSH); });
}

// '$run_inflate'(Stream, Most): {ok | more | finished, Output} | {need_dictionary, Sum, Output}. As on OTP, `more` if
// the output has Most bytes, or if input is left, also behind the end of the compressed data.
NativeResult zlib_run_inflate_2(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::inflates);
  if (!found.stream) return found.why;
  auto most = most_output(a[1]);
  if (!most) return badarg();
  auto& own = *found.stream;
  if (own.has_ended && !own.waiting().empty()) {
    if (own.behind == ZlibStream::Behind::error) return error(Atom::of("data_error"));
    if (own.behind == ZlibStream::Behind::reset)
      inflateReset(&own.stream), own.has_ended = false;
    else
      own.drop_input();
  }
  static const Atom finished = Atom::of("finished");
  if (own.has_ended)
    return make_tuple(context.heap, {Term::atom(finished), make_binary(context.heap, Bytes{})});
  return run_zlib(context, own, *most, [&](bool) { return inflate(&own.stream, Z_NO_FLUSH); });
}

// '$end'(Stream, deflate | inflate)
NativeResult zlib_end_2(Context& context, const Term* a) {
  auto work = work_of(a[1]);
  auto found = zlib_stream(context, a[0], work);
  if (!found.stream) return found.why;
  bool cut = work == ZlibStream::Work::inflates ? !found.stream->has_ended || !found.stream->waiting().empty()
                                                : !found.stream->waiting().empty();
  int status = found.stream->end();
  return cut ? error(Atom::of("data_error")) : result_of(status);
}

// '$reset'(Stream, deflate | inflate)
NativeResult zlib_reset_2(Context& context, const Term* a) {
  auto work = work_of(a[1]);
  auto found = zlib_stream(context, a[0], work);
  if (!found.stream) return found.why;
  found.stream->drop_input();
  found.stream->has_ended = false, found.stream->sum = 0;
  auto* stream = &found.stream->stream;
  return result_of(work == ZlibStream::Work::deflates ? deflateReset(stream) : inflateReset(stream));
}

// crc32(Stream): of a raw stream; else 0.
NativeResult zlib_crc32_1(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  if (found.stream->work == ZlibStream::Work::none) return error(not_initialized());
  return make_unsigned(context.heap, found.stream->sum);
}

// getBufSize(Stream)
NativeResult zlib_get_buf_size_1(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  if (!found.stream) return found.why;
  return make_integer(context.heap, static_cast<std::int64_t>(found.stream->chunk));
}

// setBufSize(Stream, Bytes)
NativeResult zlib_set_buf_size_2(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::none);
  auto bytes = small_number(a[1]);
  if (!bytes || *bytes <= 16 || *bytes >= 1 << 24) return badarg();
  if (!found.stream) return found.why;
  found.stream->chunk = static_cast<std::size_t>(*bytes);
  return Term::atom(atoms::ok);
}

// deflateSetDictionary(Stream, Dictionary): the sum of the dictionary.
NativeResult zlib_deflate_set_dictionary_2(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::deflates);
  if (!found.stream) return found.why;
  auto bytes = paced_bytes_of(a[1]);
  if (!bytes) return badarg();
  auto status = deflateSetDictionary(&found.stream->stream, bytes->data(), static_cast<uInt>(bytes->size()));
  return status == Z_OK ? NativeResult{make_unsigned(context.heap, found.stream->stream.adler)}
                        : result_of(status);
}

// inflateSetDictionary(Stream, Dictionary)
NativeResult zlib_inflate_set_dictionary_2(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::inflates);
  if (!found.stream) return found.why;
  auto bytes = paced_bytes_of(a[1]);
  if (!bytes) return badarg();
  return result_of(
      inflateSetDictionary(&found.stream->stream, bytes->data(), static_cast<uInt>(bytes->size())));
}

// inflateGetDictionary(Stream)
NativeResult zlib_inflate_get_dictionary_1(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::inflates);
  if (!found.stream) return found.why;
  constexpr std::size_t largest = 32768;
  HeldBytes bytes(largest);
  uInt size = 0;
  int status = inflateGetDictionary(&found.stream->stream, bytes.data(), &size);
  if (status != Z_OK) return result_of(status);
  bytes.set_size(size);
  return std::move(bytes).to_binary(context.heap);
}

// '$params'(Stream, Level, Strategy): what was given before is compressed in the old way.
NativeResult zlib_params_3(Context& context, const Term* a) {
  auto found = zlib_stream(context, a[0], ZlibStream::Work::deflates);
  if (!found.stream) return found.why;
  auto level = small_number(a[1]), strategy = small_number(a[2]);
  if (!level || !strategy) return badarg();
  constexpr std::size_t room = 4096;
  auto& own = *found.stream;
  auto& stream = own.stream;
  auto flushed = [&](auto call) {
    for (;;) {
      own.kept.reserve(own.kept.size() + room);
      stream.next_in = nullptr, stream.avail_in = 0;
      stream.next_out = own.kept.data() + own.kept.size(), stream.avail_out = room;
      int status = call();
      own.kept.set_size(own.kept.size() + room - stream.avail_out);
      if (stream.avail_out > 0) return status;
    }
  };
  flushed([&] { return deflate(&stream, Z_SYNC_FLUSH); });
  int status = flushed([&] { return deflateParams(&stream, *level, *strategy); });
  return status == Z_BUF_ERROR ? NativeResult{Term::atom(atoms::ok)} : result_of(status);
}

constexpr NativeRow zlib_functions[] = {
    {"$deflate", 5, zlib_deflate_5, erlang_code},
    {"$end", 2, zlib_end_2, erlang_code},
    {"$feed", 3, zlib_feed_3, erlang_code},
    {"$inflate", 3, zlib_inflate_3, erlang_code},
    {"$params", 3, zlib_params_3, erlang_code},
    {"$reset", 2, zlib_reset_2, erlang_code},
    {"$run_deflate", 3, zlib_run_deflate_3, erlang_code},
    {"$run_inflate", 2, zlib_run_inflate_2, erlang_code},
    {"close", 1, zlib_close_1, erlang_code},
    {"crc32", 1, zlib_crc32_1, erlang_code},
    {"deflateSetDictionary", 2, zlib_deflate_set_dictionary_2, erlang_code},
    {"getBufSize", 1, zlib_get_buf_size_1, erlang_code},
    {"inflateGetDictionary", 1, zlib_inflate_get_dictionary_1, erlang_code},
    {"inflateSetDictionary", 2, zlib_inflate_set_dictionary_2, erlang_code},
    {"open", 0, zlib_open_0, erlang_code},
    {"setBufSize", 2, zlib_set_buf_size_2, erlang_code},
    {"set_controlling_process", 2, zlib_set_controlling_process_2, erlang_code},
};

}  // namespace

extern const NativeModule zlib_module;
const NativeModule zlib_module{"zlib", zlib_functions, ""};

}  // namespace noderuntime
