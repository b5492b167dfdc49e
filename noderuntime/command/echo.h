// A native process for trying out a node.
#pragma once

#include "noderuntime/process/native_body.h"

namespace noderuntime::command {

// Answers {Pid, Term} with Term; exits with the reason of {exit, Reason}.
class Echo final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
};

}  // namespace noderuntime::command
