// The node: connections, old code, calendar, identifiers from text.
#include <chrono>
#include <cstdio>

#include "noderuntime/functions/bytes_of.h"
#include "noderuntime/functions/erlang.h"
#include "noderuntime/functions/node_access.h"
#include "noderuntime/process/processes.h"
#include "noderuntime/term/copy_at_pace.h"

namespace noderuntime::erlang {

// --- messages that do not wait

NativeResult send_nosuspend_3(Context& context, const Term* a) {
  auto sent = send_3(context, a);
  if (sent.status != NativeResult::Status::value) return sent;
  return Term::boolean(!sent.value.is(atoms::noconnect));
}
NativeResult send_nosuspend_2(Context& context, const Term* a) {
  Term arguments[] = {a[0], a[1], Term::nil()};
  return send_nosuspend_3(context, arguments);
}

// --- connections

NativeResult disconnect_node_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return Term::boolean(false);
  auto& cluster = context.node.cluster;
  if (!cluster.connected(a[0].as_atom())) return Term::boolean(false);
  cluster.disconnect(a[0].as_atom());
  return Term::boolean(true);
}

// --- the node as a whole

// '$halt'(Status): ends the node soon. The prelude's erlang:halt uses it.
NativeResult halt_status_1(Context& context, const Term* a) {
  if (!a[0].is_small() || a[0].as_small() < 0) return badarg();
  context.node.system.halt(static_cast<int>(a[0].as_small() & 0xFF));
  return yes_or_no(true);
}

// '$stop'(Status): the same, after all applications have been stopped. The prelude's init:stop uses it.
NativeResult stop_status_1(Context& context, const Term* a) {
  if (!a[0].is_small() || a[0].as_small() < 0) return badarg();
  context.node.system.stop(static_cast<int>(a[0].as_small() & 0xFF));
  return yes_or_no(true);
}

NativeResult net_ticktime_0(Context& context, const Term*) {
  return Term::small(context.node.cluster.net_ticktime());
}

// '$peers'(): [{Node, {SignalsIn, SignalsOut, [{received_bytes, Count}, …]}}] of the peers that are connected.
NativeResult peers_0(Context& context, const Term*) {
  auto& heap = context.heap;
  ListBuilder list{heap};
  for (auto& peer : context.node.cluster.peer_figures()) {
    auto number = [&](std::uint64_t value) { return make_integer(heap, static_cast<std::int64_t>(value)); };
    ListBuilder more{heap};
    auto add = [&](const char* name, std::uint64_t value) {
      more.add(make_tuple(heap, {Term::atom(Atom::of(name)), number(value)}));
    };
    add("received_bytes", peer.received_bytes);
    add("sent_bytes", peer.sent_bytes);
    add("queue_bytes", peer.queue_bytes);
    add("busy_milliseconds", peer.busy_milliseconds);
    add("missed_ticks", peer.missed_ticks);
    Term counts = make_tuple(heap, {number(peer.received_signals), number(peer.sent_signals), more.finish()});
    list.add(make_tuple(heap, {Term::atom(peer.node), counts}));
  }
  return list.finish();
}

// '$log_lines'(Number): the lines of the log behind the one of that number, [{Number, Microseconds, Level, Text}].
NativeResult log_lines_1(Context& context, const Term* a) {
  if (!a[0].is_small() || a[0].as_small() < 0) return badarg();
  auto& heap = context.heap;
  ListBuilder list{heap};
  for (auto& line : context.node.system.log_lines(static_cast<std::uint64_t>(a[0].as_small())))
    list.add(make_tuple(heap, {make_integer(heap, static_cast<std::int64_t>(line.number)),
                               make_integer(heap, line.microseconds), Term::atom(Atom::of(line.level)),
                               make_binary(heap, as_bytes(line.text))}));
  return list.finish();
}

// '$names'(Host, Tag): the caller receives {Tag, {ok, [{Name, Port}]} | {error, address}} when the
// host's epmd has answered.
NativeResult names_2(Context& context, const Term* a) {
  auto host = paced_text_of_list(a[0]);
  if (!host) return badarg();
  auto& processes = context.processes;
  auto tag = keep_at_pace(a[1]);
  Pid to = processes.table().pid_of(context.process);
  context.node.cluster.list_names(*host, [&processes, tag, to](Cluster::Names names) {
    Heap heap;
    Term list = Term::nil(), key = copy(tag->term(), heap);
    if (names)
      for (auto row = names->rbegin(); row != names->rend(); ++row)
        list = make_cons(heap, make_tuple(heap, {make_characters(heap, row->name), Term::small(row->port)}),
                         list);
    Term answer = names ? make_tuple(heap, {Term::atom(atoms::ok), list})
                        : make_tuple(heap, {Term::atom(atoms::error), Term::atom(Atom::of("address"))});
    Term message = make_tuple(heap, {key, answer});
    processes.signals().send_message(to, to, OwnedTerm{std::move(heap), message});
  });
  return yes_or_no(true);
}

NativeResult get_cookie_1(Context& context, const Term* a) {
  if (!a[0].is_atom()) return badarg();
  static const Atom nocookie = Atom::of("nocookie");
  if (context.processes.self().name == atoms::nonode) return Term::atom(nocookie);
  auto cookie = Atom::intern(context.node.cluster.cookie(a[0].as_atom()));
  return cookie ? NativeResult{Term::atom(*cookie)} : error(atoms::system_limit);
}
NativeResult get_cookie_0(Context& context, const Term*) {
  Term ours = Term::atom(context.processes.self().name);
  return get_cookie_1(context, &ours);
}

