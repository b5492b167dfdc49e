// Module os: the environment (the node's own copy), the clocks, the system; and erlang's
// functions for local time.
#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/functions/shared_terms.h"
#include "noderuntime/process/processes.h"

namespace noderuntime {

namespace {

// --- the environment

// The text of a name or value from a list of characters; nullopt: not such a list. A name has no '=', except
// as its first character.
std::optional<std::string> text_of(Term characters) {
  auto text = paced_text_of_list(characters);
  return text && text->find('\0') == text->npos ? text : std::nullopt;
}

std::optional<std::string> variable_name(Term characters) {
  auto text = text_of(characters);
  return text && text->find('=', 1) == text->npos ? text : std::nullopt;
}

NativeResult getenv_1(Context& context, const Term* a) {
  auto name = variable_name(a[0]);
  if (!name) return badarg();
  auto& all = context.node.state.environment;
  auto found = all.find(*name);
  return found == all.end() ? yes_or_no(false) : NativeResult{make_characters(context.heap, found->second)};
}

NativeResult getenv_2(Context& context, const Term* a) {
  auto value = getenv_1(context, a);
  return value.status == NativeResult::Status::value && value.value.is(atoms::false_) ? NativeResult{a[1]}
                                                                                      : value;
}

NativeResult getenv_0(Context& context, const Term*) {
  Term list = Term::nil();
  for (auto& [name, value] : context.node.state.environment)
    list = make_cons(context.heap, make_characters(context.heap, name + "=" + value), list);
  return list;
}

NativeResult env_0(Context& context, const Term*) {
  auto& heap = context.heap;
  Term list = Term::nil();
  for (auto& [name, value] : context.node.state.environment) {
    Term key = make_characters(heap, name), characters = make_characters(heap, value);
    list = make_cons(heap, make_tuple(heap, {key, characters}), list);
  }
  return list;
}

// For code on this node; the environment of the program does not change.
NativeResult putenv_2(Context& context, const Term* a) {
  auto name = variable_name(a[0]), value = text_of(a[1]);
  if (!name || !value) return badarg();
  if (!name->empty()) context.node.state.environment[*name] = *value;
  return Term::boolean(true);
}

NativeResult unsetenv_1(Context& context, const Term* a) {
  auto name = variable_name(a[0]);
  if (!name) return badarg();
  context.node.state.environment.erase(*name);
  return Term::boolean(true);
}

// --- clocks and the system

NativeResult type_0(Context& context, const Term*) {
  return make_tuple(context.heap, {Term::atom(Atom::of("unix")), Term::atom(Atom::of("linux"))});
}

NativeResult version_0(Context& context, const Term*) {
  auto release = context.node.system.system_release();
  unsigned parts[3] = {};
  std::sscanf(release.c_str(), "%u.%u.%u", parts, parts + 1, parts + 2);
  return make_tuple(context.heap, {Term::small(parts[0]), Term::small(parts[1]), Term::small(parts[2])});
}

NativeResult getpid_0(Context& context, const Term*) {
  return make_string(context.heap, std::to_string(context.node.system.process_id()));
}

constexpr NativeRow os_rows[] = {
    {"env", 0, env_0},
    {"getenv", 0, getenv_0},
    {"getenv", 1, getenv_1},
    {"getenv", 2, getenv_2},
    {"getpid", 0, getpid_0},
    {"perf_counter", 0, erlang::monotonic_time_0},
    {"perf_counter", 1, erlang::monotonic_time_1},
    {"putenv", 2, putenv_2},
    {"system_time", 0, erlang::system_time_0},
    {"system_time", 1, erlang::system_time_1},
    {"timestamp", 0, erlang::timestamp_0},
    {"type", 0, type_0},
    {"unsetenv", 1, unsetenv_1},
    {"version", 0, version_0},
};

// --- times of the zone

// {{Year, Month, Day}, {Hour, Minute, Second}}; nullopt: not such a term.
std::optional<std::tm> parts_of(Term time) {
  constexpr std::int64_t first_year = 1902, last_year = 2'000'000'000;  // the first as on OTP
  auto three = [](Term triple, int(&out)[3]) {
    if (!triple.is_tuple(3)) return false;
    for (std::size_t i = 0; i < 3; ++i) {
      Term part = triple.element(i);
      if (!part.is_small() || part.as_small() < 0 || part.as_small() > last_year) return false;
      out[i] = static_cast<int>(part.as_small());
    }
    return true;
  };
  int date[3], clock[3];
  if (!time.is_tuple(2) || !three(time.element(0), date) || !three(time.element(1), clock))
    return std::nullopt;
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  auto [year, month, day] = date;
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (year < first_year || month < 1 || month > 12 || day < 1) return std::nullopt;
  if (day > lengths[month - 1] + (leap && month == 2 ? 1 : 0)) return std::nullopt;
  if (clock[0] > 23 || clock[1] > 59 || clock[2] > 59) return std::nullopt;
  std::tm parts{};
  parts.tm_year = year - 1900, parts.tm_mon = month - 1, parts.tm_mday = day;
  parts.tm_hour = clock[0], parts.tm_min = clock[1], parts.tm_sec = clock[2];
  return parts;
}

NativeResult universaltime_to_localtime_1(Context& context, const Term* a) {
  auto parts = parts_of(a[0]);
  if (!parts) return badarg();
  return date_and_time(context.heap, context.node.system.local_time(timegm(&*parts)));
}

NativeResult to_universal(Context& context, Term time, int summer_time) {
  auto parts = parts_of(time);
  if (!parts) return badarg();
  parts->tm_isdst = summer_time;
  std::time_t seconds = context.node.system.seconds_of_local(*parts);
  std::tm universal{};
  gmtime_r(&seconds, &universal);
  return date_and_time(context.heap, universal);
}

NativeResult localtime_to_universaltime_1(Context& context, const Term* a) {
  return to_universal(context, a[0], -1);
}

NativeResult localtime_to_universaltime_2(Context& context, const Term* a) {
  if (a[1].is(atoms::undefined)) return to_universal(context, a[0], -1);
  if (!a[1].is(atoms::true_) && !a[1].is(atoms::false_)) return badarg();
  return to_universal(context, a[0], a[1].is(atoms::true_) ? 1 : 0);
}

constexpr NativeRow zone_rows[] = {{"localtime_to_universaltime", 1, localtime_to_universaltime_1},
                                   {"localtime_to_universaltime", 2, localtime_to_universaltime_2},
                                   {"universaltime_to_localtime", 1, universaltime_to_localtime_1}};

}  // namespace

extern const NativeModule os_module, erlang_zone_module;
const NativeModule os_module{"os", os_rows, "erl_kernel_errors"};
const NativeModule erlang_zone_module{"erlang", zone_rows, "erl_erts_errors"};

}  // namespace noderuntime
