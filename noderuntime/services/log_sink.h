// logger_proxy: what processes say to `logger` whose group leader is here, and
// what other nodes report about such.
#pragma once

#include <string>

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Writes {log, Level, Format, Arguments, Metadata} and {log, Level, TextOrReport, Metadata} to our log.
class LogSink final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
  std::string origin(Term message);
};

}  // namespace noderuntime
