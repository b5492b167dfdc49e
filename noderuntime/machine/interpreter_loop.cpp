// The loop that executes instructions. One source gives the threaded interpreter of releases and the checked
// one of development builds, which also tests every operand and offset before it uses it.
//
// The instructions stand in families in instructions/*.inc, the macros that they are written with in
// instructions/macros.inc. Each OP there is one row of operations.h; the fields of an instruction are code[1],
// code[2] … in the order of its layout.
//
// What all bodies may use: the members of Interpreter, the arguments of run(), and these variables of run():
//
//   heap                    the heap of `process`
//   code                    the instruction that is executed
//   instance                the instance that `code` belongs to; set_instance() changes it
//   return_code,            where the current function returns to, until allocate stores it behind a frame;
//     return_instance         return_code is null from then on
//   y                       the topmost frame: y[0] is y0; set_y() moves it
//   reductions, deferred    what is left of the time slice; look_soon() lets the next call go to `look`
//   chunk_end               the end of the heap's chunk when somebody last asked whether a collection is due
//   live                    from a call to the entry of the function: the number of x registers in use
//   frame_words             from call_fun_last to call_fun_last_in_x: the number of y registers of the frame
//   bif_arguments,          from bif0 … bif3 to `bif`
//     bif_arity
//
// `body` holds code, y and the return place of the process only after save(): it comes before what reads them there,
// and before what may end the time slice. Allocation moves nothing. Whatever may allocate much ends with look_at_heap(),
// after_native() or `if (is_due()) look_soon()`; the collection itself waits for `look`, or for a process
// that waits. An operation on terms that may be paused (paced.h) comes after save(); collections wait until it has ended.
//
// The labels that bodies jump to. "Arguments" are the `live` x registers from x0 on; "return place set" means that
// return_code and return_instance say where the function that is called returns to.
//
//   label                 expects                                           leaves
//
//   entered               code at the first instruction of a function,      the function executed, or `look`
//                         arguments
//   look                  as `entered`                                      the heap collected if that is due; the
//                                                                           function executed, or the slice ended
//   returning             the value in x0, return place set                 the caller executed: `code` at the return place
//   yield_after_return    as after `returning`, reductions at an end        the slice ended, or the caller executed
//   raised                the exception in raised_, code at the             code at the handler, exception in x0 … x3; or
//                         instruction that raises                           the process at its end
//   raised_in_callee      the exception in raised_, return place set        as `raised`; the trace begins at the return place
//   damaged               nothing                                           the process at its end: its code is damaged
//
//   unresolved            code at call_ext, call_ext_last or call_ext_only  the link resolved and the call executed again;
//                         whose link is not resolved                        or waits for its module; or undef raised
//   tail_call             the same instructions with a resolved link,       the function called
//                         not native; return place set
//   native_then_return    code at call_ext_last or call_ext_only, link      the native called, the frame popped,
//                         native                                            `returning`
//   apply_registers       arguments, module and function behind them,       the function called
//                         return place set
//   apply_to_list         x0 module, x1 function, x2 list of arguments,     arguments spread, `apply_registers`
//                         return place set
//   apply_fun_to_list     x0 fun, x1 list of arguments, return place set    arguments spread, `call_fun_in_x`
//   call_fun_in_x         arguments, the fun behind them, return place set  the fun called
//   call_fun_last_in_x    arguments, the fun behind them, frame_words       the frame popped, `call_fun_in_x`
//   not_callable          as `call_fun_in_x`                                badarity or badfun raised
//   hibernate             x0, x1, x2 as apply_to_list; code at the call     `hibernating`, or an exception raised
//   hibernate_applied     the same for a call by apply, return place set    `hibernating`, or an exception raised
//   hibernating           x0, x1, x2 as apply_to_list                       the stack empty, waits for a message
//
//   bif                   code at bif0 … bif3, bif_arguments, bif_arity     the value stored, or the instruction failed
//   slow_arithmetic       code at an instruction for two numbers            the value stored, or the instruction failed
//   bad_float             code at an instruction for float registers        the instruction failed with badarith
//   bad_segment           code at an instruction that builds a binary       the instruction failed with badarg
//   waiting               code at the loop_rec that a wait leads to         the loop_rec executed if there is a message;
//                                                                           otherwise the slice ended
//   waiting_for_time      code at a wait or wait_timeout that leads to      the slice ended
//                         itself

#include <algorithm>
#include <cmath>

#include "noderuntime/beam/marks.h"
#include "noderuntime/functions/arithmetic.h"
#include "noderuntime/machine/interpreter.h"
#include "noderuntime/machine/paced.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/order.h"
#include "noderuntime/term/pace.h"

