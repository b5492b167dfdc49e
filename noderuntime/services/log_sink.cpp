#include "noderuntime/services/log_sink.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "noderuntime/services/crash_report.h"
#include "noderuntime/services/report_text.h"
#include "noderuntime/term/map.h"
#include "noderuntime/term/text.h"

namespace noderuntime {

namespace {

LogLevel level_of(Term level) {
  auto text = level.is_atom() ? level.as_atom().text() : "";
  if (text == "warning") return LogLevel::warning;
  if (text == "notice" || text == "info") return LogLevel::info;
  if (text == "debug") return LogLevel::debug;
  return LogLevel::error;
}

}  // namespace

// The reporting process, from the metadata.
std::string LogSink::origin(Term message) {
  Term metadata = message.element(message.arity() - 1);
  auto pid = metadata.is_map() ? map::get(metadata, Term::atom(Atom::of("pid"))) : std::nullopt;
  if (!pid || !pid->is_pid()) return "reported";
  Atom node = to_pid(node_.identity(), *pid).node.name;
  if (node == node_.identity().name) return "process " + to_text(*pid);
  return "reported by " + std::string{node.text()};
}

void LogSink::on_message(Process& self, Term message) {
  bool formatted = message.is_tuple(5);
  if (!formatted && !message.is_tuple(4)) return;
  bool is_new = message.element(0).is(Atom::of("log"));
  if (!is_new && !message.element(0).is(Atom::of("own_log"))) return;
  auto text =
      formatted ? logged_text(message.element(2), message.element(3)) : logged_text(message.element(2));
  host_.log(level_of(message.element(1)), origin(message) + ": " + text);
  Process* logger = names_.whereis(atoms::logger);
  if (!is_new || !has_room_for_report(logger)) return;
  std::vector<Term> elements{Term::atom(Atom::of("reported"))};
  for (std::size_t i = 1; i < message.arity(); ++i) elements.push_back(message.element(i));
  send(self, logger->self(), make_tuple(self.heap, std::span<const Term>{elements}));
}

}  // namespace noderuntime