NativeResult set_cookie_2(Context& context, const Term* a) {
  if (!a[0].is_atom() || !a[1].is_atom()) return badarg();
  context.node.cluster.set_cookie(a[0].as_atom(), std::string{a[1].as_atom().text()});
  return yes_or_no(true);
}
NativeResult set_cookie_1(Context& context, const Term* a) {
  Term arguments[] = {Term::atom(context.processes.self().name), a[0]};
  return set_cookie_2(context, arguments);
}

// --- processes, one part after the other

// The iterator is the number of processes returned so far; one part has them all.
NativeResult processes_iterator_0(Context& context, const Term* a) {
  return make_tuple(context.heap, {Term::small(0), processes_0(context, a).value});
}
NativeResult processes_next_1(Context& context, const Term* a) {
  if (!a[0].is_tuple(2) || !a[0].element(0).is_small() || !a[0].element(1).is_list()) return badarg();
  Term left = a[0].element(1);
  if (left.is_nil()) return Term::atom(Atom::of("none"));
  if (!left.is_cons()) return badarg();
  Term next = make_tuple(context.heap, {Term::small(a[0].element(0).as_small() + 1), left.tail()});
  return make_tuple(context.heap, {left.head(), next});
}

// --- code: reloading a module replaces it for calls by name; running code continues in the old version

NativeResult check_old_code_1(Context&, const Term* a) {
  return a[0].is_atom() ? yes_or_no(false) : badarg();
}
NativeResult check_process_code_2(Context&, const Term* a) {
  return a[0].is_pid() && a[1].is_atom() ? yes_or_no(false) : badarg();
}

// Records of OTP 29 are distinct from tuples.
NativeResult is_record_1(Context&, const Term* a) { return yes_or_no(is_kind(a[0], Kind::record)); }

// --- calendar

NativeResult posixtime_to_universaltime_1(Context& context, const Term* a) {
  using namespace std::chrono;
  constexpr std::int64_t most = 67'767'976'233'532'799;  // the last second of year 2147483647
  auto seconds = to_int64(a[0]);
  if (!seconds || *seconds > most || *seconds < -most) return badarg();
  constexpr std::int64_t day = 86'400, era_days = 146'097, era_years = 400;
  auto days = *seconds / day, rest = *seconds % day;
  if (rest < 0) rest += day, --days;
  // <chrono> has years up to 32767, but the calendar repeats every 400 years.
  auto eras = days / era_days, in_era = days % era_days;
  year_month_day date{sys_days{std::chrono::days{in_era}}};
  auto number = [](auto value) { return Term::small(static_cast<std::int64_t>(value)); };
  auto year = static_cast<int>(date.year()) + eras * era_years;
  Term left = make_tuple(context.heap, {number(year), number(static_cast<unsigned>(date.month())),
                                        number(static_cast<unsigned>(date.day()))});
  Term right = make_tuple(context.heap, {number(rest / 3600), number(rest / 60 % 60), number(rest % 60)});
  return make_tuple(context.heap, {left, right});
}

NativeResult universaltime_to_posixtime_1(Context& context, const Term* a) {
  using namespace std::chrono;
  if (!a[0].is_tuple(2) || !a[0].element(0).is_tuple(3) || !a[0].element(1).is_tuple(3)) return badarg();
  std::int64_t fields[6];
  for (std::size_t i = 0; i < 6; ++i) {
    Term field = a[0].element(i / 3).element(i % 3);
    if (!field.is_small()) return badarg();
    fields[i] = field.as_small();
  }
  auto [y, month_, day_, hour, minute, second] = fields;
  constexpr std::int64_t most_years = INT32_MAX, era_years = 400, era_days = 146'097;
  if (y < 0 || y > most_years || month_ < 1 || month_ > 12 || day_ < 1 || day_ > 31) return badarg();
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return badarg();
  year_month_day date{year{static_cast<int>(y % era_years + era_years)}, month{static_cast<unsigned>(month_)},
                      day{static_cast<unsigned>(day_)}};
  if (!date.ok()) return badarg();
  auto days = sys_days{date}.time_since_epoch().count() + (y / era_years - 1) * era_days;
  return make_integer(context.heap, ((days * 24 + hour) * 60 + minute) * 60 + second);
}

// --- identifiers from their text: only our own, whose node is 0

NativeResult list_to_ref_1(Context& context, const Term* a) {
  auto text = text_of_identifier(a[0]);
  unsigned node = 1, words[3];
  int used = 0;
  if (!text ||
      std::sscanf(text->c_str(), "#Ref<%u.%u.%u.%u>%n", &node, &words[2], &words[1], &words[0], &used) != 4 ||
      node != 0 || static_cast<std::size_t>(used) != text->size())
    return badarg();
  Reference reference = context.processes.this_node().make_reference();
  for (std::size_t i = 0; i < 3; ++i) reference.words[i] = words[i];
  return make_reference(context.heap, context.processes.self(), reference);
}

NativeResult list_to_port_1(Context& context, const Term* a) {
  auto text = text_of_identifier(a[0]);
  unsigned node = 1;
  unsigned long long id = 0;
  int used = 0;
  if (!text || std::sscanf(text->c_str(), "#Port<%u.%llu>%n", &node, &id, &used) != 2 || node != 0 ||
      static_cast<std::size_t>(used) != text->size())
    return badarg();
  auto& self = context.processes.self();
  return make_port(context.heap, self.name, self.creation.value(), id);
}

}  // namespace noderuntime::erlang
