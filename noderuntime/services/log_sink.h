// logger_proxy: receives log events from processes whose group leader is here, and from other nodes.
#pragma once

#include <string>

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Writes {log, Level, Format, Arguments, Metadata} and {log, Level, TextOrReport,
// Metadata} to the node's log.
class LogSink final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
  std::string origin(Term message);
};

}  // namespace noderuntime