namespace noderuntime {

namespace {

// The size of a bitstring, or of the rest of one that is being matched; nullopt: neither.
std::optional<std::uint64_t> bit_count(Term bits) {
  if (is_kind(bits, Kind::match_context)) {
    auto* context = box_as<MatchContext>(bits);
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

bool both_small(Term a, Term b) { return (word_of(a) & word_of(b) & small_tag) == small_tag; }
std::int64_t as_number(Term term) { return static_cast<std::int64_t>(word_of(term)); }
Term raw_word(const void* place) { return from_word(reinterpret_cast<Word>(place)); }
const char* biased(const void* start, std::uint32_t file) {
  return reinterpret_cast<const char*>(reinterpret_cast<std::uintptr_t>(start) - file);
}

bool same_reference(const std::uint32_t (&words)[3], Term reference) {
  return is_kind(reference, Kind::reference) &&
         std::equal(words, words + 3, box_as<LocalReference>(reference)->words);
}

}  // namespace

#include "noderuntime/machine/instructions/macros.inc"

Body::Next Interpreter::run(ErlangBody& body, Process& process, int& budget) {
  static const void* const labels[] = {
#define NODERUNTIME_LABEL(name, ...) &&at_##name,
      NODERUNTIME_OPERATIONS(NODERUNTIME_LABEL) NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_LABEL)
#undef NODERUNTIME_LABEL
  };
  body_ = &body, process_ = &process;
  Heap& heap = process.heap;
  ModuleInstance* instance = body.instance;
  const std::uint32_t* code = body.code;
  const std::uint32_t* return_code = body.return_code;
  ModuleInstance* return_instance = body.return_instance;
  Term* y = body.stack.top;
  int reductions = budget, deferred = 0;  // deferred: set aside by look_soon()
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
  // Takes a frame of `words` y registers and the return place behind it from the stack.
  auto pop_frame = [&](std::size_t words, const std::uint32_t*& to, ModuleInstance*& to_instance) INLINE {
    Term* end = y + words;
    to = reinterpret_cast<const std::uint32_t*>(word_of(end[0]));
    to_instance = reinterpret_cast<ModuleInstance*>(word_of(end[1]));
    set_y(end + 2);
  };
  auto set_instance = [&](ModuleInstance* to) INLINE {
    instance = body.instance = to;
    files_[Operand::constant] = biased(to->image->constants.data(), Operand::constant);
  };
  // What is called next returns to `place` of the current instance.
  auto return_to = [&](const std::uint32_t* place) INLINE {
    return_code = place;
    return_instance = instance;
  };
  // Brings `body` and `budget` up to date.
  auto save = [&]() INLINE {
    body.code = code, body.return_code = return_code, body.return_instance = return_instance,
    body.stack.top = y;
    budget = reductions + deferred;
  };
  // The next call goes to `look`: a collection is due.
  auto look_soon = [&]() INLINE { deferred += reductions, reductions = 0; };
  // A collection may be due if the heap has got another chunk.
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
  // A native function may have allocated so much that a collection is due.
  auto after_native = [&]() INLINE {
    chunk_end = heap.end();
    if (UNLIKELY(due_)) due_ = false, look_soon();
  };
  // Ends the time slice; the next one continues at `code` with `registers` x registers.
  auto leave = [&](Body::Next next, std::size_t registers) INLINE {
    save();
    body.live.assign(x_, x_ + registers);
    return next;
  };

  // Sets `code` to an instruction of the root image, which does with the x registers what the current one began.
  auto again_in_root = [&](std::uint32_t place) INLINE {
    ModuleInstance* root = &machine_.root(*instance->realm);
    code = root->image->code.data() + place;
    set_instance(root);
  };

  set_instance(instance);
  set_y(y);
  if (machine_.config().collect_always) look_soon();
  DISPATCH();

  // clang-format off
#include "noderuntime/machine/instructions/calls.inc"
#include "noderuntime/machine/instructions/external_calls.inc"
#include "noderuntime/machine/instructions/apply.inc"
#include "noderuntime/machine/instructions/funs.inc"
#include "noderuntime/machine/instructions/hibernate.inc"
#include "noderuntime/machine/instructions/frames.inc"
#include "noderuntime/machine/instructions/data.inc"
#include "noderuntime/machine/instructions/tests.inc"
#include "noderuntime/machine/instructions/select.inc"
#include "noderuntime/machine/instructions/exceptions.inc"
#include "noderuntime/machine/instructions/bifs.inc"
#include "noderuntime/machine/instructions/arithmetic.inc"
#include "noderuntime/machine/instructions/floats.inc"
#include "noderuntime/machine/instructions/maps.inc"
#include "noderuntime/machine/instructions/messages.inc"
#include "noderuntime/machine/instructions/build_binary.inc"
#include "noderuntime/machine/instructions/match_binary.inc"
  // clang-format on

  LABEL(entered) {
    if (UNLIKELY(--reductions <= 0)) goto look;
    DISPATCH();
  }

  LABEL(look) {
    reductions += std::exchange(deferred, 0);
    save();
    collect_if_due(live);
    chunk_end = heap.end();
    if (reductions <= 0 || process.suspended() || pace.left() < 0) return leave(Body::Next::again, live);
    if (machine_.config().collect_always) look_soon();
    DISPATCH();
  }

  LABEL(returning) {
    code = return_code;
    if (return_instance != instance) set_instance(return_instance);
    return_code = nullptr;
    if (UNLIKELY(reductions <= 0)) goto yield_after_return;
    DISPATCH();
  }

  LABEL(yield_after_return) {
    reductions += std::exchange(deferred, 0);
    if (reductions > 0 && pace.left() >= 0) {
      // Only a collection is due: the next call does it.
      look_soon();
      DISPATCH();
    }
    return leave(Body::Next::again, 1);
  }

  LABEL(raised_in_callee) {
    raised_.keep_code = false;
    // falls through
  }
  LABEL(raised) {
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
  }

  LABEL(damaged) {
    process.set_exit(make_tuple(heap, {Term::atom(atoms::badfile), Term::atom(instance->image->module)}));
    return leave(Body::Next::done, 0);
  }
}

}  // namespace noderuntime
