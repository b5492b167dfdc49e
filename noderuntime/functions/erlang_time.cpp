// Clocks, timers, unique integers.
#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/functions/shared_terms.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/integer.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"

namespace noderuntime::erlang {

namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;

// Units per second; nullopt: not a unit.
std::optional<std::int64_t> unit_of(Term unit) {
  if (unit.is_small() && unit.as_small() > 0) return unit.as_small();
  if (!unit.is_atom()) return std::nullopt;
  auto name = unit.as_atom().text();
  if (name == "native" || name == "nanosecond" || name == "nano_seconds" || name == "perf_counter")
    return nanoseconds;
  if (name == "microsecond" || name == "micro_seconds") return 1'000'000;
  if (name == "millisecond" || name == "milli_seconds") return 1'000;
  if (name == "second" || name == "seconds") return 1;
  return std::nullopt;
}

__int128 floor_divide(__int128 value, __int128 by) {
  auto quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

Term integer_of(Heap& heap, __int128 value) {
  if (value == static_cast<std::int64_t>(value)) return make_integer(heap, static_cast<std::int64_t>(value));
  constexpr std::int64_t base = 1'000'000'000'000'000'000;
  Term high = make_integer(heap, static_cast<std::int64_t>(value / base));
  Term low = make_integer(heap, static_cast<std::int64_t>(value % base));
  return *integer::add(heap, *integer::multiply(heap, high, make_integer(heap, base)), low);
}

NativeResult in_unit(Context& context, std::int64_t time, Term unit) {
  auto per_second = unit_of(unit);
  if (!per_second) return badarg();
  return integer_of(context.heap, floor_divide(static_cast<__int128>(time) * *per_second, nanoseconds));
}

std::int64_t monotonic(Context& context) { return context.processes.host().monotonic_nanoseconds(); }

// The two clocks are read one after the other. So the offset stays what it was told to be until the system's time has
// really been changed.
std::int64_t time_offset(Context& context) {
  constexpr std::int64_t noise = 1'000'000, longest_look = 100'000;  // nanoseconds
  auto& told = context.node.state.time_offset;
  auto before = monotonic(context), now = context.processes.host().system_nanoseconds();
  bool is_exact = monotonic(context) - before <= longest_look;
  if (told == 0 || (is_exact && std::abs(now - before - told) > noise)) told = now - before;
  return told;
}

std::int64_t system(Context& context) {
  auto offset = time_offset(context);
  return monotonic(context) + offset;
}

}  // namespace

NativeResult monotonic_time_0(Context& c, const Term*) { return make_integer(c.heap, monotonic(c)); }
NativeResult monotonic_time_1(Context& c, const Term* a) { return in_unit(c, monotonic(c), a[0]); }
NativeResult system_time_0(Context& c, const Term*) { return make_integer(c.heap, system(c)); }
NativeResult system_time_1(Context& c, const Term* a) { return in_unit(c, system(c), a[0]); }
NativeResult time_offset_0(Context& c, const Term*) { return make_integer(c.heap, time_offset(c)); }
NativeResult time_offset_1(Context& c, const Term* a) { return in_unit(c, time_offset(c), a[0]); }

namespace {

// {MegaSeconds, Seconds, Microseconds}
Term time_stamp(Heap& heap, std::int64_t microseconds) {
  constexpr std::int64_t million = 1'000'000;
  return make_tuple(
      heap, {Term::small(microseconds / million / million), Term::small(microseconds / million % million),
             Term::small(microseconds % million)});
}

}  // namespace

NativeResult now_0(Context& context, const Term*) {
  auto& last = context.node.state.last_now;
  last = std::max(last + 1, system(context) / 1000);
  return time_stamp(context.heap, last);
}

NativeResult timestamp_0(Context& context, const Term*) {
  return time_stamp(context.heap, system(context) / 1000);
}

NativeResult universaltime_0(Context& context, const Term*) {
  std::time_t seconds = system(context) / nanoseconds;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return date_and_time(context.heap, parts);
}

NativeResult localtime_0(Context& context, const Term*) {
  return date_and_time(context.heap, context.node.system.local_time(system(context) / nanoseconds));
}

NativeResult convert_time_unit_3(Context& context, const Term* a) {
  MayPause here;
  auto per_second = [&](Term unit) -> std::optional<Term> {
    if (unit.is_integer() && !unit.is_small() && !integer::is_negative(unit)) return unit;
    auto known = unit_of(unit);
    if (!known) return std::nullopt;
    return make_integer(context.heap, *known);
  };
  auto from = per_second(a[1]), to = per_second(a[2]);
  if (!a[0].is_integer() || !from || !to) return badarg();
  auto scaled = integer::multiply(context.heap, a[0], *to);
  if (!scaled) return error(atoms::system_limit);
  if (integer::is_negative(*scaled)) {
    auto most = integer::subtract(context.heap, *from, Term::small(1));
    if (most) scaled = integer::subtract(context.heap, *scaled, *most);
    if (!most || !scaled) return error(atoms::system_limit);
  }
  auto value = integer::quotient(context.heap, *scaled, *from);
  return value ? NativeResult{*value} : error(atoms::system_limit);
}

NativeResult unique_integer_1(Context& context, const Term* a) {
  Term options = a[0];
  for (; options.is_cons(); options = options.tail()) {
    if (!options.head().is_atom()) return badarg();
    auto name = options.head().as_atom().text();
    if (name != "monotonic" && name != "positive") return badarg();
  }
  return options.is_nil() ? NativeResult{make_integer(context.heap, ++context.node.state.last_unique)}
                          : badarg();
}

NativeResult unique_integer_0(Context& context, const Term*) {
  return make_integer(context.heap, ++context.node.state.last_unique);
}

// --- timers

namespace {

std::int64_t now_milliseconds(Context& context) { return monotonic(context) / 1'000'000; }

NativeResult start_timer(Context& context, Term time, Term to, Term message, Term options, bool wrapped) {
  constexpr std::int64_t longest = std::int64_t{1} << 50;
  bool absolute = false;
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    if (!option.is_tuple(2) || !option.element(0).is_atom() || option.element(0).as_atom().text() != "abs")
      return badarg();
    absolute = option.element(1).is(atoms::true_);
  }
  if (!options.is_nil() || !time.is_small() || (!absolute && time.as_small() < 0) ||
      time.as_small() > longest || !(to.is_local_pid() || to.is_atom()))
    return badarg();
  // A timer to a name outlives the process that started it, so it may end up accounted to no process.
  if (to.is_atom() && held_memory.is_full()) return error(atoms::system_limit);
  auto deadline = absolute ? time.as_small()
                           : now_milliseconds(context) + time.as_small() + (time.as_small() > 0 ? 1 : 0);
  Reference timer = context.node.timers.start(deadline, to, message, wrapped);
  return make_reference(context.heap, context.processes.self(), timer);
}

NativeResult time_left(Context& context, Term timer, bool stop) {
  if (!timer.is_reference()) return badarg();
  Reference reference = to_reference(context.processes.self(), timer);
  auto deadline = context.node.timers.deadline_of(reference);
  if (!deadline) return yes_or_no(false);
  if (stop) context.node.timers.stop(reference);
  auto begun = (monotonic(context) + 999'999) / 1'000'000;  // a deadline is at the end of its millisecond
  return Term::small(std::max<std::int64_t>(0, *deadline - begun));
}

// Options {async, Bool} and {info, Bool}.
NativeResult time_left(Context& context, Term timer, Term options, bool stop) {
  bool async = false, info = true;
  for (; options.is_cons(); options = options.tail()) {
    Term option = options.head();
    if (!option.is_tuple(2) || !option.element(0).is_atom()) return badarg();
    auto name = option.element(0).as_atom().text();
    bool value = option.element(1).is(atoms::true_);
    if (name == "async")
      async = value;
    else if (name == "info")
      info = value;
    else
      return badarg();
  }
  if (!options.is_nil()) return badarg();
  auto left = time_left(context, timer, stop);
  if (left.status != NativeResult::Status::value) return left;
  if (async && info) {
    static const Atom cancel = Atom::of("cancel_timer"), read = Atom::of("read_timer");
    Term message = make_tuple(context.heap, {Term::atom(stop ? cancel : read), timer, left.value});
    context.processes.signals().send(context.process, context.process.self(), message);
  }
  return async || !info ? NativeResult{Term::atom(atoms::ok)} : left;
}

}  // namespace

NativeResult send_after_3(Context& c, const Term* a) {
  return start_timer(c, a[0], a[1], a[2], Term::nil(), false);
}
NativeResult send_after_4(Context& c, const Term* a) { return start_timer(c, a[0], a[1], a[2], a[3], false); }
NativeResult start_timer_3(Context& c, const Term* a) {
  return start_timer(c, a[0], a[1], a[2], Term::nil(), true);
}
NativeResult start_timer_4(Context& c, const Term* a) { return start_timer(c, a[0], a[1], a[2], a[3], true); }
NativeResult cancel_timer_1(Context& c, const Term* a) { return time_left(c, a[0], true); }
NativeResult cancel_timer_2(Context& c, const Term* a) { return time_left(c, a[0], a[1], true); }
NativeResult read_timer_1(Context& c, const Term* a) { return time_left(c, a[0], false); }
NativeResult read_timer_2(Context& c, const Term* a) { return time_left(c, a[0], a[1], false); }

}  // namespace noderuntime::erlang
