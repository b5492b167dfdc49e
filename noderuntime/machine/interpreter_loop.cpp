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
//   instance                the instance that `code` belongs to; SET_INSTANCE() changes it
//   return_code,            where the current function returns to, until allocate stores it behind a frame;
//     return_instance         return_code is null from then on
//   y                       the topmost frame: y[0] is y0; SET_Y() moves it
//   reductions, deferred    what is left of the time slice; LOOK_SOON() lets the next call go to `look`
//   chunk_end               the end of the heap's chunk when somebody last asked whether a collection is due
//   live                    from a call to the entry of the function: the number of x registers in use
//   frame_words             from call_fun_last to call_fun_last_in_x, and for grow_stack: the number of y registers of
//                           the frame
//   bif_arguments,          from bif0 … bif3 to `bif`
//     bif_arity
//
// `body` holds code, y and the return place of the process only after SAVE(): it comes before what reads them there,
// and before what may end the time slice. Allocation moves nothing. Whatever may allocate much ends with LOOK_AT_HEAP(),
// AFTER_NATIVE() or `if (is_due()) LOOK_SOON()`; the collection itself waits for `look`, or for a process
// that waits. An operation on terms that may be paused (paced.h) comes after SAVE(); collections wait until it has ended.
//
// The labels that bodies jump to. "Arguments" are the `live` x registers from x0 on; "return place set" means that
// return_code and return_instance say where the function that is called returns to.
//
//   label                 expects                                           leaves
//
//   entered               code at the first instruction of a function,      the function executed, or `look_at_entry`
//                         arguments
//   look_at_entry         as `entered`                                      `look`
//   look                  `live`                                            the heap collected if that is due; `code`
//                                                                           executed, or the slice ended
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
//   grow_stack            code at an instruction that needs a frame of      the stack larger, the instruction executed again
//                         frame_words, and has changed nothing yet
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
#include <cstring>

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

constexpr Word small_tag = 0xF;

bool both_small(Term a, Term b) { return (word_of(a) & word_of(b) & small_tag) == small_tag; }
std::int64_t as_number(Term term) { return static_cast<std::int64_t>(word_of(term)); }
Term raw_word(const void* place) { return from_word(reinterpret_cast<Word>(place)); }
// The register that an operand means, in a file that starts at `start`.
Term* at(Term* start, std::uint32_t file, std::uint32_t operand) {
  return reinterpret_cast<Term*>(reinterpret_cast<char*>(start) + operand - file);
}

// Whether `code` of the instance is among places that the verifier found. Not in the loop, which has no registers for it.
__attribute__((noinline)) bool is_among(const std::vector<std::uint32_t>& places,
                                        const ModuleInstance& instance, const std::uint32_t* code) {
  auto place = static_cast<std::uint32_t>(code - instance.image->code.data());
  return std::binary_search(places.begin(), places.end(), place);
}

bool same_reference(const std::uint32_t (&words)[3], Term reference) {
  return is_kind(reference, Kind::reference) &&
         std::equal(words, words + 3, box_as<LocalReference>(reference)->words);
}

}  // namespace

#include "noderuntime/machine/instructions/macros.inc"

// Not in run(): the address of x_ would be known there, and would be kept in a variable of its own.
__attribute__((noinline)) void Interpreter::load_registers() {
  std::copy(body_->live.begin(), body_->live.end(), x_);
}

Body::Next Interpreter::run(ErlangBody& body, Process& process, int& budget) {
  static const void* const label_table[] = {
#define NODERUNTIME_LABEL(name, ...) &&at_##name,
      NODERUNTIME_OPERATIONS(NODERUNTIME_LABEL) NODERUNTIME_SPECIALISED_OPERATIONS(NODERUNTIME_LABEL)
#undef NODERUNTIME_LABEL
  };
  body_ = &body, process_ = &process;
  Heap& heap = process.heap;
  ModuleInstance* instance = body.instance;
  KEEP_IN(rbx, const std::uint32_t*, code) = body.code;
  KEEP_IN(r12, Term*, y) = body.stack.top;
  KEEP_IN(r13, int, reductions) = budget;
  KEEP_IN(r14, const void* const*, labels) = label_table;
  const std::uint32_t* return_code = body.return_code;
  ModuleInstance* return_instance = body.return_instance;
  int deferred = 0;  // deferred: set aside by LOOK_SOON()
  std::size_t live = 0, frame_words = 0, bif_arity = 0;
  // of bif0 to bif3; declared here because a computed goto must not skip a constructor
  Term bif_arguments[3];
  Word* chunk_end = heap.end();

  load_registers();

#ifdef NDEBUG
#define CHECKED_OPERAND(operand) (operand)
#define CHECKED_CODE(place) (place)
#else
#define CHECKED_OPERAND(operand) check_operand(operand)
#define CHECKED_CODE(place) check_code(place)
  auto check_operand = [&](std::uint32_t operand) {
    auto index = operand >> 3;
    switch (operand & Operand::file_mask) {
      case Operand::x: assert(index < x_count); break;
      case Operand::y: assert(y + index < body.stack.bottom); break;
      default:
        assert((operand & Operand::file_mask) == Operand::constant &&
               index < instance->image->constants.size());
    }
    return operand;
  };
  auto check_code = [&](const std::uint32_t* place) {
    auto& units = instance->image->code;
    assert(place >= units.data() && place < units.data() + units.size() && *place < std::size(label_table));
    return place;
  };
#endif

  SET_INSTANCE(instance);
  SET_Y(y);
  if (machine_.config().collect_always) LOOK_SOON();
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
#include "noderuntime/machine/instructions/traces.inc"
  // clang-format on

  LABEL(entered) { ENTER(); }

  LABEL(look_at_entry) {
    // In front of a function's first instruction is its function_clause.
    assert(code[-2] == static_cast<std::uint32_t>(Operation::function_clause));
    live = instance->image->functions[code[-1]].arity;
    // falls through
  }
  LABEL(look) {
    reductions += std::exchange(deferred, 0);
    SAVE();
    collect_if_due(live);
    chunk_end = heap.end();
    if (reductions <= 0 || process.suspended() || pace.left() < 0) LEAVE(Body::Next::again, live);
    if (machine_.config().collect_always) LOOK_SOON();
    DISPATCH();
  }

  LABEL(returning) { RETURN(); }

  LABEL(yield_after_return) {
    reductions += std::exchange(deferred, 0);
    if (reductions > 0 && pace.left() >= 0) {
      // Only a collection is due: the next call does it, when fewer frames refer to what is garbage by then.
      LOOK_SOON();
      DISPATCH();
    }
    LEAVE(Body::Next::again, 1);
  }

  LABEL(raised_in_callee) {
    raised_.keep_code = false;
    // falls through
  }
  LABEL(raised) {
    SAVE();
    if (UNLIKELY(is_among(instance->image->raises_in_receive, *instance, code))) goto damaged;
    if (!unwind()) {
      end_process();
      LEAVE(Body::Next::done, 0);
    }
    SET_INSTANCE(body.instance);
    SET_Y(body.stack.top);
    code = body.code, return_code = nullptr;
    LOOK_AT_HEAP();
    if (--reductions <= 0 && reductions + deferred <= 0) {
      constexpr std::size_t handler_registers = 4;
      LEAVE(Body::Next::again, handler_registers);
    }
    DISPATCH();
  }

  LABEL(damaged) {
    process.set_exit(make_tuple(heap, {Term::atom(atoms::badfile), Term::atom(instance->image->module)}));
    LEAVE(Body::Next::done, 0);
  }
}

}  // namespace noderuntime
