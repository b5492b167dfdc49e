// Modules atomics and counters: arrays of 64-bit numbers that references own. Nothing has to be atomic here,
// because the processes of a node take turns.
#include <algorithm>

#include "noderuntime/functions/native.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/map.h"

namespace noderuntime {

namespace {

using Names = NodeState::MagicObjects;

// Numbers that are 0 at first. Those of large arrays are pages that do not exist before they are used.
class Array {
 public:
  explicit Array(std::size_t size)
      : size_{size},
        first_{static_cast<std::uint64_t*>(held_memory.allocate_zeros(size * sizeof(std::uint64_t)))} {
    if (!first_) throw HeapLimitExceeded{};
  }
  ~Array() { held_memory.free(first_, size_ * sizeof(std::uint64_t)); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  std::size_t size() const { return size_; }
  std::uint64_t& operator[](std::size_t index) { return first_[index]; }

 private:
  std::size_t size_;
  std::uint64_t* first_;
};

class Numbers final : public MagicObject {
 public:
  Numbers(std::size_t size, bool is_signed, const Reference& name, std::shared_ptr<Names> names)
      : values{size}, is_signed{is_signed}, name_{name}, names_{std::move(names)} {
    names_->emplace(name_, this);
  }
  ~Numbers() override { names_->erase(name_); }
  std::size_t bytes() const override { return values.size() * sizeof(std::uint64_t); }

  Array values;
  bool is_signed;

