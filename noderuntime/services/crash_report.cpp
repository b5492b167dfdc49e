#include "noderuntime/services/crash_report.h"

#include "noderuntime/services/report_text.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/text.h"
#include "noderuntime/term/well_known_atoms.h"

namespace noderuntime {

namespace {

constexpr std::string_view format = "Error in process ~p on node ~p with exit value:~n~p~n";

Term named(const char* text) { return Term::atom(Atom::of(text)); }

Term metadata(Heap& heap, Processes& processes, Term pid, Term leader) {
  Term emulator = map::put(heap, map::empty(heap), named("emulator"), Term::atom(atoms::true_));
  Term tagged = map::put(heap, emulator, Term::atom(atoms::tag), Term::atom(atoms::error));
  Term meta = map::put(heap, map::empty(heap), named("error_logger"), tagged);
  meta = map::put(heap, meta, named("gl"), leader);
  meta = map::put(heap, meta, named("pid"), pid);
  auto microseconds = processes.surroundings().system_nanoseconds() / 1000;
  return map::put(heap, meta, named("time"), make_integer(heap, microseconds));
}

}  // namespace

void report_crash(Processes& processes, Process& process, Term reason) {
  Atom there = process.group_leader.node.name;
  if (there == processes.self().name) {
    processes.surroundings().log(LogLevel::error, "error in process " + to_text(process.self()) +
                                                      " with exit value: " + report_text(reason));
    return;
  }
  Heap heap;
  Term pid = process.self();
  Term leader = make_pid(heap, processes.self(), process.group_leader);
  Term arguments = make_list(heap, {pid, Term::atom(processes.self().name), reason});
  Term report = make_tuple(heap, {named("log"), Term::atom(atoms::error), make_string(heap, format),
                                  arguments, metadata(heap, processes, pid, leader)});
  processes.surroundings().send(there,
                                signal::Message{processes.pid_of(process), atoms::logger_proxy, report});
}

}  // namespace noderuntime
