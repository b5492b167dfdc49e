#include "epmd/log_events.h"

#include <cstddef>

namespace noderuntime::epmd {
namespace {
struct NoticeRow {
  Severity severity;
  std::string_view text;
};
#define EPMD_LOG_EVENT(name, severity, text) NoticeRow{Severity::severity, text},
constexpr NoticeRow notice_rows[] = {EPMD_LOG_EVENTS(EPMD_LOG_EVENT)};
#undef EPMD_LOG_EVENT
}  // namespace

std::string_view log_event_text(LogEvent notice) {
  return notice_rows[static_cast<std::size_t>(notice)].text;
}
Severity log_event_severity(LogEvent notice) {
  return notice_rows[static_cast<std::size_t>(notice)].severity;
}

}  // namespace noderuntime::epmd
