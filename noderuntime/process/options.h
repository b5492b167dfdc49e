// The options of aliases, monitors and links, and their form as terms: in alias/1, monitor/3 and link/2, and
// as {monitor, Options} and {link, Options} in the options of a spawn.
#pragma once

#include <memory>
#include <optional>

#include "noderuntime/process/process.h"

namespace noderuntime {

// `priority`: the resulting messages are priority messages (OTP 28 and later).
struct AliasOptions {
  Relations::AliasEnd end = Relations::AliasEnd::unalias;
  bool priority = false;
};
struct MonitorOptions {
  std::optional<Relations::AliasEnd> alias;  // the reference is also an alias
  std::shared_ptr<OwnedTerm> tag;            // instead of 'DOWN'; null: 'DOWN'
  bool priority = false;                     // of the 'DOWN' message, not of the alias
};
struct LinkOptions {
  bool priority = false;
};

// nullopt: not a proper list, or an unknown option. The calling process may be paused while a tag is copied.
std::optional<AliasOptions> alias_options(Term list);
std::optional<MonitorOptions> monitor_options(Term list);
std::optional<LinkOptions> link_options(Term list);

}  // namespace noderuntime
