// What a native function is: a leaf that gets its arguments and gives back a value, an error, or a request to
// be called again. It never calls Erlang code and never waits. It finds nothing through globals.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "noderuntime/term/heap.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

struct FunctionName;
struct Instance;
class CodeServices;
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
    suspended,   // the process waits until it is woken, then the function is called again
  };
  Term value;
  Status status = Status::value;
  Atom cause{};  // of an error: told to the module that explains it; '': nothing to tell

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

// What a process that runs Erlang code has besides its heap.
struct ErlangState {
  // What it may refer to outside of its heap.
  struct Held {
    virtual ~Held() = default;
  };
  Term dictionary;  // a map, or nil: empty
  std::unique_ptr<Held> held;
};

struct Context {
  Process& process;
  Processes& processes;
  Heap& heap;
  ErlangState& state;
  CodeServices& code;
  const Instance* caller;
  Term continuation;                   // nil at the first call
  const FunctionName* name = nullptr;  // of the function that is called
};

using Native = NativeResult (*)(Context&, const Term* arguments);

// A function of the program that the node is part of, with a state of its own.
class ProvidedFunction {
 public:
  virtual ~ProvidedFunction() = default;
  virtual NativeResult call(Context& context, const Term* arguments) = 0;
};

// What the function is on OTP: native too, or Erlang code that is a leaf here because that pays.
enum OnOtp : std::uint8_t { native_code, erlang_code };

// One function of one module. Tables are sorted by function and arity.
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
