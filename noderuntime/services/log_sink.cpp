#include "noderuntime/services/log_sink.h"

#include "noderuntime/services/report_text.h"

namespace noderuntime {

namespace {

LogLevel level_of(Term level) {
  if (level.is(atoms::error)) return LogLevel::error;
  if (level.is(atoms::info)) return LogLevel::info;
  return LogLevel::warning;
}

}  // namespace

void LogSink::on_message(Process&, Term message) {
  if (!message.is_tuple(5) || !message.element(0).is(Atom::of("log"))) return;
  std::string text = "reported by another node: " + report_text(message.element(3));
  processes().surroundings().log(level_of(message.element(1)), text);
}

}  // namespace noderuntime
