// The tables of metrics in docs/operating.md, compared with the rows of the sources.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "common/metrics/program_rows.h"
#include "test/unit/paths.h"

namespace noderuntime::test {

// The rows of the tables below the heading "### HEADING", and below "### Metrics of both programs".
inline std::vector<std::string> documented_metrics(const std::string& heading) {
  std::ifstream file{source_directory() + "/docs/operating.md"};
  std::vector<std::string> rows;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) here = line == "### " + heading || line == "### Metrics of both programs";
    if (here && line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

inline std::vector<std::string> rows_of(const std::vector<metrics::Family>& families) {
  std::vector<std::string> rows;
  for (const auto& family : families) rows.push_back(metrics::document_row(family));
  return rows;
}

// Names by Prometheus' conventions: "", or what is wrong. Names of OTP are as prometheus.erl has them.
inline std::string wrong_name(const metrics::Family& family) {
  auto name = family.name;
  if (name.starts_with("erlang_vm_")) return "";
  bool total = name.ends_with("_total");
  if (total != (family.type == metrics::Type::counter))
    return std::string{name} + ": only counters end with _total";
  for (auto unit : {"milliseconds", "kilobytes", "_count", "_sum", "_bucket"})
    if (name.find(unit) != name.npos) return std::string{name} + ": " + unit;
  if (family.help.empty() || family.help.find_first_of("\\\n\"") != family.help.npos)
    return std::string{name} + ": help";
  return "";
}

}  // namespace noderuntime::test
