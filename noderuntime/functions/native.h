// Native functions. A native function is a leaf: it takes arguments and returns a value, an error, or a
// request to be called again. It never calls Erlang code, never waits, and uses no globals.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

struct FunctionName;
struct ModuleInstance;
struct NodeAccess;
class Process;
class Processes;

struct NativeResult {
  enum class Status : std::uint8_t {
    value,
    error,  // value: the reason
    exit,
    throw_,
    raise,       // value: {Class, Reason, Stack}, as given to erlang:raise/3
    error_with,  // value: {Reason, Arguments or none, Info or []}: erlang:error/2,3
    again,       // value: what Context::continuation will be in the next call; the process may be preempted
                 // between
    suspended,   // the process waits until it is woken; then the function is called again
    collected,   // a value; the heap is collected first. Not of functions that guards may call.
  };
  Term value;
  Status status = Status::value;
  Atom cause{};  // of an error: for the module that explains it; '': none

  NativeResult(Term term) : value{term} {}
  NativeResult(Term term, Status how) : value{term}, status{how} {}
};

inline NativeResult error(Term reason) { return {reason, NativeResult::Status::error}; }
inline NativeResult error(Atom reason) { return error(Term::atom(reason)); }
inline NativeResult badarg() { return error(atoms::badarg); }
inline NativeResult badarg(Atom cause) {
  auto result = badarg();
  result.cause = cause;
  return result;
}
inline NativeResult yes_or_no(bool value) { return Term::boolean(value); }

// The state of a process with Erlang code, apart from its heap.
struct ErlangState {
  // What it may refer to outside its heap.
  struct Held {
    virtual ~Held() = default;
  };
  Term dictionary;  // a map; nil: empty
  std::unique_ptr<Held> held;
};

struct Context {
  Process& process;
  Processes& processes;
  Heap& heap;
  ErlangState& state;
  NodeAccess& node;
  const ModuleInstance* caller;
  Term continuation;                   // nil in the first call
  const FunctionName* name = nullptr;  // of the called function
};

using Native = NativeResult (*)(Context&, const Term* arguments);

// A function of the embedding program, with a state of its own.
class HostFunction {
 public:
  virtual ~HostFunction() = default;
  virtual NativeResult call(Context& context, const Term* arguments) = 0;
};

// The function on OTP: native as well, or Erlang code that is native here for speed.
enum OnOtp : std::uint8_t { native_code, erlang_code };

// One function of a module. Tables are sorted by function and arity.
struct NativeRow {
  std::string_view function;
  std::uint32_t arity;
  Native native;
  OnOtp on_otp = native_code;
};

struct NativeModule {
  std::string_view module;
  std::span<const NativeRow> rows;
  std::string_view errors;  // the module that explains its errors; empty: none
};

std::span<const NativeModule> native_modules();

}  // namespace noderuntime
