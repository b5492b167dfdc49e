#include "epmd/metrics.h"

#include "common/metrics/program_rows.h"

namespace noderuntime::epmd {
namespace {

using metrics::Exposition;
using metrics::Family;
using metrics::Type;

double in_seconds(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

constexpr LogEvent refusals[] = {
    LogEvent::name_taken,      LogEvent::no_room,        LogEvent::bad_name,  LogEvent::bad_length,
    LogEvent::bad_request,     LogEvent::more_than_one,  LogEvent::not_local, LogEvent::may_not_register,
    LogEvent::kill_disallowed, LogEvent::stop_disallowed};

#define EPMD_REQUEST_NAME(name, tag, text, from_other_hosts) text,
constexpr std::string_view request_names[] = {EPMD_REQUESTS(EPMD_REQUEST_NAME)};
#undef EPMD_REQUEST_NAME

constexpr metrics::Row<MetricSources> metric_rows[] = {
    {{"epmd_build_info", Type::gauge, "version", "1, with the version of the program"},
     [](const MetricSources&, Exposition& out) { out.add({NODERUNTIME_VERSION}, 1); }},
    {{"epmd_names", Type::gauge, "", "registered names"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.names().registered().size()); }},
    {{"epmd_names_limit", Type::gauge, "", "names that can be registered (-max_names)"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.bounds().names); }},
    {{"epmd_names_remembered", Type::gauge, "", "names that were registered before"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.names().remembered().size()); }},
    {{"epmd_registrations_total", Type::counter, "from",
      "registrations of nodes: of this host, or from elsewhere"},
     [](const MetricSources& s, Exposition& out) {
       out.add({"here"}, s.server.counts().of(LogEvent::registered));
       out.add({"elsewhere"}, s.server.counts().of(LogEvent::registered_from_elsewhere));
     }},
    {{"epmd_unregistrations_total", Type::counter, "", "registrations that ended"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.counts().of(LogEvent::unregistered)); }},
    {{"epmd_lookups_total", Type::counter, "result", "names that were looked up: found, or missing"},
     [](const MetricSources& s, Exposition& out) {
       out.add({"found"}, s.server.counts().found);
       out.add({"missing"}, s.server.counts().missing);
     }},
    {{"epmd_requests_total", Type::counter, "request", "requests that were understood"},
     [](const MetricSources& s, Exposition& out) {
       auto& requests = s.server.counts().requests;
       for (std::size_t i = 0; i < requests.size(); ++i) out.add({request_names[i]}, requests[i]);
     }},
    {{"epmd_refused_total", Type::counter, "reason", "requests that were refused, by the reason"},
     [](const MetricSources& s, Exposition& out) {
       for (auto reason : refusals) out.add({log_event_name(reason)}, s.server.counts().of(reason));
     }},
    {{"epmd_connections", Type::gauge, "", "connections without a name"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.open_connections()); }},
    {{"epmd_connections_limit", Type::gauge, "",
      "connections without a name that there can be (-max_unregistered)"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.bounds().unregistered); }},
    {{"epmd_connections_accepted_total", Type::counter, "", "connections that were accepted"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.counts().accepted); }},
    {{"epmd_connections_unfinished_total", Type::counter, "reason",
      "connections that ended without a request"},
     [](const MetricSources& s, Exposition& out) {
       out.add({"closed_early"}, s.server.counts().of(LogEvent::closed_early));
       out.add({"too_slow"}, s.server.counts().of(LogEvent::too_slow));
     }},
    {{"epmd_connections_crowded_out_total", Type::counter, "", "connections that gave way to newer ones"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.counts().crowded_out); }},
    {{"epmd_descriptors_exhausted_total", Type::counter, "", "connections that had to wait for a descriptor"},
     [](const MetricSources& s, Exposition& out) { out.add(s.server.counts().exhausted); }},
    {{"epmd_loop_step_seconds", Type::histogram, "",
      "steps of the loop; all else waits for the end of a step"},
     [](const MetricSources& s, Exposition& out) {
       auto& steps = s.loop.step_counts();
       out.add_histogram(net::Loop::step_limits, steps.counts, steps.sum);
     }},
    {{"epmd_longest_step_seconds", Type::gauge, "", "the longest step since the start"},
     [](const MetricSources& s, Exposition& out) { out.add(in_seconds(s.loop.longest_step().duration)); }},
    {{"epmd_http_connections", Type::gauge, "", "connections to /metrics, /health and /ready"},
     [](const MetricSources& s, Exposition& out) { out.add(s.endpoint.open); }},
    {{"epmd_http_requests_total", Type::counter, "", "requests there that were read"},
     [](const MetricSources& s, Exposition& out) { out.add(s.endpoint.requests); }},
    {{"epmd_http_refused_total", Type::counter, "what",
      "requests there that were wrong, and connections without a place"},
     [](const MetricSources& s, Exposition& out) {
       out.add({"requests"}, s.endpoint.refused_requests);
       out.add({"connections"}, s.endpoint.refused_connections);
     }},
};

}  // namespace

void write_metrics(const MetricSources& sources, Exposition& out) {
  metrics::write_rows(metric_rows, sources, out);
  metrics::write_rows(metrics::program_rows, metrics::read_program_facts(), out);
}

std::vector<Family> metric_families() {
  std::vector<Family> all;
  for (const auto& row : metric_rows) all.push_back(row.family);
  for (const auto& row : metrics::program_rows) all.push_back(row.family);
  return all;
}

}  // namespace noderuntime::epmd
