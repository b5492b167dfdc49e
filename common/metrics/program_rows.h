// Metrics that every program has, under the names that Prometheus' client libraries use for them.
#pragma once

#include <cstddef>
#include <string>

#include "common/metrics/exposition.h"
#include "common/net/loop.h"

namespace noderuntime::metrics {

// Facts about this process, of Linux. 0: unknown.
struct ProgramFacts {
  double processor_seconds = 0, start_seconds = 0;  // start: since 1970
  std::size_t resident_bytes = 0, virtual_bytes = 0, descriptor_limit = 0;
};
ProgramFacts read_program_facts();  // reads /proc/self/stat

// A family with the function that adds its series. The tables of the programs consist of these.
template <class Facts>
struct Row {
  Family family;
  void (*add)(const Facts&, Exposition&);
};

template <class Facts, std::size_t size>
void write_rows(const Row<Facts> (&rows)[size], const Facts& facts, Exposition& out) {
  for (const auto& row : rows) {
    out.begin(row.family);
    row.add(facts, out);
  }
}

inline constexpr Row<ProgramFacts> program_rows[] = {
    {{"process_cpu_seconds_total", Type::counter, "", "processor time of the program, in seconds"},
     [](const ProgramFacts& f, Exposition& out) { out.add(f.processor_seconds); }},
    {{"process_max_fds", Type::gauge, "", "descriptors that the program may have"},
     [](const ProgramFacts& f, Exposition& out) { out.add(f.descriptor_limit); }},
    {{"process_resident_memory_bytes", Type::gauge, "", "resident memory of the program"},
     [](const ProgramFacts& f, Exposition& out) { out.add(f.resident_bytes); }},
    {{"process_start_time_seconds", Type::gauge, "", "when the program started, in seconds since 1970"},
     [](const ProgramFacts& f, Exposition& out) { out.add(f.start_seconds); }},
    {{"process_virtual_memory_bytes", Type::gauge, "", "virtual memory of the program"},
     [](const ProgramFacts& f, Exposition& out) { out.add(f.virtual_bytes); }},
};

// The row of the family in the tables of docs/operating.md.
std::string document_row(const Family& family);

}  // namespace noderuntime::metrics
