// Module prim_buffer: bytes that are written at the end and read from the front, with a lock that only its users heed.
// OTP's raw_file_io_delayed shares one between two processes.
#include <algorithm>
#include <memory>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

namespace {

class SharedBytes final : public MagicObject {
 public:
  std::size_t bytes() const override { return kept_.size(); }
  Bytes waiting() const { return kept_.bytes().subspan(at_); }
  void append(Bytes more) {
    if (at_ > 0 && at_ >= kept_.size() / 2) {
      HeldBytes rest(kept_.size() - at_ + more.size());
      rest.append(waiting());
      kept_ = std::move(rest), at_ = 0;
    }
    kept_.append(more);
  }
  void skip(std::size_t count) {
    at_ += count;
    if (at_ == kept_.size()) kept_ = {}, at_ = 0;
  }
  bool is_locked = false;

 private:
  HeldBytes kept_;
  std::size_t at_ = 0;
};

SharedBytes* buffer_of(Term reference) {
  if (!is_kind(reference, Kind::magic_reference)) return nullptr;
  return dynamic_cast<SharedBytes*>(box_as<MagicReference>(reference)->object);
}

// Of that many bytes there are enough.
std::optional<std::size_t> part_of(const SharedBytes& buffer, Term size) {
  if (!size.is_small() || size.as_small() < 0) return std::nullopt;
  auto count = static_cast<std::size_t>(size.as_small());
  return count <= buffer.waiting().size() ? std::optional{count} : std::nullopt;
}

NativeResult buffer_new_0(Context& context, const Term*) {
  auto buffer = std::make_unique<SharedBytes>();
  Term reference =
      make_magic_reference(context.heap, context.processes.this_node().make_reference(), buffer.get());
  buffer.release();
  return reference;
}

NativeResult buffer_size_1(Context& context, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  return buffer
             ? NativeResult{make_integer(context.heap, static_cast<std::int64_t>(buffer->waiting().size()))}
             : badarg();
}

NativeResult buffer_wipe_1(Context&, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  if (!buffer) return badarg();
  buffer->skip(buffer->waiting().size());
  return Term::atom(atoms::ok);
}

NativeResult buffer_read_2(Context& context, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  auto count = buffer ? part_of(*buffer, a[1]) : std::nullopt;
  if (!count) return badarg();
  auto part = buffer->waiting().first(*count);
  Term binary = make_binary(context.heap, as_text(part));
  buffer->skip(*count);
  return binary;
}

NativeResult buffer_read_iovec_2(Context& context, const Term* a) {
  auto read = buffer_read_2(context, a);
  if (read.status != NativeResult::Status::value) return read;
  return bits_of(read.value).bit_size == 0 ? Term::nil() : make_cons(context.heap, read.value, Term::nil());
}

NativeResult buffer_skip_2(Context&, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  auto count = buffer ? part_of(*buffer, a[1]) : std::nullopt;
  if (!count) return badarg();
  buffer->skip(*count);
  return Term::atom(atoms::ok);
}

NativeResult buffer_write_2(Context&, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  auto bytes = [&] {
    MayPause here;
    return bytes_of_iolist(a[1]);
  }();
  if (!buffer || !bytes) return badarg();
  buffer->append(*bytes);
  return Term::atom(atoms::ok);
}

NativeResult buffer_find_byte_index_2(Context& context, const Term* a) {
  static const Atom not_found = Atom::of("not_found");
  auto* buffer = buffer_of(a[0]);
  if (!buffer || !a[1].is_small() || a[1].as_small() < 0 || a[1].as_small() > 255) return badarg();
  auto waiting = buffer->waiting();
  auto found = std::find(waiting.begin(), waiting.end(), static_cast<Byte>(a[1].as_small()));
  if (found == waiting.end()) return Term::atom(not_found);
  Term index = make_integer(context.heap, found - waiting.begin());
  return make_tuple(context.heap, {Term::atom(atoms::ok), index});
}

NativeResult buffer_try_lock_1(Context&, const Term* a) {
  static const Atom acquired = Atom::of("acquired"), busy = Atom::of("busy");
  auto* buffer = buffer_of(a[0]);
  if (!buffer) return badarg();
  return Term::atom(std::exchange(buffer->is_locked, true) ? busy : acquired);
}

NativeResult buffer_unlock_1(Context&, const Term* a) {
  auto* buffer = buffer_of(a[0]);
  if (!buffer || !std::exchange(buffer->is_locked, false)) return badarg();
  return Term::atom(atoms::ok);
}

constexpr NativeRow prim_buffer_functions[] = {
    {"find_byte_index", 2, buffer_find_byte_index_2},
    {"new", 0, buffer_new_0},
    {"read", 2, buffer_read_2, erlang_code},
    {"read_iovec", 2, buffer_read_iovec_2, erlang_code},
    {"size", 1, buffer_size_1},
    {"skip", 2, buffer_skip_2},
    {"try_lock", 1, buffer_try_lock_1},
    {"unlock", 1, buffer_unlock_1},
    {"wipe", 1, buffer_wipe_1, erlang_code},
    {"write", 2, buffer_write_2},
};

}  // namespace

extern const NativeModule prim_buffer_module;
const NativeModule prim_buffer_module{"prim_buffer", prim_buffer_functions, ""};

}  // namespace noderuntime
