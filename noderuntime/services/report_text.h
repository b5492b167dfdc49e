// Reports of processes as lines of the node's log, one line each, of bounded size.
#pragma once

#include <string>

#include "noderuntime/term/heap.h"

namespace noderuntime {

inline constexpr std::size_t max_report = 4000;  // bytes; longer reports are cut

std::string report_text(Term report);
// The text of {log, Level, What, Metadata}, where What is a text or a report.
std::string logged_text(Term what);
// The text of {log, Level, Format, Arguments, Metadata}. Supports the directives of io:format that logs use;
// ignores widths, and writes line ends as blanks.
std::string logged_text(Term format, Term arguments);

}  // namespace noderuntime
