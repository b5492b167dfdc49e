#include "noderuntime/services/crash_report.h"

#include <cstddef>
#include <initializer_list>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "noderuntime/services/report_text.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/pace.h"
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

struct Report {
  std::string_view format;
  Term arguments, metadata;

  Term as(Heap& heap, Term tag) const {
    return make_tuple(heap, {tag, Term::atom(atoms::error), make_string(heap, format), arguments, metadata});
  }
};

// The handlers of `logger` on this node. They get nothing if memory is short.
void tell_handlers(Processes& processes, Process& process, const Report& report, Heap& heap) {
  if (!has_room_for_report(processes.names().whereis(atoms::logger))) return;
  try {
    Term event = report.as(heap, named("reported"));
    auto message = [&] {
      MayPause here;  // the reason is the process's, the rest is ours
      return OwnedTerm::copy_of(event);
    }();
    Process* logger = processes.names().whereis(atoms::logger);
    if (has_room_for_report(logger))
      processes.signals().send_message(to_pid(processes.self(), process.self()),
                                       to_pid(processes.self(), logger->self()), std::move(message));
  } catch (const HeapLimitExceeded&) {
  } catch (const std::bad_alloc&) {}
}

// `text` is for our log.
void tell(Processes& processes, Process& process, std::string_view format,
          std::initializer_list<Term> arguments, Heap& heap, auto text) {
  Host& host = processes.host();
  auto& node = processes.this_node();
  Term leader = make_pid(heap, node.identity(), process.group_leader);
  Report report{format, make_list(heap, std::span<const Term>{arguments}),
                metadata(heap, host, process.self(), leader)};
  if (node.is(process.group_leader.node.name)) {
    host.log(LogLevel::error, text());
  } else {
    Term event = report.as(heap, named("log"));
    MayPause here;  // the reason is the process's, the rest is ours
    host.send(process.group_leader.node.name,
              signal::Message{to_pid(node.identity(), process.self()), atoms::logger_proxy, event});
  }
  tell_handlers(processes, process, report, heap);
}

}  // namespace

bool has_room_for_report(const Process* logger) {
  return logger && logger->mailbox.size() < max_waiting_reports;
}

void report_crash(Processes& processes, Process& process, Term reason) {
  Heap heap;
  tell(processes, process, crash_format, {process.self(), Term::atom(processes.self().name), reason}, heap,
       [&] {
         return "error in process " + to_text(process.self()) + " with exit value: " + report_text(reason);
       });
}

void report_heap(Processes& processes, Process& process) {
  auto& bound = process.settings().max_heap;
  if (bound.words == 0 || !bound.error_logger) return;
  Heap heap;
  Term words = make_integer(heap, static_cast<std::int64_t>(process.words()));
  Term waiting = make_integer(heap, static_cast<std::int64_t>(process.mailbox.size()));
  Term information = make_list(heap, {make_tuple(heap, {named("total_heap_size"), words})});
  Term limit = make_integer(heap, bound.words);
  tell(processes, process, heap_format,
       {process.self(), Term::atom(processes.self().name), limit, words, Term::boolean(bound.kill),
        Term::boolean(true), waiting, information},
       heap, [&] {
         return "maximum heap size reached by process " + to_text(process.self()) + ": " +
                std::to_string(process.words()) + " of " + std::to_string(bound.words) + " words";
       });
}

}  // namespace noderuntime
