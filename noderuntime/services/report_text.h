// Reports of processes in our own log, as one line of bounded size.
#pragma once

#include <string>

#include "noderuntime/term/heap.h"

namespace noderuntime {

inline constexpr std::size_t max_report = 4000;  // bytes; what is beyond is cut

std::string report_text(Term report);
// What {log, Level, What, Metadata} says: a text, or a report.
std::string logged_text(Term what);
// What {log, Level, Format, Arguments, Metadata} says. Directives of io:format as far as logs have them:
// widths are left out, line ends are blanks.
std::string logged_text(Term format, Term arguments);

}  // namespace noderuntime
