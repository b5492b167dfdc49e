#include "noderuntime/distribution/flags.h"

namespace noderuntime::distribution {

Flags with_shorthands(Flags offered) {
  return offered.has(flag::MANDATORY_25_DIGEST) ? offered | needed_flags : offered;
}

Flags missing_flags(Flags offered) { return needed_flags.without(with_shorthands(offered)); }

namespace {

std::string flag_name(int bit) {
  switch (bit) {
#define NODERUNTIME_FLAG_NAME(row_bit, name, use) \
  case row_bit: return #name;
    NODERUNTIME_DISTRIBUTION_FLAGS(NODERUNTIME_FLAG_NAME)
#undef NODERUNTIME_FLAG_NAME
  }
  return "bit " + std::to_string(bit);
}

}  // namespace

std::string flag_names(Flags flags) {
  std::string names;
  for (int bit = 0; bit < 64; ++bit) {
    if (!flags.has(Flags{std::uint64_t{1} << bit})) continue;
    if (!names.empty()) names += ", ";
    names += flag_name(bit);
  }
  return names;
}

}  // namespace noderuntime::distribution
