// The loop that executes instructions. One source gives the threaded interpreter of releases and the checked
// one of development builds, which also tests every operand and offset before it uses it.
//
// Each OP below is one row of operations.h; the fields of an instruction are code[1], code[2] … in the order
// of its layout.

#include <algorithm>
#include <cmath>

#include "noderuntime/beam/marks.h"
#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/machine/interpreter.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"

namespace noderuntime {

namespace {

// The size of a bitstring, or of the rest of one that is being matched; nullopt: neither.
std::optional<std::uint64_t> bit_count(Term bits) {
  if (bits.is(Kind::match_context)) {
    auto* context = bits.as<MatchContext>();
    return context->end - context->position;
  }
  if (!bits.is_bitstring()) return std::nullopt;
  return bits_of(bits).bit_size;
}

#ifdef NDEBUG
constexpr bool checked = false;
#else
constexpr bool checked = true;
#endif

constexpr Word small_tag = 0xF;

bool both_small(Term a, Term b) { return (a.word() & b.word() & small_tag) == small_tag; }
std::int64_t as_number(Term term) { return static_cast<std::int64_t>(term.word()); }
Term raw_word(const void* place) { return Term::from_word(reinterpret_cast<Word>(place)); }
const char* biased(const void* start, std::uint32_t file) {
  return reinterpret_cast<const char*>(reinterpret_cast<std::uintptr_t>(start) - file);
}

bool same_reference(const std::uint32_t (&words)[3], Term reference) {
  return reference.is(Kind::reference) && std::equal(words, words + 3, reference.as<LocalReference>()->words);
}

}  // namespace

// The loop's variables stay in registers only if no function takes their address; so all helpers are inlined.
#define INLINE __attribute__((always_inline))
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define OP(name) at_##name:
#define DISPATCH()                           \
  do {                                       \
    if constexpr (checked) check_code(code); \
    goto* labels[*code];                     \
  } while (false)
#define NEXT(units)  \
  do {               \
    code += (units); \
    DISPATCH();      \
  } while (false)
#define JUMP(field)                                           \
  do {                                                        \
    code += (field) + static_cast<std::int32_t>(code[field]); \
    DISPATCH();                                               \
  } while (false)
#define S(field) source(code[field])
#define D(field) destination(code[field])
// Accessors for operands whose file the instruction fixes: no look-up in files_.
#define X(field) x_register(code[field])
#define Y(field) y_register(code[field])
#define C(field) source(code[field])
// Jumps to the label in `field`; without a label, raises the exception in raised_.
#define FAIL(field)                    \
  do {                                 \
    if (code[field] == 0) goto raised; \
    JUMP(field);                       \
  } while (false)
#define TEST_OF(name, S, condition) \
  OP(name) {                        \
    Term term = S(2);               \
    if (condition) NEXT(3);         \
    JUMP(1);                        \
  }
#define TEST(name, condition) TEST_OF(name, S, condition)
// Checks a type that the compiler relied on: damaged code ends its process.
#define REQUIRE(condition)                    \
  do {                                        \
    if (UNLIKELY(!(condition))) goto damaged; \
  } while (false)

Body::Next Interpreter::run(ErlangBody& body, Process& process, int& budget) {
  static const void* const labels[] = {
#define NODERUNTIME_LABEL(name, ...) &&at_##name,
      NODERUNTIME_OPERATIONS(NODERUNTIME_LABEL) NODERUNTIME_FORMS(NODERUNTIME_LABEL)
#undef NODERUNTIME_LABEL
  };
  body_ = &body, process_ = &process;
  Heap& heap = process.heap;
  Instance* instance = body.instance;
  const std::uint32_t* code = body.code;
  const std::uint32_t* return_code = body.return_code;
  Instance* return_instance = body.return_instance;
  Term* y = body.stack.top;
  int reductions = budget, deferred = 0;  // deferred: set aside, so that the next call goes to `look`
  std::size_t live = 0, frame_words = 0, bif_arity = 0;
  // of bif0 to bif3; declared here because a computed goto must not skip a constructor
  Term bif_arguments[3];
  Word* chunk_end = heap.end();

  files_[Operand::x] = biased(x_, Operand::x);
  std::copy(body.live.begin(), body.live.end(), x_);

  auto source = [&](std::uint32_t operand) INLINE -> Term {
    if constexpr (checked) {
      [[maybe_unused]] auto index = operand >> 3;
      switch (operand & Operand::file_mask) {
        case Operand::x: assert(index < x_count); break;
        case Operand::y: assert(y + index < body.stack.bottom); break;
        default:
          assert((operand & Operand::file_mask) == Operand::constant &&
                 index < instance->image->constants.size());
      }
    }
    return read(operand);
  };
  auto destination = [&](std::uint32_t operand) INLINE -> Term& {
    if constexpr (checked) {
      assert((operand & Operand::file_mask) < Operand::constant);
      assert((operand & Operand::file_mask) == Operand::x ? (operand >> 3) < x_count
                                                          : y + (operand >> 3) < body.stack.bottom);
    }
    return *const_cast<Term*>(reinterpret_cast<const Term*>(files_[operand & Operand::file_mask] + operand));
  };
  auto x_register = [&](std::uint32_t operand) INLINE -> Term& {
    if constexpr (checked) return destination(operand);
    return *reinterpret_cast<Term*>(reinterpret_cast<char*>(x_) + (operand - Operand::x));
  };
  auto y_register = [&](std::uint32_t operand) INLINE -> Term& {
    if constexpr (checked) return destination(operand);
    return *reinterpret_cast<Term*>(reinterpret_cast<char*>(y) + (operand - Operand::y));
  };
  [[maybe_unused]] auto check_code = [&]([[maybe_unused]] const std::uint32_t* place) INLINE {
    [[maybe_unused]] auto& units = instance->image->code;
    assert(place >= units.data() && place < units.data() + units.size() && *place < std::size(labels));
  };
  auto set_y = [&](Term* top) INLINE { y = top, files_[Operand::y] = biased(top, Operand::y); };
  auto set_instance = [&](Instance* to) INLINE {
    instance = body.instance = to;
    files_[Operand::constant] = biased(to->image->constants.data(), Operand::constant);
  };
  auto save = [&]() INLINE {
    body.code = code, body.return_code = return_code, body.return_instance = return_instance,
    body.stack.top = y;
    budget = reductions + deferred;
  };
  auto look_soon = [&]() INLINE { deferred += reductions, reductions = 0; };
  auto look_at_heap = [&]() INLINE {
    if (UNLIKELY(heap.end() != chunk_end)) {
      chunk_end = heap.end();
      if (is_due()) look_soon();
    }
  };
  auto allocate = [&](std::size_t words) INLINE -> Word* {
    if (UNLIKELY(static_cast<std::size_t>(heap.end() - heap.top()) < words)) {
      Word* place = heap.allocate(words);
      look_at_heap();
      return place;
    }
    return heap.allocate(words);
  };
  auto leave = [&](Body::Next next, std::size_t registers) INLINE {
    save();
    body.live.assign(x_, x_ + registers);
    return next;
  };

  // Continues at an instruction of the root image, for a call whose registers and return place are set.
  auto again_in_root = [&](std::uint32_t place) INLINE {
    Instance* root = &machine_.root(*instance->realm);
    code = root->image->code.data() + place;
    set_instance(root);
  };

  set_instance(instance);
  set_y(y);
  if (machine_.config().collect_always) look_soon();
  DISPATCH();

  // --- functions

  OP(unreachable) { goto damaged; }

  OP(end_process) {
    process.set_exit(Term::atom(atoms::normal));
    return leave(Body::Next::done, 0);
  }

  OP(function_clause) {
    auto& function = instance->image->functions[code[1]];
    auto offset = static_cast<std::uint32_t>(code - instance->image->code.data());
    for (std::size_t i = 0; i < function.arity; ++i)
      if (auto* context = binaries::context_of(x_[i])) x_[i] = binaries::tail(heap, *context);
    raise(atoms::function_clause);
    raised_.has_first = true, raised_.keep_code = false;
    raised_.first = {{instance->image->module, function.name, function.arity},
                     make_list(heap, std::span{x_, function.arity}),
                     location_of(heap, *instance->image, offset)};
    goto raised;
  }

  OP(call) {
    live = code[1];
    return_code = code + 3, return_instance = instance;
    code += 2 + static_cast<std::int32_t>(code[2]);
    goto entered;
  }
  OP(call_last) {
    live = code[1];
    Term* frame_end = y + code[3];
    return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
    code += 2 + static_cast<std::int32_t>(code[2]);
    goto entered;
  }
  OP(move_call_only) {
    x_[0] = S(1);
    live = code[2];
    code += 3 + static_cast<std::int32_t>(code[3]);
    goto entered;
  }
  OP(call_only) {
    live = code[1];
    code += 2 + static_cast<std::int32_t>(code[2]);
  }
entered:
  if (UNLIKELY(--reductions <= 0)) goto look;
  DISPATCH();

  // On entry to a function: `live` x registers and the frames are in use.
look:
  reductions += std::exchange(deferred, 0);
  save();
  collect_if_due(live);
  chunk_end = heap.end();
  if (reductions <= 0 || process.suspended()) return leave(Body::Next::again, live);
  if (machine_.config().collect_always) look_soon();
  DISPATCH();

  OP(call_ext) {
    Link& link = instance->links[code[1]];
    switch (link.kind) {
      case Link::Kind::code:
        live = link.name.arity;
        return_code = code + 2, return_instance = instance;
        code = link.entry;
        set_instance(link.instance);
        goto entered;
      case Link::Kind::native: {
        save();
        switch (call_native(link.native, link.name, x_, x_[0])) {
          case Then::proceed:
            chunk_end = heap.end();
            if (UNLIKELY(due_)) due_ = false, look_soon();
            --reductions;
            NEXT(2);
          case Then::yield: return leave(Body::Next::again, link.name.arity);
          case Then::wait: return leave(Body::Next::wait, link.name.arity);
          case Then::raise: goto raised;
          case Then::end: return leave(Body::Next::done, 0);
        }
        goto damaged;
      }
      case Link::Kind::unresolved:
        if (machine_.registry().resolve(*instance->realm, link)) DISPATCH();
        if (machine_.borrow(process, *instance->realm, link.name.module))
          return leave(Body::Next::wait, link.name.arity);
        save();
        raise_undefined(link.name, x_);
        goto raised;
      case Link::Kind::apply_2: return_code = code + 2, return_instance = instance; goto apply_fun_to_list;
      case Link::Kind::apply_3: return_code = code + 2, return_instance = instance; goto apply_to_list;
      case Link::Kind::hibernate_3: goto hibernate;
    }
    goto damaged;
  }
  OP(call_ext_last) {
    Link& link = instance->links[code[1]];
    if (UNLIKELY(link.kind == Link::Kind::unresolved)) {
      if (machine_.registry().resolve(*instance->realm, link)) DISPATCH();
      if (machine_.borrow(process, *instance->realm, link.name.module))
        return leave(Body::Next::wait, link.name.arity);
      raise_undefined(link.name, x_);
      goto raised;
    }
    if (link.kind == Link::Kind::native) goto native_then_return;
    if (link.kind == Link::Kind::hibernate_3) goto hibernate;
    Term* frame_end = y + code[2];
    return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
    goto tail_call;
  }
  OP(call_ext_only) {
    Link& link = instance->links[code[1]];
    if (UNLIKELY(link.kind == Link::Kind::unresolved)) {
      if (machine_.registry().resolve(*instance->realm, link)) DISPATCH();
      if (machine_.borrow(process, *instance->realm, link.name.module))
        return leave(Body::Next::wait, link.name.arity);
      raise_undefined(link.name, x_);
      raised_.keep_code = false;
      goto raised;
    }
    if (link.kind == Link::Kind::native) goto native_then_return;
    if (link.kind == Link::Kind::hibernate_3) goto hibernate;
  }
tail_call : {
  Link& link = instance->links[code[1]];
  if (link.kind == Link::Kind::apply_2) goto apply_fun_to_list;
  if (link.kind == Link::Kind::apply_3) goto apply_to_list;
  live = link.name.arity;
  code = link.entry;
  set_instance(link.instance);
  goto entered;
}
native_then_return : {
  Link& link = instance->links[code[1]];
  save();
  switch (call_native(link.native, link.name, x_, x_[0])) {
    case Then::proceed: break;
    case Then::yield: return leave(Body::Next::again, link.name.arity);
    case Then::wait: return leave(Body::Next::wait, link.name.arity);
    case Then::raise: goto raised;
    case Then::end: return leave(Body::Next::done, 0);
  }
  chunk_end = heap.end();
  if (UNLIKELY(due_)) due_ = false, look_soon();
  --reductions;
  if (*code == static_cast<std::uint32_t>(Operation::call_ext_last)) {
    Term* frame_end = y + code[2];
    return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
  }
  goto returning;
}

  OP(apply) {
    std::size_t count = code[1];
    return_code = code + 2, return_instance = instance;
    live = count;
    goto apply_registers;
  }
  OP(apply_last) {
    live = code[1];
    Term* frame_end = y + code[2];
    return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
  }
  // x0 … x(live-1): arguments, followed by module and function. The return place is set.
apply_registers : {
  Term module = x_[live], function = x_[live + 1];
  if (UNLIKELY(!module.is_atom() || !function.is_atom())) {
    save();
    raise_in(atoms::erlang, "apply", {module, function, make_list(heap, std::span{x_, live})}, atoms::badarg,
             "erl_erts_errors");
    raised_.keep_code = false;
    goto raised;
  }
  Link& link = machine_.registry().named(
      *instance->realm, {module.as_atom(), function.as_atom(), static_cast<std::uint32_t>(live)});
  switch (link.kind) {
    case Link::Kind::code:
      code = link.entry;
      set_instance(link.instance);
      goto entered;
    case Link::Kind::native: {
      save();
      Then then = call_native(link.native, link.name, x_, x_[0]);
      if (then == Then::end) return leave(Body::Next::done, 0);
      if (then == Then::yield || then == Then::wait) {
        again_in_root(root_apply);
        return leave(then == Then::yield ? Body::Next::again : Body::Next::wait, live + 2);
      }
      if (then == Then::raise) {
        raised_.keep_code = false;
        goto raised;
      }
      chunk_end = heap.end();
      if (UNLIKELY(due_)) due_ = false, look_soon();
      --reductions;
      goto returning;
    }
    case Link::Kind::apply_2: goto apply_fun_to_list;
    case Link::Kind::apply_3: goto apply_to_list;
    case Link::Kind::hibernate_3: goto hibernate_applied;
    case Link::Kind::unresolved: break;
  }
  if (machine_.borrow(process, *instance->realm, link.name.module)) {
    again_in_root(root_apply);
    return leave(Body::Next::wait, live + 2);
  }
  save();
  raise_undefined(link.name, x_);
  raised_.keep_code = false;
  goto raised;
}

  // A call that had to wait; all its state is in the registers.
  OP(apply_waiting) {
    live = body.live.size() - 2;
    goto apply_registers;
  }
  OP(call_fun_waiting) {
    live = body.live.size() - 1;
    goto call_fun_in_x;
  }

  OP(apply_list) {}
  // x0: module, x1: function, x2: list of arguments.
apply_to_list : {
  Term module = x_[0], function = x_[1], list = x_[2];
  if (UNLIKELY(!spread(list, live))) {
    save();
    raise_in(atoms::erlang, "apply", {module, function, list}, why_not_spread(live), "erl_erts_errors");
    raised_.keep_code = false;
    goto raised;
  }
  x_[live] = module, x_[live + 1] = function;
  goto apply_registers;
}
  // x0: fun, x1: list of arguments.
apply_fun_to_list : {
  Term fun = x_[0], list = x_[1];
  if (UNLIKELY(!spread(list, live))) {
    save();
    raise_in(atoms::erlang, "apply", {fun, list}, why_not_spread(live), "erl_erts_errors");
    raised_.keep_code = false;
    goto raised;
  }
  x_[live] = fun;
  goto call_fun_in_x;
}

  OP(call_fun2) {
    live = code[1];
    x_[live] = S(2);
    return_code = code + 3, return_instance = instance;
    goto call_fun_in_x;
  }
  OP(call_fun) {
    live = code[1];
    return_code = code + 2, return_instance = instance;
    goto call_fun_in_x;
  }
  OP(call_fun2_last) {
    live = code[1];
    x_[live] = S(2);
    frame_words = code[3];
    goto call_fun_last_in_x;
  }
  OP(call_fun_last) {
    live = code[1];
    frame_words = code[2];
  }
call_fun_last_in_x : {
  Term fun = x_[live];
  bool callable = fun.is(Kind::fun)          ? fun.as<FunObject>()->arity == live
                  : fun.is(Kind::export_fun) ? fun.as<ExportFun>()->arity == live
                                             : false;
  if (UNLIKELY(!callable)) {  // raised in the frame, as on OTP
    if (fun.is(Kind::fun) || fun.is(Kind::export_fun))
      raise_pair(atoms::badarity, make_tuple(heap, {fun, make_list(heap, std::span{x_, live})}));
    else
      raise_pair(atoms::badfun, fun);
    goto raised;
  }
  Term* frame_end = y + frame_words;
  return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
  return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
  set_y(frame_end + 2);
}
call_fun_in_x : {
  Term fun = x_[live];
  if (fun.is(Kind::fun)) {
    auto* object = fun.as<FunObject>();
    auto* binding = static_cast<const FunBinding*>(object->code);
    if (UNLIKELY(!binding || !binding->instance)) {
      save();
      binding = binding_of(fun);
      if (!binding && object->arity == live && machine_.borrow(process, *instance->realm, *object)) {
        again_in_root(root_call_fun);
        return leave(Body::Next::wait, live + 1);
      }
    }
    if (UNLIKELY(!binding || object->arity != live)) {
      save();
      if (object->arity != live)
        raise_pair(atoms::badarity, make_tuple(heap, {fun, make_list(heap, std::span{x_, live})}));
      else
        raise_pair(atoms::badfun, fun);
      raised_.keep_code = false;
      goto raised;
    }
    for (std::size_t i = 0; i < object->free_count; ++i) x_[live + i] = object->free_variables[i];
    live += object->free_count;
    code = binding->entry;
    set_instance(binding->instance);
    goto entered;
  }
  if (fun.is(Kind::export_fun)) {
    auto* object = fun.as<ExportFun>();
    if (object->arity == live) {
      x_[live] = object->module, x_[live + 1] = object->function;
      goto apply_registers;
    }
    raise_pair(atoms::badarity, make_tuple(heap, {fun, make_list(heap, std::span{x_, live})}));
  } else {
    raise_pair(atoms::badfun, fun);
  }
  raised_.keep_code = false;
  goto raised;
}

  // x0, x1, x2: the function to call when a message comes; nothing else is kept.
hibernate_applied:
  save();
  if (!may_hibernate()) {
    raised_.keep_code = false;
    goto raised;
  }
hibernate:
  save();
  if (!may_hibernate()) goto raised;
  body.stack.clear();
  set_y(body.stack.bottom);
  {
    Instance* root = &machine_.root(*instance->realm);
    return_code = root->image->code.data() + root_end, return_instance = root;
    code = root->image->code.data() + root_hibernating;
    set_instance(root);
  }
  process.mailbox.rewind();
  DISPATCH();

  OP(wait_hibernating) {
    if (process.mailbox.has_current()) goto apply_to_list;
    save();
    body.collect_requested = true;
    collect_if_due(3);
    return leave(Body::Next::wait, 3);
  }

  OP(move_return) { x_[0] = S(1); }
  OP(return_) {}
returning:
  code = return_code;
  if (return_instance != instance) set_instance(return_instance);
  return_code = nullptr;
  if (UNLIKELY(reductions <= 0)) goto yield_after_return;
  DISPATCH();

yield_after_return:
  reductions += std::exchange(deferred, 0);
  if (reductions > 0) {
    // Only a collection is due: the next call does it.
    look_soon();
    DISPATCH();
  }
  return leave(Body::Next::again, 1);

  OP(deallocate_return) {
    Term* frame_end = y + code[1];
    code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    auto* to = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
    if (to != instance) set_instance(to);
    return_code = nullptr;
    DISPATCH();
  }

  OP(allocate) {
    std::size_t words = code[1];
    if (UNLIKELY(static_cast<std::size_t>(y - body.stack.limit) < words + 2)) {
      body.stack.top = y;
      body.stack.grow(words + 2, heap.limit());
      set_y(body.stack.top);
      if (is_due()) look_soon();
    }
    Term* top = y - (words + 2);
    for (std::size_t i = 0; i < words; ++i) top[i] = Term::nil();
    top[words] = raw_word(return_code), top[words + 1] = raw_word(return_instance);
    return_code = nullptr;
    set_y(top);
    code += 2;
    while (*code == static_cast<std::uint32_t>(Operation::init_y)) code += 2;  // done above
    DISPATCH();
  }
  OP(deallocate) {
    Term* frame_end = y + code[1];
    return_code = reinterpret_cast<const std::uint32_t*>(frame_end[0].word());
    return_instance = reinterpret_cast<Instance*>(frame_end[1].word());
    set_y(frame_end + 2);
    NEXT(2);
  }
  OP(trim) {
    set_y(y + code[1]);
    NEXT(2);
  }
  OP(init_y) {
    D(1) = Term::nil();
    NEXT(2);
  }
  OP(jump) { JUMP(1); }

  // --- data

  OP(move) {
    D(2) = S(1);
    NEXT(3);
  }
  OP(move_xy_4) {
    Y(2) = X(1), Y(5) = X(4), Y(8) = X(7), Y(11) = X(10);
    NEXT(12);
  }
  OP(move_xy_3) {
    Y(2) = X(1), Y(5) = X(4), Y(8) = X(7);
    NEXT(9);
  }
  OP(move_xy_2) {
    Y(2) = X(1), Y(5) = X(4);
    NEXT(6);
  }
  OP(move_xy) {
    Y(2) = X(1);
    NEXT(3);
  }
  OP(move_yx_4) {
    X(2) = Y(1), X(5) = Y(4), X(8) = Y(7), X(11) = Y(10);
    NEXT(12);
  }
  OP(move_yx_3) {
    X(2) = Y(1), X(5) = Y(4), X(8) = Y(7);
    NEXT(9);
  }
  OP(move_yx_2) {
    X(2) = Y(1), X(5) = Y(4);
    NEXT(6);
  }
  OP(move_yx) {
    X(2) = Y(1);
    NEXT(3);
  }
  OP(move_xx_3) {
    X(2) = X(1), X(5) = X(4), X(8) = X(7);
    NEXT(9);
  }
  OP(move_xx_2) {
    X(2) = X(1), X(5) = X(4);
    NEXT(6);
  }
  OP(move_xx) {
    X(2) = X(1);
    NEXT(3);
  }
  OP(move_cx) {
    X(2) = C(1);
    NEXT(3);
  }
  OP(swap) {
    std::swap(D(1), D(2));
    NEXT(3);
  }
#define GET_LIST(name, S, HEAD, TAIL) \
  OP(name) {                          \
    Term list = S(1);                 \
    REQUIRE(list.is_cons());          \
    HEAD(2) = list.head();            \
    TAIL(3) = list.tail();            \
    NEXT(4);                          \
  }
  GET_LIST(get_list, S, D, D)
  GET_LIST(get_list_xxx, X, X, X)
  GET_LIST(get_list_xxy, X, X, Y)
  OP(is_nonempty_list_get_list) {
    Term list = X(2);
    if (!list.is_cons()) JUMP(1);
    X(5) = list.head();
    X(6) = list.tail();
    NEXT(7);
  }
  OP(get_hd) {
    Term list = S(1);
    REQUIRE(list.is_cons());
    D(2) = list.head();
    NEXT(3);
  }
  OP(get_tl) {
    Term list = S(1);
    REQUIRE(list.is_cons());
    D(2) = list.tail();
    NEXT(3);
  }
#define GET_TUPLE_ELEMENT(at, S, D)                             \
  do {                                                          \
    Term tuple = S(at + 1);                                     \
    REQUIRE(tuple.is_tuple() && code[(at) + 2] < tuple.size()); \
    D((at) + 3) = tuple.elements()[code[(at) + 2]];             \
  } while (false)
  OP(get_tuple_element) {
    GET_TUPLE_ELEMENT(0, S, D);
    NEXT(4);
  }
  OP(get_tuple_element_xx) {
    GET_TUPLE_ELEMENT(0, X, X);
    NEXT(4);
  }
  OP(get_tuple_element_xy) {
    GET_TUPLE_ELEMENT(0, X, Y);
    NEXT(4);
  }
  OP(get_tuple_element_xx_xx) {
    GET_TUPLE_ELEMENT(0, X, X);
    GET_TUPLE_ELEMENT(4, X, X);
    NEXT(8);
  }
  OP(set_tuple_element) {
    Term tuple = S(2);
    REQUIRE(tuple.is_tuple() && code[3] < tuple.size() &&
            !machine_.registry().literals().contains(tuple.boxed()));
    tuple.elements()[code[3]] = S(1);
    NEXT(4);
  }
#define PUT_LIST(name, HEAD, TAIL, D)                  \
  OP(name) {                                           \
    auto* cell = reinterpret_cast<Term*>(allocate(2)); \
    cell[0] = HEAD(1), cell[1] = TAIL(2);              \
    D(3) = Term::list(cell);                           \
    NEXT(4);                                           \
  }
  PUT_LIST(put_list, S, S, D)
  PUT_LIST(put_list_xxx, X, X, X)
  PUT_LIST(put_list_xcx, X, C, X)
  PUT_LIST(put_list_yxx, Y, X, X)
  OP(put_tuple) {
    std::size_t size = code[2];
    Word* box = allocate(1 + size);
    box[0] = Term::header(Kind::tuple, size);
    for (std::size_t i = 0; i < size; ++i) box[1 + i] = S(3 + i).word();
    D(1) = Term::box(box);
    NEXT(3 + size);
  }
  OP(update_record) {
    std::size_t size = code[1], count = code[4];
    Term record = S(2);
    REQUIRE(record.is_tuple(size));
    Word* box = allocate(1 + size);
    std::copy_n(record.boxed(), 1 + size, box);
    for (std::size_t i = 0; i < count; ++i) box[1 + code[5 + 2 * i]] = S(6 + 2 * i).word();
    D(3) = Term::box(box);
    NEXT(5 + 2 * count);
  }
  OP(make_fun) {
    auto& lambda = instance->image->lambdas[code[2]];
    std::size_t count = code[3];
    constexpr std::size_t fixed = offsetof(FunObject, free_variables) / sizeof(Word);
    Word* box = allocate(fixed + count);
    auto* fun = reinterpret_cast<FunObject*>(box);
    fun->header = Term::header(Kind::fun, fixed + count - 1);
    std::copy(instance->image->md5.begin(), instance->image->md5.end(), fun->uniq);
    fun->index = lambda.index;
    fun->arity = static_cast<std::uint16_t>(lambda.arity);
    fun->free_count = static_cast<std::uint16_t>(count);
    fun->old_index = lambda.index;
    fun->code = &instance->funs[code[2]];
    fun->module = Term::atom(instance->image->module);
    fun->old_uniq = Term::small(lambda.old_uniq);
    fun->creator = process.self();
    for (std::size_t i = 0; i < count; ++i) fun->free_variables[i] = S(4 + i);
    D(1) = Term::box(box);
    NEXT(4 + count);
  }

  // --- tests

#define COMPARE(name, A, B, operator_)                                                               \
  OP(name) {                                                                                         \
    Term a = A(2), b = B(3);                                                                         \
    if (both_small(a, b) ? as_number(a) operator_ as_number(b) : compare(a, b) operator_ 0) NEXT(4); \
    JUMP(1);                                                                                         \
  }
  COMPARE(is_lt, S, S, <)
  COMPARE(is_lt_xx, X, X, <)
  COMPARE(is_lt_xc, X, C, <)
  COMPARE(is_ge, S, S, >=)
  COMPARE(is_ge_xx, X, X, >=)
  COMPARE(is_ge_xc, X, C, >=)
  OP(is_eq) {
    if (equal(S(2), S(3))) NEXT(4);
    JUMP(1);
  }
  OP(is_ne) {
    if (!equal(S(2), S(3))) NEXT(4);
    JUMP(1);
  }
  OP(is_eq_exact) {
    if (exactly_equal(S(2), S(3))) NEXT(4);
    JUMP(1);
  }
  OP(is_eq_exact_yy) {
    if (exactly_equal(Y(2), Y(3))) NEXT(4);
    JUMP(1);
  }
  OP(is_ne_exact) {
    if (!exactly_equal(S(2), S(3))) NEXT(4);
    JUMP(1);
  }
  OP(is_same_word) {
    if (S(2) == S(3)) NEXT(4);
    JUMP(1);
  }
  OP(is_same_word_xc) {
    if (X(2) == C(3)) NEXT(4);
    JUMP(1);
  }
  OP(is_other_word) {
    if (S(2) != S(3)) NEXT(4);
    JUMP(1);
  }
  TEST(is_integer, term.is_integer())
  TEST(is_float, term.is_float())
  TEST(is_number, term.is_number())
  TEST(is_atom, term.is_atom())
  TEST(is_pid, term.is_pid())
  TEST(is_reference, term.is_reference())
  TEST(is_port, term.is_port())
  TEST(is_nil, term.is_nil())
  TEST_OF(is_nil_x, X, term.is_nil())
  TEST(is_binary, term.is_bitstring() && bits_of(term).bit_size % 8 == 0)
  TEST(is_bitstring, term.is_bitstring())
  TEST(is_list, term.is_list())
  TEST_OF(is_list_x, X, term.is_list())
  TEST(is_nonempty_list, term.is_cons())
  TEST_OF(is_nonempty_list_x, X, term.is_cons())
  TEST(is_tuple, term.is_tuple())
  TEST_OF(is_tuple_x, X, term.is_tuple())
  TEST(is_map, term.is_map())
  TEST_OF(is_map_x, X, term.is_map())
  TEST(is_boolean, term.is(atoms::true_) || term.is(atoms::false_))
  TEST(is_function, term.is_fun())
  OP(test_arity) {
    if (S(2).is_tuple(code[3])) NEXT(4);
    JUMP(1);
  }
  OP(test_arity_x) {
    if (X(2).is_tuple(code[3])) NEXT(4);
    JUMP(1);
  }
  OP(is_tuple_test_arity) {
    if (X(2).is_tuple(code[6])) NEXT(7);
    JUMP(1);
  }
  OP(is_tagged_tuple) {
    Term term = S(2);
    if (term.is_tuple(code[3]) && code[3] > 0 && term.elements()[0] == S(4)) NEXT(5);
    JUMP(1);
  }
  OP(is_tuple_is_tagged_tuple) {
    if (!X(2).is_tuple()) JUMP(1);
    code += 3;
  }
  OP(is_tagged_tuple_x) {
    Term term = X(2);
    if (term.is_tuple(code[3]) && code[3] > 0 && term.elements()[0] == C(4)) NEXT(5);
    JUMP(1);
  }
  TEST(is_any_native_record, term.is(Kind::record))
  OP(is_native_record) {
    Term record = S(2);
    auto* of = record.is(Kind::record) ? record.as<NativeRecord>() : nullptr;
    if (of && of->module == S(3) && of->name == S(4)) NEXT(5);
    JUMP(1);
  }
  OP(is_function2) {
    Term fun = S(2), arity = S(3);
    bool fits = (fun.is(Kind::fun) && arity == Term::small(fun.as<FunObject>()->arity)) ||
                (fun.is(Kind::export_fun) &&
                 arity == Term::small(static_cast<std::int64_t>(fun.as<ExportFun>()->arity)));
    if (fits) NEXT(4);
    JUMP(1);
  }

#define SELECT_WORD(name, S)                                    \
  OP(name) {                                                    \
    Term term = S(1);                                           \
    auto* values = instance->image->constants.data() + code[4]; \
    std::size_t low = 0, high = code[3];                        \
    while (low < high) {                                        \
      std::size_t middle = (low + high) / 2;                    \
      if (values[middle].word() < term.word())                  \
        low = middle + 1;                                       \
      else                                                      \
        high = middle;                                          \
    }                                                           \
    if (low == code[3] || values[low] != term) JUMP(2);         \
    JUMP(5 + low);                                              \
  }
  SELECT_WORD(select_word, S)
  SELECT_WORD(select_word_x, X)
  OP(select_dense) {
    Term term = S(1);
    if (!term.is_small()) JUMP(2);
    auto index = static_cast<std::uint64_t>(term.as_small() - instance->image->constants[code[4]].as_small());
    if (index >= code[3]) JUMP(2);
    std::size_t field = 5 + index;
    JUMP(field);
  }
  OP(select_term) {
    Term term = S(1);
    auto* values = instance->image->constants.data() + code[4];
    for (std::size_t i = 0; i < code[3]; ++i) {
      if (!exactly_equal(values[i], term)) continue;
      std::size_t field = 5 + i;
      JUMP(field);
    }
    JUMP(2);
  }
#define SELECT_ARITY(name, S)                         \
  OP(name) {                                          \
    Term term = S(1);                                 \
    if (term.is_tuple()) {                            \
      std::size_t size = term.size();                 \
      for (std::size_t i = 0; i < code[3]; ++i)       \
        if (code[4 + 2 * i] == size) JUMP(5 + 2 * i); \
    }                                                 \
    JUMP(2);                                          \
  }
  SELECT_ARITY(select_arity, S)
  OP(is_tuple_select_arity) { code += 3; }
  SELECT_ARITY(select_arity_x, X)

  // --- exceptions

  OP(catch_) {
    auto offset = code + 2 + static_cast<std::int32_t>(code[2]) - instance->image->code.data();
    D(1) = marks::catch_at(static_cast<Word>(offset));
    NEXT(3);
  }
  OP(catch_end) {
    D(1) = Term::nil();
    if (x_[0] == marks::exception) {
      x_[0] = caught();
      look_at_heap();
    }
    NEXT(2);
  }
  OP(try_end) {
    D(1) = Term::nil();
    NEXT(2);
  }
  OP(try_case) {
    D(1) = Term::nil();
    if (x_[0] == marks::exception)
      x_[0] = x_[1], x_[1] = x_[2], x_[2] = x_[3];
    else
      x_[0] = x_[1] = x_[2] = Term::nil();  // never read: code that ignores the exception
    NEXT(2);
  }
  OP(try_case_end) {
    raise_pair(atoms::try_clause, S(1));
    goto raised;
  }
  OP(badmatch) {
    raise_pair(atoms::badmatch, S(1));
    goto raised;
  }
  OP(case_end) {
    raise_pair(atoms::case_clause, S(1));
    goto raised;
  }
  OP(if_end) {
    raise(atoms::if_clause);
    goto raised;
  }
  OP(badrecord) {
    raise_pair(atoms::badrecord, S(1));
    goto raised;
  }
  OP(raise) {
    Term trace = S(1), reason = S(2);
    raise(reason);
    raised_.kind = kind_of_trace(trace);
    raised_.trace = trace;
    goto raised;
  }
  OP(raw_raise) {
    Term kind = x_[0];
    if (kind.is(atoms::error) || kind.is(atoms::exit) || kind.is(atoms::throw_)) {
      raise(x_[1]);
      raised_.kind = kind.as_atom();
      raised_.trace =
          kind_of_trace(x_[2]) == kind.as_atom()
              ? x_[2]
              : given_trace(heap, kind.as_atom(), build_stack_trace(heap, machine_.registry(), x_[2]));
      goto raised;
    }
    x_[0] = Term::atom(atoms::badarg);
    NEXT(1);
  }
  OP(build_stacktrace) {
    x_[0] = build_stack_trace(heap, machine_.registry(), x_[0]);
    look_at_heap();
    NEXT(1);
  }

raised:
  save();
  if (!unwind()) {
    end_process();
    return leave(Body::Next::done, 0);
  }
  set_instance(body.instance);
  set_y(body.stack.top);
  code = body.code, return_code = nullptr;
  look_at_heap();
  if (--reductions <= 0 && reductions + deferred <= 0) {
    constexpr std::size_t handler_registers = 4;
    return leave(Body::Next::again, handler_registers);
  }
  DISPATCH();

damaged:
  process.set_exit(make_tuple(heap, {Term::atom(atoms::badfile), Term::atom(instance->image->module)}));
  return leave(Body::Next::done, 0);

  // --- built-in functions

  OP(bif0) {
    bif_arity = 0;
    goto bif;
  }
  OP(bif1) {
    bif_arguments[0] = S(3), bif_arity = 1;
    goto bif;
  }
  OP(bif2) {
    bif_arguments[0] = S(3), bif_arguments[1] = S(4), bif_arity = 2;
    goto bif;
  }
  OP(bif3) { bif_arguments[0] = S(3), bif_arguments[1] = S(4), bif_arguments[2] = S(5), bif_arity = 3; }
bif:
  save();
  {
    Link& link = instance->links[code[2]];
    if (UNLIKELY(link.kind != Link::Kind::native)) {
      if (link.kind == Link::Kind::unresolved) machine_.registry().resolve(*instance->realm, link);
      if (link.kind != Link::Kind::native) {
        raise_undefined(link.name, bif_arguments);
        FAIL(1);
      }
    }
    Term value;
    Then then = call_native(link.native, link.name, bif_arguments, value);
    while (then == Then::yield) then = call_native(link.native, link.name, bif_arguments, value);
    if (then == Then::end) return leave(Body::Next::done, 0);
    REQUIRE(then != Then::wait);
    if (then != Then::proceed) FAIL(1);
    chunk_end = heap.end();
    if (UNLIKELY(due_)) due_ = false, look_soon();
    D(3 + bif_arity) = value;
    NEXT(4 + bif_arity);
  }
  OP(self) {
    D(1) = process.self();
    NEXT(2);
  }
  OP(element) {
    Term index = S(2), tuple = S(3);
    if (index.is_small() && tuple.is_tuple()) {
      auto at = static_cast<std::uint64_t>(index.as_small()) - 1;
      if (at < tuple.size()) {
        D(4) = tuple.elements()[at];
        NEXT(5);
      }
    }
    if (code[1] == 0) raise_in(atoms::erlang, "element", {index, tuple}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }
  OP(hd) {
    Term list = S(2);
    if (list.is_cons()) {
      D(3) = list.head();
      NEXT(4);
    }
    if (code[1] == 0) raise_in(atoms::erlang, "hd", {list}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }
  OP(tl) {
    Term list = S(2);
    if (list.is_cons()) {
      D(3) = list.tail();
      NEXT(4);
    }
    if (code[1] == 0) raise_in(atoms::erlang, "tl", {list}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }
  OP(tuple_size) {
    Term tuple = S(2);
    if (tuple.is_tuple()) {
      D(3) = Term::small(static_cast<std::int64_t>(tuple.size()));
      NEXT(4);
    }
    if (code[1] == 0) raise_in(atoms::erlang, "tuple_size", {tuple}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }

  OP(byte_size) {
    Term bits = S(2);
    if (auto count = bit_count(bits)) {
      D(3) = Term::small(static_cast<std::int64_t>((*count + 7) / 8));
      NEXT(4);
    }
    if (code[1] == 0) raise_in(atoms::erlang, "byte_size", {bits}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }
  OP(bit_size) {
    Term bits = S(2);
    if (auto count = bit_count(bits)) {
      D(3) = Term::small(static_cast<std::int64_t>(*count));
      NEXT(4);
    }
    if (code[1] == 0) raise_in(atoms::erlang, "bit_size", {bits}, atoms::badarg, "erl_erts_errors");
    FAIL(1);
  }

  // Smalls are calculated with as 16 n + 15, so sums and differences need no shifting.
#define ADDITIVE(name, A, B, D, overflow)                                          \
  OP(name) {                                                                       \
    Term a = A(2), b = B(3);                                                       \
    std::int64_t result;                                                           \
    if (both_small(a, b) && !overflow(as_number(a), as_number(b) - 15, &result)) { \
      D(4) = Term::from_word(static_cast<Word>(result));                           \
      NEXT(5);                                                                     \
    }                                                                              \
    goto slow_arithmetic;                                                          \
  }
  ADDITIVE(add, S, S, D, __builtin_add_overflow)
  ADDITIVE(add_xcx, X, C, X, __builtin_add_overflow)
  ADDITIVE(add_xxx, X, X, X, __builtin_add_overflow)
  ADDITIVE(subtract, S, S, D, __builtin_sub_overflow)
  ADDITIVE(subtract_xcx, X, C, X, __builtin_sub_overflow)
  OP(multiply) {
    Term a = S(2), b = S(3);
    std::int64_t product;
    if (both_small(a, b) && !__builtin_mul_overflow(a.as_small(), as_number(b) - 15, &product)) {
      D(4) = Term::from_word(static_cast<Word>(product) | small_tag);
      NEXT(5);
    }
    goto slow_arithmetic;
  }
  OP(int_div) {
    Term a = S(2), b = S(3);
    if (both_small(a, b) && b.as_small() != 0 && b.as_small() != -1) {
      D(4) = Term::small(a.as_small() / b.as_small());
      NEXT(5);
    }
    goto slow_arithmetic;
  }
  OP(int_rem) {
    Term a = S(2), b = S(3);
    if (both_small(a, b) && b.as_small() != 0) {
      D(4) = Term::small(a.as_small() % b.as_small());
      NEXT(5);
    }
    goto slow_arithmetic;
  }
  OP(band) {
    Term a = S(2), b = S(3);
    if (!both_small(a, b)) goto slow_arithmetic;
    D(4) = Term::from_word(a.word() & b.word());
    NEXT(5);
  }
  OP(bor) {
    Term a = S(2), b = S(3);
    if (!both_small(a, b)) goto slow_arithmetic;
    D(4) = Term::from_word(a.word() | b.word());
    NEXT(5);
  }
  OP(bxor) {
    Term a = S(2), b = S(3);
    if (!both_small(a, b)) goto slow_arithmetic;
    D(4) = Term::from_word((a.word() ^ b.word()) | small_tag);
    NEXT(5);
  }
  OP(bsr) {
    Term a = S(2), b = S(3);
    if (!both_small(a, b) || b.as_small() < 0) goto slow_arithmetic;
    D(4) = Term::small(a.as_small() >> std::min<std::int64_t>(b.as_small(), 63));
    NEXT(5);
  }
  OP(divide) {}
  OP(bsl) {}
slow_arithmetic : {
  Term a = S(2), b = S(3), value;
  if (!arithmetic(plain_operation(static_cast<Operation>(*code)), a, b, value)) FAIL(1);
  look_at_heap();
  D(4) = value;
  NEXT(5);
}
  OP(bnot) {}
  OP(negate) {
    Term a = S(2), value;
    if (!arithmetic(static_cast<Operation>(*code), a, a, value)) FAIL(1);
    look_at_heap();
    D(3) = value;
    NEXT(4);
  }

  // --- floats

  OP(fload) {
    Term term = S(1);
    REQUIRE(term.is_float());
    f_[code[2]] = term.as<FloatObject>()->value;
    NEXT(3);
  }
  OP(fstore) {
    Word* box = allocate(2);
    box[0] = Term::header(Kind::floating, 1);
    std::memcpy(box + 1, &f_[code[1]], sizeof(double));
    D(2) = Term::box(box);
    NEXT(3);
  }
  OP(fconv) {
    auto value = arithmetic::as_float(S(1));
    if (!value) {
      raise(atoms::badarith);
      goto raised;
    }
    f_[code[2]] = *value;
    NEXT(3);
  }
#define FLOATS(name, operator_)                          \
  OP(name) {                                             \
    double value = f_[code[2]] operator_ f_[code[3]];    \
    if (UNLIKELY(!std::isfinite(value))) goto bad_float; \
    f_[code[4]] = value;                                 \
    NEXT(5);                                             \
  }
  FLOATS(fadd, +)
  FLOATS(fsub, -)
  FLOATS(fmul, *)
  OP(fdiv) {
    double value = f_[code[3]] == 0 ? INFINITY : f_[code[2]] / f_[code[3]];
    if (UNLIKELY(!std::isfinite(value))) goto bad_float;
    f_[code[4]] = value;
    NEXT(5);
  }
#undef FLOATS
  OP(fnegate) {
    f_[code[3]] = -f_[code[2]];
    NEXT(4);
  }
bad_float:
  raise(atoms::badarith);
  FAIL(1);

  // --- maps

  OP(put_map_assoc) {}
  OP(put_map_exact) {
    Term value;
    std::uint32_t count = code[4];
    if (!put_map(*code == static_cast<std::uint32_t>(Operation::put_map_exact), S(2), code + 5, count, value))
      FAIL(1);
    look_at_heap();
    D(3) = value;
    NEXT(5 + 2 * count);
  }
  OP(has_map_fields) {
    Term map = S(2);
    std::uint32_t count = code[3];
    REQUIRE(map.is_map());
    for (std::uint32_t i = 0; i < count; ++i)
      if (!map::find(map, S(4 + i))) JUMP(1);
    NEXT(4 + count);
  }
  OP(get_map_elements) {
    Term map = S(2);
    std::uint32_t count = code[3];
    REQUIRE(map.is_map());
    for (std::uint32_t i = 0; i < count; ++i) {
      auto* value = map::find(map, S(4 + 2 * i));
      if (!value) JUMP(1);
      D(5 + 2 * i) = *value;
    }
    NEXT(4 + 2 * count);
  }

  // --- messages

  OP(send) {
    save();
    if (processes_.send(process, x_[0], x_[1]) == Processes::Sent::badarg) {
      raise_in(atoms::erlang, "!", {x_[0], x_[1]}, atoms::badarg, "erl_erts_errors");
      goto raised;
    }
    x_[0] = x_[1];
    reductions -= 4;
    if (UNLIKELY(process.suspended())) look_soon();
    NEXT(1);
  }
  OP(loop_rec) {
    if (!process.mailbox.has_current()) JUMP(1);
    D(2) = process.mailbox.look();
    NEXT(3);
  }
  OP(remove_message) {
    REQUIRE(process.mailbox.has_current());
    heap.adopt(process.mailbox.take_current().take_heap());
    chunk_end = heap.end();
    if (process.next_timeout != 0 || process.timed_out) processes_.cancel_timeout(process);
    if (is_due()) look_soon();
    NEXT(1);
  }
  OP(loop_rec_end) {
    REQUIRE(process.mailbox.has_current());
    process.mailbox.advance();
    code += 1 + static_cast<std::int32_t>(code[1]);
    if (--reductions <= 0) {
      live = 0;
      goto look;
    }
    DISPATCH();
  }
  OP(wait) {
    if (code[1] == static_cast<std::uint32_t>(-1)) goto waiting_for_time;
    code += 1 + static_cast<std::int32_t>(code[1]);
    goto waiting;
  }
  OP(wait_timeout) {
    if (process.timed_out) NEXT(3);
    if (process.next_timeout == 0) {
      Term time = S(2);
      constexpr std::int64_t longest = 0xFFFFFFFF;
      if (time == Term::small(0)) NEXT(3);
      if (time.is_small() && time.as_small() > 0 && time.as_small() <= longest) {
        processes_.set_timeout(process, time.as_small());
      } else if (!time.is(atoms::infinity)) {
        process.mailbox.rewind();
        raise(atoms::timeout_value);
        goto raised;
      }
    }
    if (code[1] == static_cast<std::uint32_t>(-1)) goto waiting_for_time;
    code += 1 + static_cast<std::int32_t>(code[1]);
  }
waiting:
  if (process.mailbox.has_current()) {
    if (--reductions > 0) DISPATCH();
    live = 0;
    goto look;
  }
  save();
  collect_if_due(0);
  return leave(Body::Next::wait, 0);
  // A wait that jumps to itself looks at no message. Its timeout must still be in its register then.
waiting_for_time : {
  bool timed = *code == static_cast<std::uint32_t>(Operation::wait_timeout);
  std::size_t kept = timed && (code[2] & Operand::file_mask) == Operand::x ? (code[2] >> 3) + 1 : 0;
  for (std::size_t i = 0; i + 1 < kept; ++i) x_[i] = Term::nil();
  save();
  collect_if_due(kept);
  return leave(Body::Next::wait, kept);
}
  OP(timeout) {
    if (process.next_timeout != 0 || process.timed_out) processes_.cancel_timeout(process);
    process.mailbox.rewind();
    NEXT(1);
  }
  // A reserved marker is the mailbox's mark as a number; recv_marker_bind connects it to a reference.
  OP(recv_marker_reserve) {
    D(1) = Term::small(static_cast<std::int64_t>(process.mailbox.mark()));
    NEXT(2);
  }
  OP(recv_marker_bind) {
    Term marker = D(1), reference = S(2);
    if (marker.is_small() && reference.is(Kind::reference)) {
      constexpr std::size_t most = 8;
      if (body.markers.size() == most) {
        process.mailbox.forget(body.markers.front().mark);
        body.markers.erase(body.markers.begin());
      }
      auto& row = body.markers.emplace_back();
      std::copy_n(reference.as<LocalReference>()->words, 3, row.words);
      row.mark = static_cast<Mailbox::Mark>(marker.as_small());
    }
    NEXT(3);
  }
  OP(recv_marker_clear) {
    Term reference = D(1);
    std::erase_if(body.markers, [&](auto& row) {
      bool found = same_reference(row.words, reference);
      if (found) process.mailbox.forget(row.mark);
      return found;
    });
    NEXT(2);
  }
  OP(recv_marker_use) {
    Term reference = D(1);
    for (auto& row : body.markers)
      if (same_reference(row.words, reference)) process.mailbox.advance_to(row.mark);
    NEXT(2);
  }

  // --- building binaries

  OP(bs_create_bin) {
    std::uint32_t count = code[3];
    Term value;
    save();
    if (!create_binary(code + 4, count, value)) FAIL(1);
    reductions -= builder_.reductions();
    if (is_due()) look_soon();
    D(2) = value;
    NEXT(4 + 3 * count);
  }
  OP(bs_init) {
    auto bits = binaries::segment_size(S(2), code[3]);
    if (!bits) goto bad_segment;
    builder_.start(heap, *bits);
    builder_.clear_rest();
    reductions -= builder_.reductions();
    D(4) = builder_.result();
    if (is_due()) look_soon();
    NEXT(5);
  }
  OP(bs_append) {
    auto bits = binaries::segment_size(S(2), 1);  // the unit is the binary's, not the size's
    Term to = S(4);
    if (!bits || !to.is_bitstring() || (code[3] > 1 && bits_of(to).bit_size % code[3] != 0)) goto bad_segment;
    builder_.start_appending(heap, to, *bits);
    builder_.clear_rest();
    reductions -= builder_.reductions();
    D(5) = builder_.result();
    if (is_due()) look_soon();
    NEXT(6);
  }
  OP(bs_put) {
    if (!put_segment(code[2], S(3), S(4), Operand::is_constant(code[4]) && S(4).is_atom())) goto bad_segment;
    reductions -= builder_.reductions();
    NEXT(5);
  }
bad_segment:
  raise(atoms::badarg);
  FAIL(1);
  OP(bs_put_string) {
    REQUIRE(builder_.string(instance->image->strings.data() + code[2], code[1]));
    NEXT(3);
  }
  OP(bs_add) {
    Term a = S(2), b = S(3);
    auto more = binaries::segment_size(b, code[4]);
    if (!a.is_small() || a.as_small() < 0 || !more) goto bad_segment;
    D(5) = make_integer(heap, a.as_small() + static_cast<std::int64_t>(*more));
    NEXT(6);
  }
  OP(bs_utf8_size) {
    D(2) = Term::small(std::max(1u, binaries::utf8_size(S(1))));
    NEXT(3);
  }
  OP(bs_utf16_size) {
    D(2) = Term::small(std::max(2u, binaries::utf16_size(S(1))));
    NEXT(3);
  }
  OP(bs_init_writable) {
    x_[0] = make_binary(heap, std::span<const std::uint8_t>{});
    NEXT(1);
  }

  // --- matching binaries

#define CONTEXT(field)                           \
  Term context_term = S(field);                  \
  REQUIRE(context_term.is(Kind::match_context)); \
  auto& context = *context_term.as<MatchContext>()

  OP(bs_start_match) {
    Term term = S(2);
    if (term.is_bitstring()) {
      D(3) = binaries::start_match(heap, term);
      look_at_heap();
      NEXT(4);
    }
    if (auto* context = binaries::context_of(term)) {
      context->saved[0] = context->position;
      D(3) = term;
      NEXT(4);
    }
    REQUIRE(code[1] != 0);
    JUMP(1);
  }
  OP(bs_get_integer) {
    CONTEXT(2);
    Term size = S(3);
    auto bits = binaries::segment_size(size, Segment::unit(code[4]));
    if (!bits) JUMP(1);
    auto value = binaries::get_integer(heap, context, *bits, Segment::flags(code[4]));
    if (!value) JUMP(1);
    D(5) = *value;
    NEXT(6);
  }
  OP(bs_get_float) {
    CONTEXT(2);
    auto bits = binaries::segment_size(S(3), Segment::unit(code[4]));
    if (!bits) JUMP(1);
    auto value = binaries::get_float(heap, context, *bits, Segment::flags(code[4]));
    if (!value) JUMP(1);
    D(5) = *value;
    look_at_heap();
    NEXT(6);
  }
  OP(bs_get_binary) {
    CONTEXT(2);
    Term size = S(3);
    bool all = size.is_atom() && Operand::is_constant(code[3]);
    auto rest = context.end - context.position;
    auto unit = std::max(Segment::unit(code[4]), 1u);
    if (all && rest % unit != 0) JUMP(1);
    auto bits = all ? std::optional{rest} : binaries::segment_size(size, unit);
    if (!bits) JUMP(1);
    auto value = binaries::get_binary(heap, context, *bits);
    if (!value) JUMP(1);
    D(5) = *value;
    look_at_heap();
    NEXT(6);
  }
  OP(bs_skip_bits) {
    CONTEXT(2);
    Term size = S(3);
    bool all = size.is_atom() && Operand::is_constant(code[3]);
    auto rest = context.end - context.position;
    auto unit = std::max(Segment::unit(code[4]), 1u);
    if (all && rest % unit != 0) JUMP(1);
    auto bits = all ? std::optional{rest} : binaries::segment_size(size, unit);
    if (!bits || *bits > rest) JUMP(1);
    context.position += *bits;
    NEXT(5);
  }
  OP(bs_test_tail) {
    CONTEXT(2);
    Term size = S(3);
    if (size.is_small() && context.end - context.position == static_cast<std::uint64_t>(size.as_small()))
      NEXT(4);
    JUMP(1);
  }
  OP(bs_test_unit) {
    CONTEXT(2);
    if ((context.end - context.position) % code[3] == 0) NEXT(4);
    JUMP(1);
  }
  OP(bs_ensure) {
    CONTEXT(2);
    Term wanted = S(3);
    auto rest = context.end - context.position, size = static_cast<std::uint64_t>(wanted.as_small());
    if (!wanted.is_small() || rest < size) JUMP(1);
    if (code[4] == 0 ? rest == size : (rest - size) % code[4] == 0) NEXT(5);
    JUMP(1);
  }
  OP(bs_equal) {
    CONTEXT(2);
    auto position = context.position;
    auto value = binaries::get_integer(heap, context, code[3], 0);
    if (value && exactly_equal(*value, S(4))) NEXT(5);
    context.position = position;
    JUMP(1);
  }
  OP(bs_match_string) {
    CONTEXT(2);
    if (binaries::match_string(context, instance->image->strings.data() + code[4], code[3])) NEXT(5);
    JUMP(1);
  }
  OP(bs_get_utf8) {
    CONTEXT(2);
    auto point = binaries::get_unicode(context, Segment::utf8, 0);
    if (!point) JUMP(1);
    D(3) = Term::small(*point);
    NEXT(4);
  }
  OP(bs_skip_utf8) {
    CONTEXT(2);
    if (binaries::get_unicode(context, Segment::utf8, 0)) NEXT(3);
    JUMP(1);
  }
  OP(bs_get_utf16) {}
  OP(bs_get_utf32) {
    CONTEXT(2);
    bool wide = *code == static_cast<std::uint32_t>(Operation::bs_get_utf32);
    auto point = binaries::get_unicode(context, wide ? Segment::utf32 : Segment::utf16, code[3]);
    if (!point) JUMP(1);
    D(4) = Term::small(*point);
    NEXT(5);
  }
  OP(bs_skip_utf16) {}
  OP(bs_skip_utf32) {
    CONTEXT(2);
    bool wide = *code == static_cast<std::uint32_t>(Operation::bs_skip_utf32);
    if (binaries::get_unicode(context, wide ? Segment::utf32 : Segment::utf16, code[3])) NEXT(4);
    JUMP(1);
  }
  OP(bs_get_tail) {
    CONTEXT(1);
    D(2) = binaries::tail(heap, context);
    look_at_heap();
    NEXT(3);
  }
  OP(bs_get_position) {
    CONTEXT(1);
    D(2) = Term::small(static_cast<std::int64_t>(context.position));
    NEXT(3);
  }
  OP(bs_set_position) {
    CONTEXT(1);
    Term position = S(2);
    REQUIRE(position.is_small() && static_cast<std::uint64_t>(position.as_small()) >= context.start &&
            static_cast<std::uint64_t>(position.as_small()) <= context.end);
    context.position = static_cast<std::uint64_t>(position.as_small());
    NEXT(3);
  }
  OP(bs_save) {
    CONTEXT(1);
    REQUIRE(code[2] < std::size(context.saved));
    context.saved[code[2]] = context.position;
    NEXT(3);
  }
  OP(bs_restore) {
    CONTEXT(1);
    REQUIRE(code[2] < std::size(context.saved));
    context.position = context.saved[code[2]];
    NEXT(3);
  }
  OP(bs_context_to_binary) {
    if (auto* context = binaries::context_of(S(1))) {
      context->position = context->saved[0];
      D(1) = binaries::tail(heap, *context);
      look_at_heap();
    }
    NEXT(2);
  }
}

}  // namespace noderuntime
