// logger_proxy: receives log events from other nodes, and those that the handlers of `logger` here want in our log.
#pragma once

#include <string>

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Writes {log, Level, Format, Arguments, Metadata} and {log, Level, TextOrReport, Metadata} to the node's log, and tells
// the handlers of `logger` here (crash_report.h). The same with `own_log` comes from them, and is only written.
class LogSink final : public NativeBody {
 public:
  LogSink(Host& host, const ThisNode& node, const RegisteredNames& names, SignalRouter& signals)
      : NativeBody{signals}, host_{host}, node_{node}, names_{names} {}

 private:
  void on_message(Process& self, Term message) override;
  std::string origin(Term message);

  Host& host_;
  const ThisNode& node_;
  const RegisteredNames& names_;
};

}  // namespace noderuntime
