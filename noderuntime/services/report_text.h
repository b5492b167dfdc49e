// Reports of processes in our own log.
#pragma once

#include "noderuntime/term/text.h"

namespace noderuntime {

inline constexpr std::size_t max_report = 4000;  // bytes; what is beyond is cut

inline std::string report_text(Term report) {
  return to_text(report, {.strings = true, .limit = max_report});
}

}  // namespace noderuntime
