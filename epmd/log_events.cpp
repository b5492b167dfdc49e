#include "epmd/log_events.h"

#include <cstddef>

namespace noderuntime::epmd {
namespace {
struct LogEventRow {
  std::string_view name;
  Severity severity;
  std::string_view text;
};
#define EPMD_LOG_EVENT(name, severity, text) LogEventRow{#name, Severity::severity, text},
constexpr LogEventRow event_rows[] = {EPMD_LOG_EVENTS(EPMD_LOG_EVENT)};
#undef EPMD_LOG_EVENT
}  // namespace

std::string_view log_event_name(LogEvent event) { return event_rows[static_cast<std::size_t>(event)].name; }
std::string_view log_event_text(LogEvent event) { return event_rows[static_cast<std::size_t>(event)].text; }
Severity log_event_severity(LogEvent event) { return event_rows[static_cast<std::size_t>(event)].severity; }

}  // namespace noderuntime::epmd
