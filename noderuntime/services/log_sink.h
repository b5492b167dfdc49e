// logger_proxy and logger: what other nodes report about processes whose group leader is here.
#pragma once

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Writes {log, Level, Format, Args, Meta} to our log.
class LogSink final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
};

}  // namespace noderuntime
