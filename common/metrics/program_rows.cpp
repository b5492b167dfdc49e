#include "common/metrics/program_rows.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace noderuntime::metrics {
namespace {

// When the host started, in seconds since 1970.
double boot_seconds() {
  timespec now{}, up{};
  clock_gettime(CLOCK_REALTIME, &now);
  clock_gettime(CLOCK_BOOTTIME, &up);
  auto seconds = [](const timespec& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  return seconds(now) - seconds(up);
}

}  // namespace

ProgramFacts read_program_facts() {
  ProgramFacts facts;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.descriptor_limit = limit.rlim_cur;
  char text[1024];
  auto* file = std::fopen("/proc/self/stat", "r");
  if (!file) return facts;
  auto size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[size] = 0;
  // Source: proc(5). The program's name, in parentheses, may have blanks; field 3 follows it.
  const char* rest = std::strrchr(text, ')');
  if (!rest) return facts;
  double fields[25] = {};  // from field 3 on; its letter reads as 0
  ++rest;
  for (double& field : fields) {
    while (*rest == ' ') ++rest;
    char* end = nullptr;
    field = std::strtod(rest, &end);
    rest = end == rest && *rest ? rest + 1 : end;
  }
  auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const double boot = boot_seconds();  // once, so that the start does not move with the clock
  facts.processor_seconds = (fields[14 - 3] + fields[15 - 3]) / ticks;
  facts.start_seconds = boot + fields[22 - 3] / ticks;
  facts.virtual_bytes = static_cast<std::size_t>(fields[23 - 3]);
  facts.resident_bytes =
      static_cast<std::size_t>(fields[24 - 3]) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return facts;
}

std::string document_row(const Family& family) {
  std::string row = "| `", labels;
  if (!family.labels.empty()) labels.append("`").append(family.labels).append("` ");
  row.append(family.name).append("` | ").append(type_name(family.type)).append(" | ").append(labels);
  return row.append("| ").append(family.help).append(" |");
}

}  // namespace noderuntime::metrics
