// What native functions may do about tracing. Implemented by tracing/.
#pragma once

#include "noderuntime/functions/native.h"

namespace noderuntime {

// Each method is the native function of that name of module erlang. Loop thread only.
class TraceControl {
 public:
  virtual ~TraceControl() = default;
  virtual NativeResult trace(Context& context, const Term* arguments) = 0;
  virtual NativeResult trace_pattern(Context& context, Term function, Term pattern, Term flags) = 0;
  virtual NativeResult trace_info(Context& context, const Term* arguments) = 0;
  virtual NativeResult match_spec_test(Context& context, const Term* arguments) = 0;
  // The value of trace_control_word, which get_tcw and set_tcw of match specifications use.
  virtual std::uint32_t control_word() const = 0;
  virtual void set_control_word(std::uint32_t word) = 0;
};

}  // namespace noderuntime
