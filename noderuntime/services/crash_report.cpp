#include "noderuntime/services/crash_report.h"

#include "noderuntime/services/report_text.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

constexpr std::string_view crash_format = "Error in process ~p on node ~p with exit value:~n~p~n";
constexpr std::string_view heap_format =
    "     Process:            ~p on node ~p~n     Context:            maximum heap size reached~n"
    "     Max Heap Size:      ~p~n     Total Heap Size:    ~p~n     Kill:               ~p~n"
    "     Error Logger:       ~p~n     Message Queue Len:  ~p~n     GC Info:            ~p~n";

Term named(const char* text) { return Term::atom(Atom::of(text)); }

Term metadata(Heap& heap, Host& host, Term pid, Term leader) {
  Term emulator = map::put(heap, map::empty(heap), named("emulator"), Term::atom(atoms::true_));
  Term tagged = map::put(heap, emulator, Term::atom(atoms::tag), Term::atom(atoms::error));
  Term meta = map::put(heap, map::empty(heap), named("error_logger"), tagged);
  meta = map::put(heap, meta, named("gl"), leader);
  meta = map::put(heap, meta, named("pid"), pid);
  auto microseconds = host.system_nanoseconds() / 1000;
  return map::put(heap, meta, named("time"), make_integer(heap, microseconds));
}

// Sends the report to the logger of the node of the process's group leader.
void report(Host& host, const ThisNode& node, Process& process, std::string_view format,
            std::initializer_list<Term> arguments, Heap& heap) {
  Term leader = make_pid(heap, node.identity(), process.group_leader);
  Term event = make_tuple(heap, {named("log"), Term::atom(atoms::error), make_string(heap, format),
                                 make_list(heap, std::span<const Term>{arguments}),
                                 metadata(heap, host, process.self(), leader)});
  host.send(process.group_leader.node.name,
            signal::Message{to_pid(node.identity(), process.self()), atoms::logger_proxy, event});
}

}  // namespace

void report_crash(Host& host, const ThisNode& node, Process& process, Term reason) {
  if (node.is(process.group_leader.node.name)) {
    host.log(LogLevel::error,
             "error in process " + to_text(process.self()) + " with exit value: " + report_text(reason));
    return;
  }
  Heap heap;
  report(host, node, process, crash_format, {process.self(), Term::atom(node.identity().name), reason}, heap);
}

void report_heap(Host& host, const ThisNode& node, Process& process) {
  auto& bound = process.settings().max_heap;
  if (bound.words == 0 || !bound.error_logger) return;
  if (node.is(process.group_leader.node.name)) {
    host.log(LogLevel::error, "maximum heap size reached by process " + to_text(process.self()) + ": " +
                                  std::to_string(process.words()) + " of " + std::to_string(bound.words) +
                                  " words");
    return;
  }
  Heap heap;
  Term words = make_integer(heap, static_cast<std::int64_t>(process.words()));
  Term waiting = make_integer(heap, static_cast<std::int64_t>(process.mailbox.size()));
  Term information = make_list(heap, {make_tuple(heap, {named("total_heap_size"), words})});
  report(host, node, process, heap_format,
         {process.self(), Term::atom(node.identity().name), make_integer(heap, bound.words), words,
          Term::boolean(bound.kill), Term::boolean(true), waiting, information},
         heap);
}

}  // namespace noderuntime
