// The daemon's log messages about connections: one row each.
#pragma once

#include <cstddef>
#include <string_view>

namespace noderuntime::epmd {

enum class Severity { warning, info, debug };

#define EPMD_LOG_EVENTS(X)                                                                              \
  X(registered, debug, "registering")                                                                   \
  X(registered_from_elsewhere, info, "registering from elsewhere (-allow_register)")                    \
  X(unregistered, debug, "unregistering")                                                               \
  X(request, debug, "got")                                                                              \
  X(closed_early, debug, "closed before a whole request")                                               \
  X(too_slow, debug, "closed after the time limit")                                                     \
  X(name_taken, warning, "node name already occupied")                                                  \
  X(no_room, warning, "no room for the name (-max_names)")                                              \
  X(bad_name, warning, "refused a name or extra that is too long, not UTF-8 or has control characters") \
  X(bad_length, warning, "invalid packet size")                                                         \
  X(bad_request, warning, "got garbage")                                                                \
  X(more_than_one, warning, "got more than one request")                                                \
  X(not_local, warning, "request from non local address")                                               \
  X(may_not_register, warning, "ALIVE2_REQ from non local address for the name")                        \
  X(kill_disallowed, warning, "Disallowed KILL_REQ, live nodes")                                        \
  X(stop_disallowed, warning, "Disallowed STOP_REQ, no relaxed_command_check")

#define EPMD_LOG_EVENT(name, severity, text) name,
enum class LogEvent { EPMD_LOG_EVENTS(EPMD_LOG_EVENT) };
#undef EPMD_LOG_EVENT
#define EPMD_LOG_EVENT(name, severity, text) 1 +
inline constexpr std::size_t log_event_count = EPMD_LOG_EVENTS(EPMD_LOG_EVENT) 0;
#undef EPMD_LOG_EVENT

std::string_view log_event_name(LogEvent event);  // the row's name
std::string_view log_event_text(LogEvent event);
Severity log_event_severity(LogEvent event);

}  // namespace noderuntime::epmd
