// logger_proxy: receives log events from processes whose group leader is here, and from other nodes.
#pragma once

#include <string>

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Writes {log, Level, Format, Arguments, Metadata} and {log, Level, TextOrReport,
// Metadata} to the node's log.
class LogSink final : public NativeBody {
 public:
  LogSink(Host& host, const ThisNode& node, SignalRouter& signals)
      : NativeBody{signals}, host_{host}, node_{node} {}

 private:
  void on_message(Process& self, Term message) override;
  std::string origin(Term message);

  Host& host_;
  const ThisNode& node_;
};

}  // namespace noderuntime
