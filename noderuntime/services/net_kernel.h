// net_kernel: says that we are here.
#pragma once

#include "noderuntime/services/gen.h"

namespace noderuntime {

// Answers net_adm:ping/1 (`{is_auth, Node}`). Other requests are not part of what OTP 25 to 29 ask a node.
class NetKernel final : public NativeBody {
 public:
  using NativeBody::NativeBody;

 private:
  void on_message(Process& self, Term message) override;
};

}  // namespace noderuntime
