// C++ functions that Erlang code calls as Module:Function(…).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>

#include <noderuntime/terms.h>

namespace noderuntime {

class Exposed;

// The result of a function: a value, or an Erlang exception (class and reason).
class Returned {
 public:
  enum class Kind : std::uint8_t { value, error, exit, throw_ };
  Returned(Term value) : term_{value} {}
  static Returned error(Term reason) { return {reason, Kind::error}; }
  static Returned exit(Term reason) { return {reason, Kind::exit}; }
  static Returned throw_(Term thrown) { return {thrown, Kind::throw_}; }
  Term term() const { return term_; }
  Kind kind() const { return kind_; }

 private:
  Returned(Term term, Kind kind) : term_{term}, kind_{kind} {}
  Term term_;
  Kind kind_ = Kind::value;
};

// The right to answer a call whose caller is waiting. All copies stand for the same answer. Callable from any
// thread; only the first call counts, later ones are dropped. `give` runs on the loop thread when the caller
// resumes and builds the answer on the caller's heap; it does not run if the caller has died. If the last
// copy is destroyed without an answer, the caller gets error({native_exception, <<"no answer">>}).
class Answer {
 public:
  using Give = std::function<Returned(Terms&)>;
  void operator()(Give give) const;

  struct State;
  explicit Answer(std::shared_ptr<State> state) : state_{std::move(state)} {}

 private:
  std::shared_ptr<State> state_;
};

// One call in progress. Its terms lie on the caller's heap; they are valid until the function returns.
class Call final : public Terms {
 public:
  Term caller() const;  // the pid of the calling process

  // Suspends the caller until the Answer is called. `start` stores the Answer, or moves it to another thread.
  //
  //     return call.later([&](Answer answer) { pool.add([answer] { … answer(…); }); });
  Returned later(const std::function<void(Answer)>& start);

  template <class T>
  Returned error(const T& reason) {
    return Returned::error(of(reason));
  }
  template <class T>
  Returned exit(const T& reason) {
    return Returned::exit(of(reason));
  }
  template <class T>
  Returned throw_(const T& thrown) {
    return Returned::throw_(of(thrown));
  }
  Returned badarg() { return error("badarg"_atom); }
  Returned function_clause() { return error("function_clause"_atom); }

 private:
  friend class Exposed;
  Call(Heap& heap, const NodeIdentity& node, Term caller, Exposed& function)
      : Terms{heap, node}, caller_{caller}, function_{function} {}
  Term caller_;
  Exposed& function_;
  bool waits_ = false;
};

// Runs on the loop thread, in the calling process's time slice. The whole node waits for it, so it must be
// short, or answer later(). An exception that it throws becomes error({native_exception, Text}) in the
// caller.
using Function = std::function<Returned(Call&, std::span<const Term> arguments)>;

namespace detail {

template <class R>
Returned returned(Call& call, R&& value) {
  if constexpr (std::is_same_v<std::decay_t<R>, Returned>)
    return value;
  else
    return call.of(value);
}
template <class T>
Returned returned(Call& call, Result<T>&& value) {
  if (value) return call.of(*value);
  return call.error(std::tuple{Atom::of(error_name(value.error().code)), value.error().context});
}

// An argument that does not convert to its parameter's type raises function_clause.
template <class R, class... A, std::size_t... I>
Returned apply_typed(const std::function<R(Call&, A...)>& function, Call& call,
                     [[maybe_unused]] std::span<const Term> given, std::index_sequence<I...>) {
  std::tuple<std::optional<std::decay_t<A>>...> read{call.template as<std::decay_t<A>>(given[I])...};
  if (!(std::get<I>(read).has_value() && ...)) return call.function_clause();
  if constexpr (std::is_void_v<R>)
    return function(call, std::move(*std::get<I>(read))...), call.of("ok"_atom);
  else
    return returned(call, function(call, std::move(*std::get<I>(read))...));
}

struct TypedFunction {
  std::uint32_t arity;
  Function function;
};
template <class R, class... A>
TypedFunction typed(std::function<R(Call&, A...)> function) {
  return {sizeof...(A), [function = std::move(function)](Call& call, std::span<const Term> arguments) {
            return apply_typed<R, A...>(function, call, arguments, std::index_sequence_for<A...>{});
          }};
}
template <class R, class... A>
TypedFunction typed(std::function<R(A...)> function) {
  return typed(std::function<R(Call&, A...)>{[function = std::move(function)](Call&, A... arguments) -> R {
    return function(std::move(arguments)...);
  }});
}

}  // namespace detail
}  // namespace noderuntime