 private:
  Reference name_;
  std::shared_ptr<Names> names_;
};

constexpr std::size_t most_numbers = std::size_t{1} << 32;

std::optional<std::size_t> size_given(Term size) {
  if (is_kind(size, Kind::positive_integer)) return most_numbers + 1;
  if (!size.is_small() || size.as_small() < 1) return std::nullopt;
  return static_cast<std::size_t>(size.as_small());
}

NativeResult make(Context& context, std::size_t size, bool is_signed) {
  if (size > most_numbers) return error(atoms::system_limit);
  Reference name = context.processes.this_node().make_reference();
  std::unique_ptr<Numbers> numbers;
  bool has_room = has_memory_for(
      [&] { numbers = std::make_unique<Numbers>(size, is_signed, name, context.node.state.magic_objects); });
  if (!has_room) return error(atoms::system_limit);
  Term reference = make_magic_reference(context.heap, name, numbers.get());
  numbers.release();
  return reference;
}

Numbers* find(Context& context, Term reference) {
  if (!reference.is_reference()) return nullptr;
  if (is_kind(reference, Kind::magic_reference))
    return dynamic_cast<Numbers*>(box_as<MagicReference>(reference)->object);
  auto& names = *context.node.state.magic_objects;
  auto found = names.find(to_reference(context.processes.self(), reference));
  return found == names.end() ? nullptr : dynamic_cast<Numbers*>(found->second);
}

// One number of an array.
struct Place {
  Numbers* numbers = nullptr;
  std::uint64_t* value = nullptr;  // null: none
};

Place place_of(Context& context, Term reference, Term index) {
  auto* numbers = find(context, reference);
  if (!numbers || !index.is_small() || index.as_small() < 1 ||
      static_cast<std::size_t>(index.as_small()) > numbers->values.size())
    return {};
  return {numbers, &numbers->values[static_cast<std::size_t>(index.as_small()) - 1]};
}

Term term_of(Heap& heap, const Numbers& numbers, std::uint64_t value) {
  return numbers.is_signed ? make_integer(heap, static_cast<std::int64_t>(value))
                           : make_unsigned(heap, value);
}

std::optional<std::uint64_t> value_of(const Numbers& numbers, Term term) {
  if (!numbers.is_signed) return to_uint64(term);
  auto value = to_int64(term);
  return value ? std::optional{static_cast<std::uint64_t>(*value)} : std::nullopt;
}

// The increment may be in the signed or the unsigned range; sums wrap around.
std::optional<std::uint64_t> increment_of(Term term) {
  if (auto value = to_int64(term)) return static_cast<std::uint64_t>(*value);
  return to_uint64(term);
}

NativeResult done() { return Term::atom(atoms::ok); }

// --- atomics

NativeResult atomics_new(Context& context, const Term* a) {
  static const Atom signed_name = Atom::of("signed");
  auto size = size_given(a[0]);
  bool is_signed = true;
  Term options = a[1];
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    bool known = option.is_tuple(2) && option.element(0).is(signed_name) &&
                 (option.element(1).is(atoms::true_) || option.element(1).is(atoms::false_));
    if (!known) return badarg(atoms::badopt);
    is_signed = option.element(1).is(atoms::true_);
  }
  if (!options.is_nil()) return badarg(atoms::badopt);
  return size ? make(context, *size, is_signed) : badarg();
}

NativeResult get(Context& context, const Term* a) {
  auto place = place_of(context, a[0], a[1]);
  return place.value ? NativeResult{term_of(context.heap, *place.numbers, *place.value)} : badarg();
}

NativeResult put(Context& context, const Term* a) {
  auto place = place_of(context, a[0], a[1]);
  auto value = place.value ? value_of(*place.numbers, a[2]) : std::nullopt;
  if (!value) return badarg();
  *place.value = *value;
  return done();
}

enum class Sign { plus, minus };

NativeResult change(Context& context, const Term* a, Sign sign, bool tells) {
  auto place = place_of(context, a[0], a[1]);
  auto by = increment_of(a[2]);
  if (!place.value || !by) return badarg();
  *place.value += sign == Sign::plus ? *by : -*by;
  return tells ? NativeResult{term_of(context.heap, *place.numbers, *place.value)} : done();
}

NativeResult add(Context& context, const Term* a) { return change(context, a, Sign::plus, false); }
NativeResult add_get(Context& context, const Term* a) { return change(context, a, Sign::plus, true); }
NativeResult sub(Context& context, const Term* a) { return change(context, a, Sign::minus, false); }
NativeResult sub_get(Context& context, const Term* a) { return change(context, a, Sign::minus, true); }

NativeResult exchange(Context& context, const Term* a) {
  auto old = get(context, a);
  if (old.status != NativeResult::Status::value) return old;
  auto stored = put(context, a);
  return stored.status == NativeResult::Status::value ? old : stored;
}

NativeResult compare_exchange(Context& context, const Term* a) {
  auto place = place_of(context, a[0], a[1]);
  if (!place.value) return badarg();
  auto expected = value_of(*place.numbers, a[2]), desired = value_of(*place.numbers, a[3]);
  if (!expected || !desired) return badarg();
  if (*place.value != *expected) return term_of(context.heap, *place.numbers, *place.value);
  *place.value = *desired;
  return done();
}

Term memory_of(Heap& heap, const Numbers& numbers) {
  return make_unsigned(heap, sizeof(Numbers) + numbers.bytes());
}

NativeResult atomics_info(Context& context, const Term* a) {
  auto* numbers = find(context, a[0]);
  if (!numbers) return badarg();
  auto& heap = context.heap;
  using Signed = std::numeric_limits<std::int64_t>;
  Term least = numbers->is_signed ? make_integer(heap, Signed::min()) : Term::small(0);
  Term most = make_unsigned(heap, numbers->is_signed ? static_cast<std::uint64_t>(Signed::max())
                                                     : std::numeric_limits<std::uint64_t>::max());
  map::Entry entries[] = {{Term::atom(Atom::of("size")), make_unsigned(heap, numbers->values.size())},
                          {Term::atom(atoms::max), most},
                          {Term::atom(Atom::of("min")), least},
                          {Term::atom(Atom::of("memory")), memory_of(heap, *numbers)}};
  return *map::from_entries(heap, entries);
}

constexpr NativeRow atomics_rows[] = {
    {"add", 3, add},           {"add_get", 3, add_get}, {"compare_exchange", 4, compare_exchange},
    {"exchange", 3, exchange}, {"get", 2, get},         {"info", 1, atomics_info},
    {"new", 2, atomics_new},   {"put", 3, put},         {"sub", 3, sub},
    {"sub_get", 3, sub_get}};

// --- counters: {Option, Reference}, as on OTP

bool is_counters_option(Term option) {
  if (!option.is_atom()) return false;
  auto text = option.as_atom().text();
  return text == "atomics" || text == "write_concurrency";
}

NativeResult counters_new(Context& context, const Term* a) {
  auto size = size_given(a[0]);
  Term option = Term::atom(Atom::of("atomics")), options = a[1];
  for (; options.is_cons(); options = options.tail()) {
    if (!is_counters_option(options.head())) return badarg(atoms::badopt);
    option = options.head();
  }
  if (!options.is_nil()) return badarg(atoms::badopt);
  if (!size) return badarg();
  auto reference = make(context, *size, true);
  if (reference.status != NativeResult::Status::value) return reference;
  return make_tuple(context.heap, {option, reference.value});
}

// Calls a function of atomics with the array of a counter.
template <Native function, std::size_t arity>
NativeResult of_counter(Context& context, const Term* a) {
  if (!a[0].is_tuple(2) || !is_counters_option(a[0].element(0))) return badarg();
  Term arguments[arity];
  std::copy_n(a, arity, arguments);
  arguments[0] = a[0].element(1);
  return function(context, arguments);
}

constexpr NativeRow counters_rows[] = {
    {"add", 3, of_counter<add, 3>}, {"get", 2, of_counter<get, 2>}, {"info", 1, of_counter<atomics_info, 1>},
    {"new", 2, counters_new},       {"put", 3, of_counter<put, 3>}, {"sub", 3, of_counter<sub, 3>}};

}  // namespace

extern const NativeModule atomics_module, counters_module;
const NativeModule atomics_module{"atomics", atomics_rows, "erl_erts_errors"};
const NativeModule counters_module{"counters", counters_rows, "erl_erts_errors"};

}  // namespace noderuntime
