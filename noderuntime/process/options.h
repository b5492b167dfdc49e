// The options that aliases, monitors and links are made with, and how processes write them: alias/1,
// monitor/3, link/2, and {monitor, Options} and {link, Options} among the options of a spawn.
#pragma once

#include <optional>

#include "noderuntime/process/process.h"

namespace noderuntime {

// `priority`: what comes of it goes in front of the owner's mailbox (OTP 28 and later).
struct AliasOptions {
  Relations::AliasEnd end = Relations::AliasEnd::unalias;
  bool priority = false;
};
struct MonitorOptions {
  std::optional<Relations::AliasEnd> alias;  // the reference is an alias too
  std::optional<Term> tag;                   // instead of 'DOWN'
  bool priority = false;                     // not of the alias
};
struct LinkOptions {
  bool priority = false;
};

// Nullopt: not a proper list, or not of such options.
std::optional<AliasOptions> alias_options(Term list);
std::optional<MonitorOptions> monitor_options(Term list);
std::optional<LinkOptions> link_options(Term list);

}  // namespace noderuntime
