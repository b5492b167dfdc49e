// Capability flags of the distribution protocol: one table.
// Source: erl_dist_protocol, "Distribution Flags"; docs/protocol/distribution.md, "Flags".
#pragma once

#include <cstdint>
#include <string>

#include <noderuntime/strong.h>

namespace noderuntime::distribution {

// The capabilities that a node offers, or that two nodes have in common.
class Flags : public Strong<struct FlagsTag, std::uint64_t> {
 public:
  using Strong::Strong;
  constexpr bool has(Flags all) const { return (value() & all.value()) == all.value(); }
  friend constexpr Flags operator&(Flags a, Flags b) { return Flags{a.value() & b.value()}; }
  friend constexpr Flags operator|(Flags a, Flags b) { return Flags{a.value() | b.value()}; }
  constexpr Flags without(Flags some) const { return Flags{value() & ~some.value()}; }
};

// X(bit, name, use). needed: a peer without it is refused. offered: we set it, a peer may lack it. shorthand
// and request: not capabilities. absent: we never set it. MANDATORY_25_DIGEST stands for all `needed` rows.
// Only visible nodes offer PUBLISHED.
#define NODERUNTIME_DISTRIBUTION_FLAGS(X) \
  X(0, PUBLISHED, offered)                \
  X(1, ATOM_CACHE, absent)                \
  X(2, EXTENDED_REFERENCES, needed)       \
  X(3, DIST_MONITOR, offered)             \
  X(4, FUN_TAGS, needed)                  \
  X(5, DIST_MONITOR_NAME, offered)        \
  X(6, HIDDEN_ATOM_CACHE, absent)         \
  X(7, NEW_FUN_TAGS, needed)              \
  X(8, EXTENDED_PIDS_PORTS, needed)       \
  X(9, EXPORT_PTR_TAG, needed)            \
  X(10, BIT_BINARIES, needed)             \
  X(11, NEW_FLOATS, needed)               \
  X(12, UNICODE_IO, offered)              \
  X(13, DIST_HDR_ATOM_CACHE, offered)     \
  X(14, SMALL_ATOM_TAGS, offered)         \
  X(16, UTF8_ATOMS, needed)               \
  X(17, MAP_TAG, needed)                  \
  X(18, BIG_CREATION, needed)             \
  X(19, SEND_SENDER, offered)             \
  X(20, BIG_SEQTRACE_LABELS, offered)     \
  X(22, EXIT_PAYLOAD, offered)            \
  X(23, FRAGMENTS, offered)               \
  X(24, HANDSHAKE_23, needed)             \
  X(25, UNLINK_ID, offered)               \
  X(26, MANDATORY_25_DIGEST, shorthand)   \
  X(32, SPAWN, offered)                   \
  X(33, NAME_ME, request)                 \
  X(34, V4_NC, offered)                   \
  X(35, ALIAS, offered)                   \
  X(37, ALTACT_SIG, offered)              \
  X(38, NATIVE_RECORDS, offered)

namespace flag {
#define NODERUNTIME_FLAG_CONSTANT(bit, name, use) inline constexpr Flags name{std::uint64_t{1} << bit};
NODERUNTIME_DISTRIBUTION_FLAGS(NODERUNTIME_FLAG_CONSTANT)
#undef NODERUNTIME_FLAG_CONSTANT
}  // namespace flag

enum class FlagUse { needed, offered, shorthand, request, absent };

// All flags of one use.
constexpr Flags flags_of(FlagUse wanted) {
  Flags all;
#define NODERUNTIME_FLAG_OF_USE(bit, name, use) \
  if (FlagUse::use == wanted) all = all | flag::name;
  NODERUNTIME_DISTRIBUTION_FLAGS(NODERUNTIME_FLAG_OF_USE)
#undef NODERUNTIME_FLAG_OF_USE
  return all;
}

inline constexpr Flags needed_flags = flags_of(FlagUse::needed);
// The flags of a visible node; a hidden one does not set PUBLISHED.
inline constexpr Flags visible_flags =
    needed_flags | flags_of(FlagUse::offered) | flags_of(FlagUse::shorthand);
inline constexpr Flags hidden_flags = visible_flags.without(flag::PUBLISHED);

Flags with_shorthands(Flags offered);  // adds the flags that MANDATORY_25_DIGEST stands for
Flags missing_flags(Flags offered);    // needed flags that `offered` lacks; zero: none
std::string flag_names(Flags flags);   // "MAP_TAG, BIG_CREATION"; bits without a row as "bit 40"

}  // namespace noderuntime::distribution
